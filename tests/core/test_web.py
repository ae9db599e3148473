"""Files through the browser: names in Chinese on the way out, bare names on the way in."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pytest
from werkzeug.datastructures import FileStorage

from exam_app.core.errors import BadInput
from exam_app.core.web import KINDS, download, uploaded


@pytest.mark.parametrize("ending", sorted(KINDS))
def test_a_download_says_kind_and_name(ending: str) -> None:
    """RFC 6266: a plain name for old browsers, the Chinese one for all others."""
    answer = download(b"x", f"名册 1.{ending}")
    assert answer.headers["Content-Type"] == KINDS[ending]
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith(f'attachment; filename="file.{ending}"; ')
    assert disposition.isascii()
    assert unquote(disposition.rpartition("''")[2]) == f"名册 1.{ending}"
    assert answer.get_data() == b"x"


def test_a_name_cannot_break_the_header() -> None:
    """Quotes, line ends and slashes are percent-encoded."""
    disposition = download(b"", 'a"\r\nSet-Cookie: x/.csv').headers["Content-Disposition"]
    assert "\n" not in disposition
    assert disposition.count('"') == 2


def test_a_download_may_come_in_parts() -> None:
    """Large files are streamed."""
    assert download(iter([b"a", b"b"]), "a.zip").get_data() == b"ab"


def test_an_unknown_kind_is_a_mistake_of_the_programmer() -> None:
    """Nothing is sent without a kind."""
    with pytest.raises(KeyError):
        download(b"", "a.exe")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("名册.xlsx", "名册.xlsx"),
        ("C:\\Users\\li\\名册.xlsx", "名册.xlsx"),
        ("/home/li/名册.xlsx", "名册.xlsx"),
        ("../../名册.xlsx", "名册.xlsx"),
    ],
)
def test_an_uploaded_name_is_bare(given: str, name: str) -> None:
    """Folders of the sender's machine are left out."""
    assert uploaded(FileStorage(io.BytesIO(b"x"), filename=given)) == (b"x", name)


@pytest.mark.parametrize("file", [None, FileStorage(io.BytesIO(b""), filename="")])
def test_nothing_chosen(file: FileStorage | None) -> None:
    """An empty file field is refused on the field."""
    with pytest.raises(BadInput, match="file-missing") as refused:
        uploaded(file)
    assert refused.value.facts["field"] == "file"
