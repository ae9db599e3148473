"""Where the keys of a TOML text stand: a path of keys → its line."""

from __future__ import annotations

import re
import tomllib

_HEADER = re.compile(r"\s*\[{1,2}[^\[\]].*?\]{1,2}\s*(#.*)?")
_SYNTAX_LINE = re.compile(r"at line (\d+)")

Path = tuple[str, ...]


def key_lines(text: str) -> dict[Path, int]:
    """Return the line of each table and key that begins a line of a readable TOML text."""
    lines: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEADER.fullmatch(line) and (header := _path(line)):
            table = header
            lines.setdefault(table, number)
        elif key := _path(line.split("=")[0] + "= 0") if "=" in line else ():
            for end in range(1, len(key) + 1):
                lines.setdefault((*table, *key[:end]), number)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a key, or of the nearest table above it that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def syntax_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """Return the line a syntax error was found in; the last one at the end of the text."""
    said = _SYNTAX_LINE.search(str(error))
    return int(said.group(1)) if said else max(1, len(text.splitlines()))


def _path(line: str) -> Path:
    """Return the keys a header or assignment opens, outermost first; empty when it is neither."""
    try:
        value: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        key = next(iter(value))
        path.append(key)
        value = value[key]
    return tuple(path)
