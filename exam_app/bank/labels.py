"""The words of the bank as pages show them (显示用语), and the sentence of each problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from exam_app.bank.filters import WITHHELD, Order
from exam_app.bank.labels_reading import (
    CONTENT,
    FIELDS,
    INTERACTIONS,
    READING,
    WHOLE_BANK,
)
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core.jobs import JobState
from exam_app.training.labels import CATEGORIES, INDUSTRIES
from question_bank import ItemType, Level
from question_bank.census import Census
from question_bank.exchange import RowProblem
from question_bank.exchange.formats import Format
from question_bank.exchange.header_words import OPTION_FIELDS, Field
from question_bank.item import ALL_INDUSTRIES
from question_bank.item_counts import Flag
from question_bank.laws import load_laws
from question_bank.laws.naming import bare_name
from question_bank.syllabus import load_syllabus

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
STATES_LISTED: Mapping[str, LazyString] = {**STATES, WITHHELD: _l("待修订")}
STATE_KINDS: Mapping[str, str] = {
    ItemState.DRAFT: "secondary",
    ItemState.IN_REVIEW: "warn",
    ItemState.APPROVED: "good",
    ItemState.RETIRED: "bad",
    WITHHELD: "warn",
}
ORDERS: Mapping[str, LazyString] = {
    Order.NEWEST: _l("最新在前"),
    Order.CODE: _l("编号"),
    Order.TOPIC: _l("知识点"),
    Order.MOST_USED: _l("使用次数从多到少"),
    Order.LEAST_USED: _l("使用次数从少到多"),
    Order.LAST_USED: _l("最近使用在前"),
}
EVENTS: Mapping[str, LazyString] = {
    "written": _l("起草"),
    "submitted": _l("送审"),
    ReviewVerdict.APPROVED: _l("审题通过，入库"),
    ReviewVerdict.RETURNED: _l("审题退回"),
    "withheld": _l("依据的条文变动，退出题库待修订"),
    "retired": _l("停用"),
}
JOB_STATES: Mapping[str, LazyString] = {
    JobState.WAITING: _l("等待处理"),
    JobState.RUNNING: _l("正在导入"),
    JobState.DONE: _l("已完成"),
    JobState.FAILED: _l("未能完成"),
}
VERDICTS: Mapping[str, LazyString] = {
    ReviewVerdict.APPROVED: _l("通过"),
    ReviewVerdict.RETURNED: _l("退回修改"),
}
FLAGS: Mapping[str, LazyString] = {
    Flag.KEY_SUSPECTED: _l("答案存疑"),
    Flag.NEGATIVE_DISCRIMINATION: _l("区分度为负"),
    Flag.TOO_HARD: _l("太难"),
    Flag.TOO_EASY: _l("太易"),
    Flag.DEAD_DISTRACTOR: _l("错项几乎无人选"),
}
FLAG_ADVICE: Mapping[str, LazyString] = {
    Flag.KEY_SUSPECTED: _l("总分最高的一组里，选某个错项的比选正确选项的多，请先核对答案。"),
    Flag.NEGATIVE_DISCRIMINATION: _l("总分高的考生反而答得差，请核对题干、选项和答案。"),
    Flag.TOO_HARD: _l("得分率低于三成，与猜答相差无几，请核对题意是否清楚、是否超出大纲。"),
    Flag.TOO_EASY: _l("得分率高于九成五，已不能区分考生。"),
    Flag.DEAD_DISTRACTOR: _l("有错项不到百分之五的人选，可换掉该错项。"),
}
ALL: Mapping[str, LazyString] = {ALL_INDUSTRIES: _l("全部行业")}
ITEM_INDUSTRIES: Mapping[str, LazyString] = {**ALL, **INDUSTRIES}
FORMATS: Mapping[str, LazyString] = {
    Format.XLSX: _l("XLSX 表格"),
    Format.CSV: _l("CSV 表格"),
    Format.GIFT: _l("GIFT 文本"),
    Format.AIKEN: _l("Aiken 文本"),
    Format.MOODLE_XML: _l("Moodle XML 题库"),
    Format.QTI: _l("QTI（1.2、2.x、3.0，单个文件或包）"),
}

PROBLEMS: Mapping[str, LazyString] = {
    **CONTENT,
    **READING,
    **WHOLE_BANK,
    "bad-id": _l("编号只能用字母、数字、点和短横"),
    "bad-version": _l("版本应为正整数"),
    "bad-topic": _l("知识点编号“%(topic)s”应如 A.4.1"),
    "facility-out-of-range": _l("难度应在 0 至 1 之间，至多四位小数"),
    "bad-facility": _l("难度应在 0 至 1 之间，至多四位小数"),
    "too-long": _l("%(field)s 超过 %(limit)s 字"),
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
    "id-replaced": _l("编号“%(given)s”不能用或已被占用，改由系统编号"),
    "item-repeated": _l("与试题 %(same_as)s 题干和选项相同"),
    "item-in-review": _l("题库中同编号的试题正在审题"),
    "item-draft-of-another": _l("题库中同编号的试题正由他人起草"),
}


_NAMED: Mapping[str, Mapping[str, LazyString]] = {
    "type": TYPES,
    "category": CATEGORIES,
    "categories": CATEGORIES,
    "industries": ITEM_INDUSTRIES,
}


def problem_text(code: str, facts: Mapping[str, object]) -> str:
    """Return the sentence of one problem of an item, or of a file as a whole."""
    if code == "law-unverified" and "items" in facts:
        code = "law-unverified-in-bank"
    text = PROBLEMS.get(code)
    if text is None:
        return code
    shown = _Facts({name: _fact(name, str(value)) for name, value in facts.items()})
    shown.setdefault("value", shown["key"])
    said: str = str(text) % shown
    rows = str(facts.get("rows", ""))
    if rows in {"", "1"}:
        return said
    return said + str(_("（共 %(rows)s 行）", rows=rows))


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "—"


def _fact(name: str, value: str) -> str:
    """Return a fact as people say it."""
    if name == "field":
        return field_text(value)
    if name == "interaction":
        return _interaction(value)
    if name == "law":
        return _law(value)
    if name in _NAMED:
        words = _NAMED[name]
        return "、".join(str(words.get(each.strip(), each.strip())) for each in value.split(","))
    return value


def _law(doc: str) -> str:
    """Return the title of a law of the shipped collection; another name as it stands."""
    return _titles().get(doc, doc)


@cache
def _titles() -> Mapping[str, str]:
    return {article.doc: bare_name(article.title) for article in load_laws()}


def field_text(name: str) -> str:
    """Return what a column or field of an item is called; a title of the file as it stands."""
    word, _blank, letter = name.partition(" ")
    if len(name) == 1 and name.isascii() and name.isupper():
        word, letter = "option", name
    if word == "option" or not letter:
        found = FIELDS.get(word)
        return name if found is None else f"{found}{letter}"
    return name


def _interaction(name: str) -> str:
    plain = name.lower().replace("interaction", "").partition(" ")[0].strip(",")
    found = INTERACTIONS.get(plain)
    return name if found is None else f"{found}（{name}）"


def place_text(problem: RowProblem) -> str:
    """Return where a problem of a file stands and what it is, in one line."""
    said = problem_text(problem.code, dict(problem.facts))
    return str(_("%(place)s：%(problem)s", place=_place(problem), problem=said))


def _place(problem: RowProblem) -> str:
    shown = field_text(problem.field)
    is_column = bool(problem.field) and shown == problem.field
    if problem.row and (is_column or not problem.item):
        place = _("第 %(row)s 行", row=problem.row)
    elif problem.item:
        name = {"name": problem.item}
        place = _("试题 %(name)s", **name) if problem.row else _("文件 %(name)s", **name)
    else:
        place = _("文件")
    return f"{place} {shown}" if shown else place


def census_tables(census: Census) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the counts of a bank as tables of names and numbers, under their titles."""
    titles = load_syllabus().title

    def topics(counts: Mapping[str, int]) -> list[tuple[str, int]]:
        return [(f"{code} {titles(code)}", count) for code, count in counts.items()]

    def named(counts: Mapping[str, int], words: Mapping[str, LazyString]) -> list[tuple[str, int]]:
        return [(str(words.get(name, name)), count) for name, count in counts.items()]

    return [
        (_("题型"), named(census.types, TYPES)),
        (_("认知层次"), named(census.levels, LEVELS)),
        (_("人员类别"), named(census.categories, CATEGORIES)),
        (_("行业"), named(census.industries, ITEM_INDUSTRIES)),
        (_("章"), topics(census.chapters)),
        (_("知识点"), topics(census.topics)),
        (_("依据法规"), [(f"《{_law(doc)}》", count) for doc, count in census.laws.items()]),
        (_("案例"), named(census.sets, {})),
    ]


