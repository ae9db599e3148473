"""Every sentence a user can meet is in both catalogues, its placeholders intact."""

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.architecture.source import PACKAGE, ROOT, listed

LANGUAGES = ("zh_Hans_CN", "en")
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def messages() -> dict[str, str]:
    """Return every msgid of code and templates → where it is first met."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: dict[str, str] = {}
    for name, line, message, _, _ in extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, directory_filter=_wanted
    ):
        for each in message if isinstance(message, tuple) else (message,):
            if each:
                found.setdefault(each, f"{name}:{line}")
    return found


def _wanted(folder: str) -> bool:
    path = folder.replace(str(ROOT), "").strip("/")
    return path == "" or path.startswith("exam_app")


@cache
def catalogue(language: str) -> Catalog:
    path = PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po"
    assert path.exists(), f"make {path.relative_to(ROOT)} with pybabel init"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def text_of(language: str, msgid: str) -> str:
    """Return the translation, empty where it is missing or only guessed."""
    found = catalogue(language).get(msgid)
    if found is None or found.fuzzy:
        return ""
    return found.string if isinstance(found.string, str) else "".join(found.string or ())


def test_sentences_are_found() -> None:
    """The extraction sees code and templates alike."""
    places = set(messages().values())
    assert any(place.endswith(tuple("0123456789")) and ".py:" in place for place in places)
    assert any(".html:" in place for place in places)
    assert len(messages()) > 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    """No msgid is missing, empty or fuzzy."""
    missing = [
        f"{where} {msgid}" for msgid, where in messages().items() if not text_of(language, msgid)
    ]
    remedy = "run pybabel extract and update, then fill in"
    assert missing == [], f"{remedy} {language} ({len(missing)}):{listed(missing[:40])}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive(language: str) -> None:
    """A translation carries the same ``%(name)s`` as its sentence."""
    wrong = [
        f"{msgid} → {text_of(language, msgid)}"
        for msgid in messages()
        if text_of(language, msgid)
        and set(PLACEHOLDER.findall(msgid)) != set(PLACEHOLDER.findall(text_of(language, msgid)))
    ]
    assert wrong == [], f"use the same placeholders:{listed(wrong)}"


def test_sentences_are_chinese() -> None:
    """The msgid is what an official reads: Chinese, no code and no English left by mistake."""
    words = re.compile(r"[a-z]{3,}")
    odd = [
        f"{where} {msgid}"
        for msgid, where in messages().items()
        if not CHINESE.search(msgid) and words.search(PLACEHOLDER.sub("", msgid))
    ]
    assert odd == [], f"write the sentence in Chinese:{listed(odd)}"
