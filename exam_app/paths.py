"""Where the parts of an installation lie."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
MIGRATIONS = PACKAGE.parent / "migrations"
