"""The words of the bank as pages show them (显示用语), and the sentence of each problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.training.labels import CATEGORIES, INDUSTRIES
from question_bank import ItemType, Level
from question_bank.exchange import RowProblem
from question_bank.item import ALL_INDUSTRIES

TYPES: Mapping[str, LazyString] = {
    ItemType.SINGLE: _l("单选题"),
    ItemType.MULTIPLE: _l("多选题"),
    ItemType.TRUE_FALSE: _l("判断题"),
}
LEVELS: Mapping[str, LazyString] = {
    Level.KNOW: _l("识记"),
    Level.UNDERSTAND: _l("理解"),
    Level.APPLY: _l("应用"),
}
STATES: Mapping[str, LazyString] = {
    ItemState.DRAFT: _l("起草中"),
    ItemState.IN_REVIEW: _l("待审"),
    ItemState.APPROVED: _l("已入库"),
    ItemState.RETIRED: _l("已停用"),
}
STATE_KINDS: Mapping[str, str] = {
    ItemState.DRAFT: "secondary",
    ItemState.IN_REVIEW: "warn",
    ItemState.APPROVED: "good",
    ItemState.RETIRED: "bad",
}
VERDICTS: Mapping[str, LazyString] = {
    ReviewVerdict.APPROVED: _l("通过"),
    ReviewVerdict.RETURNED: _l("退回修改"),
}
ALL: Mapping[str, LazyString] = {ALL_INDUSTRIES: _l("全部行业")}
ITEM_INDUSTRIES: Mapping[str, LazyString] = {**ALL, **INDUSTRIES}

PROBLEMS: Mapping[str, LazyString] = {
    "bad-id": _l("编号只能用字母、数字、点和短横"),
    "bad-version": _l("版本应为正整数"),
    "bad-topic": _l("知识点编号“%(topic)s”应如 A.4.1"),
    "facility-out-of-range": _l("难度应在 0 至 1 之间"),
    "no-industry": _l("至少选择一个行业"),
    "no-category": _l("至少选择一类人员"),
    "unknown-category": _l("人员类别“%(category)s”无法识别"),
    "stem-empty": _l("题干不能为空"),
    "untrimmed": _l("%(field)s 首尾有多余空格"),
    "control-character": _l("%(field)s 含有控制字符"),
    "true-false-options": _l("判断题的选项应为“正确”“错误”"),
    "too-few-options": _l("选项至少两个"),
    "too-many-options": _l("选项过多"),
    "option-empty": _l("选项 %(option)s 为空"),
    "option-repeated": _l("选项 %(option)s 与选项 %(same_as)s 相同"),
    "all-of-the-above": _l("选项 %(option)s 为“以上都是”一类，打乱次序后无意义"),
    "option-names-options": _l("选项 %(option)s 提到了其他选项的字母，打乱次序后会出错"),
    "key-not-among-options": _l("答案不在选项之内"),
    "key-empty": _l("没有答案"),
    "multiple-needs-two-keys": _l("多选题至少有两个正确选项"),
    "needs-one-key": _l("单选题、判断题只能有一个答案"),
    "bad-key": _l("答案“%(value)s”无法识别，应如 A、ACD、正确、错误"),
    "rationale-line-break": _l("错项理由不能换行"),
    "rationale-count": _l("错项理由与选项个数不符"),
    "rationale-missing": _l("有错项没有写理由"),
    "rationale-not-by-letter": _l("错项理由应每行一项，如“B：……”"),
    "law-missing": _l("没有写依据的法规"),
    "article-missing": _l("没有写依据的条款"),
    "quote-missing": _l("没有摘录依据原文"),
    "article-unknown": _l("条文库中没有《%(law)s》%(article)s，请审题人核对原文"),
    "law-old": _l("《%(law)s》已有新版，请按现行文本修改"),
    "law-unverified": _l("《%(law)s》的文本尚未核对是否现行有效"),
    "quote-not-in-article": _l("依据原文与《%(law)s》%(article)s 的条文不一致"),
    "law-version-differs": _l("法规版本与条文库（%(held)s）不一致"),
    "cell-is-formula": _l("不能是公式"),
    "cell-is-date": _l("被识别为日期，请改为文本"),
    "example-row": _l("示例行不导入"),
    "id-twice": _l("编号与第 %(first_row)s 行重复"),
    "unknown-word": _l("“%(value)s”无法识别"),
    "not-a-number": _l("“%(value)s”不是数字"),
    "item-repeated": _l("与试题 %(same_as)s 题干和选项相同"),
    "item-in-review": _l("题库中同编号的试题正在审题"),
    "item-draft-of-another": _l("题库中同编号的试题正由他人起草"),
}


def problem_text(code: str, facts: Mapping[str, object]) -> str:
    """Return the sentence of one problem of an item."""
    shown = {name: str(value) for name, value in facts.items()}
    text = PROBLEMS.get(code)
    return code if text is None else str(text) % _Facts(shown)


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "—"


def by_row(problems: Iterable[RowProblem]) -> dict[int, str]:
    """Return row number → all that is wrong with it, in the order of the file."""
    rows: dict[int, list[str]] = {}
    for problem in problems:
        text = problem_text(problem.code, dict(problem.facts))
        place = f"{problem.field}：" if problem.field else ""
        rows.setdefault(problem.row, []).append(place + text)
    return {row: "；".join(texts) for row, texts in sorted(rows.items())}


def people_of(industries: Iterable[str], categories: Iterable[str]) -> str:
    """Return for whom an item is, in words."""
    one = "、".join(str(ITEM_INDUSTRIES.get(each, each)) for each in industries)
    other = "、".join(str(CATEGORIES.get(each, each)) for each in categories)
    return f"{one}；{other}"
