"""Names of question types (题型) as tables write them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from question_bank.item import ItemType

CHOICE = "choice"
"""What a word such as 选择题 names: single or multiple, as the key says."""

# Parts of a name, tried in this order: what cannot be held must not be taken for what can.
_PARTS: tuple[tuple[str, ItemType | str], ...] = (
    ("不定项", "indeterminate"), ("不定向", "indeterminate"), ("任选", "indeterminate"),
    ("改错", "correction"), ("填空", "fill-in"), ("简答", "short-answer"), ("问答", "essay"),
    ("论述", "essay"), ("名词解释", "short-answer"), ("案例", "case"), ("计算", "calculation"),
    ("匹配", "matching"), ("连线", "matching"), ("配伍", "matching"), ("排序", "ordering"),
    ("完形", "cloze"), ("主观", "essay"), ("作文", "essay"), ("分析", "essay"), ("操作",
    "practice"),
    ("实操", "practice"), ("综合", "composite"), ("组合", "composite"), ("听力", "listening"),
    ("多选", ItemType.MULTIPLE), ("多项", ItemType.MULTIPLE), ("多重", ItemType.MULTIPLE),
    ("复选", ItemType.MULTIPLE), ("MULTIPLERESPONSE", ItemType.MULTIPLE),
    ("单选", ItemType.SINGLE), ("单项", ItemType.SINGLE), ("单一选", ItemType.SINGLE),
    ("SINGLE", ItemType.SINGLE), ("MULTIPLE", ItemType.MULTIPLE),
    ("判断", ItemType.TRUE_FALSE), ("是非", ItemType.TRUE_FALSE), ("对错", ItemType.TRUE_FALSE),
    ("正误", ItemType.TRUE_FALSE), ("TRUEFALSE", ItemType.TRUE_FALSE),
    ("TRUE/FALSE", ItemType.TRUE_FALSE), ("TRUE_FALSE", ItemType.TRUE_FALSE),
    ("选择", CHOICE),
)  # fmt: skip
_WHOLE: dict[str, ItemType | str] = {
    "单": ItemType.SINGLE, "多": ItemType.MULTIPLE, "判": ItemType.TRUE_FALSE,
    "TF": ItemType.TRUE_FALSE, "主观题": "essay", "客观题": CHOICE,
}  # fmt: skip
_ORDER = re.compile(r"^[(（]?[一二三四五六七八九十0-9]{0,3}[)）]?[、.．:：]?")
_HINT = re.compile(r"[(（\[【].*$")
_LONGEST = 20


@lru_cache(maxsize=256)
def type_of(word: str) -> ItemType | str | None:
    """Return the item type a word names, CHOICE, or the name of an interaction not held.

    None: no name of a type. Numbers before it and hints in brackets behind it do not count.
    """
    plain = "".join(unicodedata.normalize("NFKC", word[:200]).upper().split())
    plain = _HINT.sub("", _ORDER.sub("", plain))
    if not plain or len(plain) > _LONGEST:
        return None
    return _WHOLE.get(plain) or next((kind for part, kind in _PARTS if part in plain), None)


def type_in(name: str) -> ItemType | None:
    """Return the held type that the name of a sheet or file carries, if it names just one."""
    plain = "".join(name[:200].upper().split())
    kinds = {
        kind for part, kind in _PARTS if part in plain and isinstance(kind, ItemType)
    }  # fmt: skip
    return kinds.pop() if len(kinds) == 1 else None


def is_heading(text: str) -> ItemType | None:
    """Return the type a line between the rows announces, as 二、多项选择题（每题 2 分）."""
    short = _HINT.sub("", text.strip())
    kind = type_of(short) if len(short) <= _LONGEST and "题" in short else None
    return kind if isinstance(kind, ItemType) else None
