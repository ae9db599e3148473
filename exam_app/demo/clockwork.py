"""The demo's calendar: months of a class in seconds, by a clock that only goes forward."""

from __future__ import annotations

import datetime as dt

from exam_app.core import clock


class Calendar:
    """A clock that stands where it was set and moves a second with each look."""

    def __init__(self, start: str) -> None:
        self._at = clock.at_local(start)

    def __call__(self) -> dt.datetime:
        """Return the time and move on a little, so that no two events coincide."""
        self._at += dt.timedelta(milliseconds=5)
        return self._at

    def go(self, local: str) -> None:
        """Stand at a local ``YYYY-MM-DD HH:MM``, never earlier than now."""
        moment = clock.at_local(local)
        if moment < self._at:
            raise ValueError(f"the calendar goes forward only: {local}")
        self._at = moment
