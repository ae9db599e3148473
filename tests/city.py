"""The demo city for tests: built once by the command a user runs, copied where a test harms it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class City:
    """A built demo city: its instance folder and what the command printed."""

    instance: Path
    printed: str

    @property
    def out(self) -> Path:
        """The folder of papers, tickets, certificates and reports."""
        return self.instance / "demo"

    @property
    def summary(self) -> dict[str, Any]:
        """The summary the command wrote."""
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text("utf-8"))
        return found

    def copy(self, folder: Path) -> City:
        """Return a copy whose rows a test may harm."""
        shutil.copytree(self.instance, folder)
        return City(folder, self.printed)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``exam`` in this city."""
        return exam(self.instance, *arguments)


def exam(instance: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in an instance folder, without stopping at a failure."""
    return subprocess.run(
        [sys.executable, "-c", "from exam_app.cli import main; main()", *arguments],
        env={**os.environ, "EXAM_INSTANCE": str(instance), "PYTHONWARNINGS": "default"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def build(instance: Path) -> City:
    """Build the demo city in an empty folder."""
    done = exam(instance, "demo")
    assert done.returncode == 0, done.stderr[-4000:]
    return City(instance, done.stdout)
