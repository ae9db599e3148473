"""Earlier papers from a JSON file, as this program writes them or as a bare list of lists."""

from __future__ import annotations

import json

from question_bank.program.errors import FileMalformed


def read_papers(text: str, file: str) -> list[tuple[str, ...]]:
    """Return the item ids of each paper; ids the bank no longer has are kept.

    Raises: FileMalformed: not JSON, or not papers; names the place in the file.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise FileMalformed("not-json", file=file, line=error.lineno, said=error.msg) from error
    except (RecursionError, ValueError) as error:
        raise FileMalformed("not-json", file=file, line=1, said=error) from error
    papers = data.get("papers") if isinstance(data, dict) else data
    if not isinstance(papers, list):
        raise FileMalformed("no-papers", file=file, line=1)
    return [_paper(place, entry, text, file) for place, entry in enumerate(papers)]


def _paper(place: int, entry: object, text: str, file: str) -> tuple[str, ...]:
    items = entry.get("items") if isinstance(entry, dict) else entry
    if not isinstance(items, list):
        line = _line(text, entry)
        raise FileMalformed("bad-paper", file=file, line=line, key=f"papers[{place}]")
    for number, item in enumerate(items):
        if not isinstance(item, str) or not item:
            key = f"papers[{place}].items[{number}]"
            raise FileMalformed("bad-id", file=file, line=_line(text, item), key=key, found=item)
    return tuple(items)


def _line(text: str, value: object) -> int:
    """Return the line where a value is first written, 1 when it is written another way."""
    place = text.find(json.dumps(value, ensure_ascii=False))
    return text.count("\n", 0, max(place, 0)) + 1
