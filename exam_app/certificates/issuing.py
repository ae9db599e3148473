"""Reads of a class's long work: certificates being prepared or signed in the background."""

from __future__ import annotations

from sqlalchemy import select

from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.core.jobs import Job

PREPARE_JOB, SIGN_JOB = "certificate-prepare", "certificate-sign"


def key_of(kind: str, class_id: int) -> str:
    """Return the key under which a class has one job of a kind at a time."""
    return f"{kind}:{class_id}"


def jobs_of(class_id: int) -> list[Job]:
    """Return the last jobs of a class, at most one of each kind, in the order of the work."""
    keys = [key_of(kind, class_id) for kind in (PREPARE_JOB, SIGN_JOB)]
    found = {job.key: job for job in session().scalars(select(Job).where(Job.key.in_(keys)))}
    return [found[key] for key in keys if key in found]


def get_job(class_id: int, job_id: int) -> Job:
    """Return one of a class's last jobs. Raises: Missing."""
    for job in jobs_of(class_id):
        if job.id == job_id:
            return job
    raise Missing(kind="job")