def problem_rows(problems: Iterable[RowProblem]) -> list[tuple[str, str, str, str]]:
    """Return place, item, column and sentence of each problem, in the order of the file."""
    return [
        (
            str(problem.row or ""),
            problem.item,
            field_text(problem.field),
            problem_text(problem.code, dict(problem.facts)),
        )
        for problem in problems
    ]


def lost_fields(lost: Iterable[RowProblem]) -> list[tuple[str, int]]:
    """Return what a written file does not say and of how many items, most often first."""
    texts = (problem_text(each.code, dict(each.facts)) for each in lost)
    return Counter(texts).most_common()


def topic_choices(blank: str, *, also: str = "") -> list[tuple[str, str]]:
    """Return the topics of the syllabus for a select, after a blank one.

    Args:
        also: a topic an item has already, offered though the syllabus may not name it.
    """
    syllabus = load_syllabus()
    rows = [(topic.code, f"{topic.code} {topic.title}") for topic in syllabus]
    if also and syllabus.find(also) is None:
        rows.append((also, also))
    return [("", blank), *rows]


def column_choices() -> list[tuple[str, str]]:
    """Return what a column of a table may hold, what is not used first."""
    shown = {
        each: field_text(each[-1].upper() if each in OPTION_FIELDS else each.value)
        for each in Field
    }
    shown[Field.OPTIONS] = str(_("全部选项（在一格内）"))
    rest = [(each.value, name) for each, name in shown.items() if each is not Field.IGNORED]
    return [(Field.IGNORED.value, shown[Field.IGNORED]), *rest]


def topic_text(code: str) -> str:
    """Return a topic's code and title."""
    title = load_syllabus().title(code)
    return code if title == code else f"{code} {title}"


def state_of(row: ItemRow) -> str:
    """Return the state of an item as lists show it: the withheld by themselves."""
    is_withheld = row.withheld_at is not None and row.state is ItemState.APPROVED
    return WITHHELD if is_withheld else row.state.value


def people_of(industries: Iterable[str], categories: Iterable[str]) -> str:
    """Return for whom an item is, in words."""
    one = "、".join(str(ITEM_INDUSTRIES.get(each, each)) for each in industries)
    other = "、".join(str(CATEGORIES.get(each, each)) for each in categories)
    return f"{one}；{other}"
