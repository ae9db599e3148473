"""Rows of reports: figures frozen with their digest."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.core.db import Row


class Snapshot(Row):
    """A report as it was handed out (统计快照), with its digest."""

    __tablename__ = "snapshot"
    __protected__ = True

    kind: Mapped[str] = mapped_column(String(40), comment="class_file | coverage | payable")
    class_id: Mapped[int | None] = mapped_column(ForeignKey("training_class.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("training_project.id"), index=True)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    taken_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    taken_at: Mapped[dt.datetime]
