"""The question bank without application and database: `python -m question_bank check`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from question_bank.checks import Found, check_bank
from question_bank.content import load_content
from question_bank.errors import BankError
from question_bank.laws import load_laws


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, or 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m question_bank")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="print what is wrong with each item")
    check.add_argument("--content", type=Path, help="folder or file of items; default: shipped")
    check.add_argument("--laws", type=Path, help="file of law articles; default: shipped")
    options = parser.parse_args(arguments)
    try:
        return _check(options.content, options.laws)
    except BankError as error:
        print(f"error {error}")
        return 1


def _check(content: Path | None, articles: Path | None) -> int:
    laws = load_laws(articles)
    items = load_content(content, laws=laws)
    found = check_bank(items, laws)
    for entry in found:
        print(_line(entry))
    errors = sum(entry.problem.is_error for entry in found)
    print(f"items={len(items)} errors={errors} warnings={len(found) - errors}")
    return 1 if errors else 0


def _line(entry: Found) -> str:
    weight = "error" if entry.problem.is_error else "warning"
    return f"{weight} {entry.item or 'bank'}: {entry.problem}"


if __name__ == "__main__":
    sys.exit(main())
