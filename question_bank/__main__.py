"""The question bank without application and database.

`python -m question_bank check|supply|assemble|reproduce`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NoReturn

from question_bank.census import Census
from question_bank.checks import Found
from question_bank.content import load_content
from question_bank.default_blueprints import default_blueprints
from question_bank.disclosed import redraw
from question_bank.errors import BankError
from question_bank.inspection import inspect
from question_bank.laws import Laws, load_laws
from question_bank.program.command import Order, assemble
from question_bank.program.engines import ENGINES
from question_bank.supply import season

_WIDTH = 96
_DOES_NOT_FIT = 4
_MOST_PAPERS = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, or 1 when something is wrong."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "assemble":
            return _assemble(options)
        if options.command == "reproduce":
            return _reproduce(options.folder, options.engine)
        if options.command == "supply":
            return _supply(options.content, options.seed)
        return _check([*options.files, *options.content], load_laws(options.laws))
    except BankError as error:
        print(f"error {error}")
        return 1


class _Parser(argparse.ArgumentParser):
    """Options that cannot be read end like files that cannot: with exit code 1."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the options and leave."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m question_bank")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="print what is wrong with each item, then counts")
    check.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="files of items, compared with the others of their folder, or one folder as a whole; "
        "default: the shipped folder",
    )
    check.add_argument("--content", action="append", default=[], type=Path, help="the same as FILE")
    check.add_argument("--laws", type=Path, help="law articles, file or folder; default: shipped")
    supply = commands.add_parser("supply", help="print what papers a season can have")
    supply.add_argument("--content", type=Path, help="folder or file; default: the shipped folder")
    supply.add_argument("--seed", default="season", help="words that choose the construction")
    _assemble_options(commands.add_parser("assemble", help="draw papers to a blueprint"))
    again = commands.add_parser("reproduce", help="draw a disclosed paper again and compare it")
    again.add_argument("folder", type=Path, metavar="DIR", help="of `exam paper disclosure`")
    again.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    return parser


def _assemble_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--items", type=Path, required=True, metavar="CSV")
    parser.add_argument("--blueprint", type=Path, required=True, metavar="TOML")
    parser.add_argument("--earlier", type=Path, metavar="JSON", help="papers of before")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    parser.add_argument("--papers", type=_positive, default=1, metavar="N")
    parser.add_argument("--seed", type=_text, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="JSON")


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_PAPERS:
        raise ValueError(text)
    return number


def _text(given: str) -> str:
    given.encode()
    return given


def _assemble(options: argparse.Namespace) -> int:
    asked = {name: value for name, value in vars(options).items() if name != "command"}
    try:
        refusal = assemble(Order(**asked))
    except BankError as error:
        print(error, file=sys.stderr)
        return 1
    if refusal is None:
        return 0
    if refusal.conflict:
        print("in conflict: " + ", ".join(refusal.conflict), file=sys.stderr)
    print(refusal.text)
    return _DOES_NOT_FIT


def _reproduce(folder: Path, engine_name: str) -> int:
    found = redraw(folder, engine_name=engine_name)
    print(f"paper {found.disclosed.paper}")
    for name, digest in found.disclosed.committed.items():
        print(f"{name} {digest}")
    for name in found.broken:
        print(f"{name}: not what was committed to")
    pairs = zip_longest(found.items, found.disclosed.items, fillvalue="-")
    for number, (drawn, disclosed) in enumerate(pairs, start=1):
        if drawn != disclosed:
            print(f"question {number}: {drawn} instead of {disclosed}")
    print("equal" if found.is_equal else "differs")
    return 0 if found.is_equal else 1


def _supply(content: Path | None, seed: str) -> int:
    items = load_content(content)
    supplies = [season(plan, items, seed.encode()) for plan in default_blueprints()]
    print("industry category papers overlap enough short")
    for held in supplies:
        plan = held.blueprint
        enough = "yes" if held.is_enough else "no"
        shorts = "; ".join(
            f"{short.cell.topic} {short.cell.item_type} {short.available}/{short.needed}"
            for short in held.shorts
        )
        print(plan.industry, plan.category, held.papers, held.overlap, enough, shorts or "-")
    return 0 if all(held.is_enough for held in supplies) else 1


def _check(places: Sequence[Path], laws: Laws) -> int:
    found = inspect(places, laws)
    for entry in found.problems:
        print(_line(entry))
    for line in _counts(found.census):
        print(line)
    print(f"items={found.census.items} errors={found.errors} warnings={found.warnings}")
    return 1 if found.errors else 0


def _line(entry: Found) -> str:
    weight = "error" if entry.problem.is_error else "warning"
    return f"{weight} {entry.item or 'bank'}: {entry.problem}"


def _counts(counted: Census) -> list[str]:
    tables: Mapping[str, Mapping[str, int]] = {
        "type": counted.types,
        "level": counted.levels,
        "chapter": counted.chapters,
        "topic": counted.topics,
        "industry": counted.industries,
        "category": counted.categories,
        "law": counted.laws,
        "set": counted.sets,
    }
    lines = []
    for name, table in tables.items():
        line = f"{name}:"
        for kind, count in table.items():
            if len(line) > _WIDTH:
                lines.append(line)
                line = f"{name}:"
            line += f" {kind or '-'}={count}"
        lines.append(line)
    return lines


if __name__ == "__main__":
    sys.exit(main())
