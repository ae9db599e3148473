"""One process at a time in a folder (独占): what lies there is read and changed as a whole."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"
_own = threading.local()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process or thread at a time into a folder, which is made where it is missing.

    Who is in may enter again.
    """
    inside: set[Path] = _own.__dict__.setdefault("inside", set())
    if folder in inside:
        yield
        return
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        inside.add(folder)
        try:
            yield
        finally:
            inside.remove(folder)
