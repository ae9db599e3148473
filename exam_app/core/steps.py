"""Places between the steps of a change, where a test stops the process to see what is left.

The list is empty in the application and nothing fills it from outside: no setting, no
environment, no request. Only code that already runs in the process could add to it.
"""

from __future__ import annotations

from collections.abc import Callable

Watcher = Callable[[str], None]
watchers: list[Watcher] = []


def passed(step: str) -> None:
    """Tell the watchers that a step was passed."""
    for watch in watchers:
        watch(step)
