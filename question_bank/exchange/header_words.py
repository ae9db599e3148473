"""The words that head the columns of tables found in the field, and the fields they mean."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from question_bank.item import LETTERS


class Field(StrEnum):
    """What a column of a table may hold; OPTIONS is all options of an item in one cell."""

    ID = "id"
    TYPE = "type"
    STEM = "stem"
    OPTIONS = "options"
    OPTION_A = "option_a"
    OPTION_B = "option_b"
    OPTION_C = "option_c"
    OPTION_D = "option_d"
    OPTION_E = "option_e"
    OPTION_F = "option_f"
    OPTION_G = "option_g"
    OPTION_H = "option_h"
    KEY = "key"
    LAW = "law"
    ARTICLE = "article"
    QUOTE = "quote"
    TOPIC = "topic"
    LEVEL = "level"
    INDUSTRIES = "industries"
    CATEGORIES = "categories"
    FACILITY = "facility"
    EXPLANATION = "explanation"
    RATIONALE = "rationale"
    IGNORED = "ignored"


OPTION_FIELDS = tuple(Field(f"option_{letter.lower()}") for letter in LETTERS)

# The surest word of each field stands first: where two columns mean one field, it wins.
_WORDS: dict[Field, str] = {
    Field.ID: "试题编号 试题ID 题目编号 题目ID 题库编号 编号 ID 试题编码 题目编码 编码 代码",
    Field.TYPE: (
        "题型 试题类型 题目类型 题目类别 类型 试题题型 题型名称 题类 题目题型 考题类型 "
        "试题类别 TYPE "
        "QUESTIONTYPE 题型类别"
    ),
    Field.STEM: (
        "题干 试题题干 题目题干 试题内容 题目内容 试题 题目 考题 考题内容 问题 问题内容 问题描述 "
        "题目描述 试题题目 题目名称 试题名称 题干内容 试题描述 题面 内容 试题正文 题目正文 "
        "题目标题 "
        "STEM QUESTION"
    ),
    Field.OPTIONS: (
        "选项 备选项 备选答案 可选项 试题选项 题目选项 答案选项 选项内容 候选项 候选答案 所有选项 "
        "选择项 全部选项 可选答案 选项列表 OPTIONS"
    ),
    Field.KEY: (
        "正确答案 标准答案 参考答案 答案 试题答案 题目答案 正确选项 正确项 答案内容 KEY "
        "ANSWER 标答 "
        "答题答案 正确的答案"
    ),
    Field.LAW: (
        "法规 依据法规 法律法规 法律依据 依据 出处 来源 法规依据 命题依据 试题来源 "
        "题目来源 试题依据 "
        "题目依据 答案依据 法规名称 政策依据 参考依据 试题出处 题目出处 答案出处 法条依据 依据文件"
    ),
    Field.ARTICLE: "条款 法条 条文 条款号 条号 依据条款 法规条款",
    Field.QUOTE: "依据原文 原文 条文内容 条款内容 依据内容 法条原文 法规原文 条文原文",
    Field.TOPIC: (
        "知识点 知识点编号 考点 章节 所属章节 所属知识点 知识领域 知识点名称 所属类别 分类 "
        "类别 试题分类 "
        "题目分类 所属分类 模块 科目 章 单元 专题 知识模块 知识类别 所属科目 目录 一级分类"
    ),
    Field.LEVEL: "认知层次 层次 认知水平 能力层次 考核要求 掌握程度 要求",
    Field.INDUSTRIES: "行业 适用行业 所属行业 行业类别",
    Field.CATEGORIES: "人员类别 适用人员 适用对象 人员类型 岗位 培训对象 考核对象 适用岗位",
    Field.FACILITY: "难度 难易程度 难易度 难度系数 难度等级 难度级别 试题难度 题目难度 难易 难度值",
    Field.EXPLANATION: (
        "解析 试题解析 题目解析 答案解析 说明 答案说明 详解 试题详解 解答 答题解析 解释 答案解释 "
        "试题分析 分析 备注说明"
    ),
    Field.RATIONALE: "错项理由",
    Field.IGNORED: (
        "序号 题号 NO NO. 行号 顺序 分值 分数 题分 每题分值 得分 本题分数 备注 出题人 "
        "命题人 录入人 "
        "创建人 创建时间 更新时间 日期 时间 版本 法规版本 是否启用 状态 考生答案 单位 "
        "审核人 答题时间 限时 "
        "标签 关键字 关键词 图片 附件 选项数 选项个数 选项数量 答案数 是否必答 案例编号 "
        "案例材料 互斥试题"
    ),
}
_BY_WORD = {
    word: (field, place)
    for field, words in _WORDS.items()
    for place, word in enumerate(words.split())
}
# Parts of words that are told as guesses, in the order they are tried.
_PARTS = (
    ("解析", Field.EXPLANATION), ("题型", Field.TYPE), ("难", Field.FACILITY),
    ("正确答案", Field.KEY), ("标准答案", Field.KEY), ("依据", Field.LAW), ("出处", Field.LAW),
    ("知识点", Field.TOPIC), ("章节", Field.TOPIC), ("题干", Field.STEM), ("答案", Field.KEY),
    ("选项", Field.OPTIONS), ("分类", Field.TOPIC), ("行业", Field.INDUSTRIES),
    ("题目", Field.STEM), ("试题", Field.STEM),
)  # fmt: skip
_LONGEST = 40
_HINT = re.compile(r"[(\[【「{<][^)\]】」}>]*[)\]】」}>]?")
_OPTION = re.compile(
    r"(?:备选|可选|候选|试题|题目)?(?P<word>选项|选择项|备选项|答案选项|答案|选择|选|项|OPTION)?"
    r"[-_:.、]?(?P<mark>[A-H]|[1-8]|[一二三四五六七八])[:.、]?(?P<after>选项|选择项|备选项|答案|项)?"
)
_PLACES = {mark: place for marks in (LETTERS, "12345678", "一二三四五六七八") for place, mark in
           enumerate(marks)}  # fmt: skip


def bare(title: str) -> str:
    """Return a column title without blanks, hints in brackets, stars and colons."""
    text = unicodedata.normalize("NFKC", title[:200]).upper()
    text = "".join(text.split())
    return _HINT.sub("", text).strip("*:#★☆※") or text.strip("*:#★☆※")


def field_of(title: str) -> tuple[Field, int] | None:
    """Return the field a column title means for sure, and how far down its words it stands."""
    word = bare(title)
    if not word or len(word) > _LONGEST:
        return None
    if word in _BY_WORD:
        return _BY_WORD[word]
    option = _OPTION.fullmatch(word)
    if option and (option["mark"] in LETTERS or option["word"] or option["after"]):
        return OPTION_FIELDS[_PLACES[option["mark"]]], 0
    return None


def guess_of(title: str) -> Field | None:
    """Return the field a part of a column title makes likely."""
    word = bare(title)
    if not word or len(word) > _LONGEST // 2:
        return None
    return next((field for part, field in _PARTS if part in word), None)
