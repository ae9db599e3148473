"""The columns of an item table (试题表) and the words its cells use."""

from __future__ import annotations

from question_bank.item import ALL_INDUSTRIES, LETTERS, Category, ItemType, Level

ID = "编号"
VERSION = "版本"
TYPE = "题型"
STEM = "题干"
OPTIONS = tuple(f"选项{letter}" for letter in LETTERS)
KEY = "答案"
TOPIC = "知识点"
INDUSTRIES = "行业"
CATEGORIES = "人员类别"
LEVEL = "认知层次"
FACILITY = "难度"
LAW = "法规"
LAW_VERSION = "法规版本"
ARTICLE = "条款"
QUOTE = "依据原文"
EXPLANATION = "说明"
RATIONALE = "错项理由"
SET = "案例编号"
SET_STEM = "案例材料"
ENEMIES = "互斥试题"

REQUIRED = (TYPE, STEM, KEY, TOPIC)
HEADERS = (
    ID, VERSION, TYPE, STEM, *OPTIONS, KEY, TOPIC, INDUSTRIES, CATEGORIES, LEVEL, FACILITY,
    LAW, LAW_VERSION, ARTICLE, QUOTE, RATIONALE, EXPLANATION,
    SET, SET_STEM, ENEMIES,
)  # fmt: skip

TYPE_WORDS = {
    ItemType.SINGLE: "单选题",
    ItemType.MULTIPLE: "多选题",
    ItemType.TRUE_FALSE: "判断题",
}
LEVEL_WORDS = {Level.KNOW: "识记", Level.UNDERSTAND: "理解", Level.APPLY: "应用"}
CATEGORY_WORDS = {
    Category.DEPUTY_HEAD: "分管负责人",
    Category.SAFETY_MANAGER: "专职管理人员",
    Category.TEAM_LEADER: "班组长",
}
INDUSTRY_WORDS = {
    ALL_INDUSTRIES: "全部",
    "mining": "矿山",
    "coal": "煤矿",
    "hazardous-chemicals": "危险化学品",
    "metallurgy": "冶金",
    "building-materials": "建材",
    "construction": "建筑施工",
    "transport": "交通运输",
    "machinery": "机械制造",
    "rail-transport": "铁路运输",
    "rail-construction": "铁路建设施工",
}

TYPES_READ = {word: kind for kind, word in TYPE_WORDS.items()} | {
    "单选": ItemType.SINGLE,
    "单项选择题": ItemType.SINGLE,
    "多选": ItemType.MULTIPLE,
    "多项选择题": ItemType.MULTIPLE,
    "判断": ItemType.TRUE_FALSE,
    "是非题": ItemType.TRUE_FALSE,
}
LEVELS_READ = {word: level for level, word in LEVEL_WORDS.items()} | {"掌握": Level.UNDERSTAND}
CATEGORIES_READ = {word: category for category, word in CATEGORY_WORDS.items()} | {
    "专职安全管理人员": Category.SAFETY_MANAGER,
    "安全管理人员": Category.SAFETY_MANAGER,
}
INDUSTRIES_READ = {word: slug for slug, word in INDUSTRY_WORDS.items()} | {
    "通用": ALL_INDUSTRIES,
    "非煤矿山": "mining",
}
