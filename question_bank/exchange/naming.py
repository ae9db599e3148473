"""The ids of items that come from files: the file's own where it fits, else a made one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from question_bank.item import ItemType
from question_bank.lengths import LONGEST

_FITS = re.compile(rf"[\w.\-]{{1,{LONGEST['id']}}}")
_UNNAMED = "Q"


def made_id(kind: ItemType, topic: str, stem: str, options: Iterable[str]) -> str:
    """Return an id made from what is asked: the same words always get the same one."""
    text = "\n".join([kind.value, stem, *options])
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{topic or _UNNAMED}-{digest[:10]}"


def fits(name: str) -> bool:
    """Return whether a name a file gives can stand as an id."""
    return _FITS.fullmatch(name) is not None
