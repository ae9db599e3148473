"""XML written as text: names and values escaped, what XML cannot say left out."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

_UNSAID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, /, *content: str, **attributes: str) -> str:
    """Return an element; content is XML already, `_` in an attribute name stands for `-`."""
    said = "".join(
        f" {key.rstrip('_').replace('__', ':').replace('_', '-')}={quoteattr(sayable(value))}"
        for key, value in attributes.items()
    )
    inner = "".join(content)
    return f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>"


def words(text: str) -> str:
    """Return a text as XML content."""
    return escape(sayable(text))


def sayable(text: str) -> str:
    """Return a text without the characters that XML has no way to say."""
    return _UNSAID.sub("", text)
