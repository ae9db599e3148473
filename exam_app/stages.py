"""The stages in pipeline order, their side of the wall and their pages; their long work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint

from exam_app.access.terms import Side
from exam_app.attempts.views import bp as attempts
from exam_app.bank.service import imports
from exam_app.bank.views import bp as bank
from exam_app.certificates.service import issuing
from exam_app.certificates.views import bp as certificates
from exam_app.core.jobs import Work
from exam_app.credits.views import bp as credits_
from exam_app.home.views import bp as home
from exam_app.marking.views import bp as marking
from exam_app.papers.service import prints
from exam_app.papers.views import bp as papers
from exam_app.people.views import bp as people
from exam_app.reports.views import bp as reports
from exam_app.sittings.views import bp as sittings
from exam_app.training.views import bp as training
from exam_app.verification.service import batches, deliveries
from exam_app.verification.views import bp as verification


@dataclass(frozen=True)
class Stage:
    """One folder of the pipeline: its name, its side of the wall, its blueprint."""

    name: str
    side: Side
    blueprint: Blueprint


STAGES = (
    Stage("people", Side.OVERSIGHT, people),
    Stage("training", Side.TEACHING, training),
    Stage("sittings", Side.EXAMINING, sittings),
    Stage("bank", Side.EXAMINING, bank),
    Stage("papers", Side.EXAMINING, papers),
    Stage("attempts", Side.CANDIDATE, attempts),
    Stage("marking", Side.EXAMINING, marking),
    Stage("certificates", Side.EXAMINING, certificates),
    Stage("credits", Side.OVERSIGHT, credits_),
    Stage("verification", Side.OVERSIGHT, verification),
    Stage("reports", Side.OVERSIGHT, reports),
    Stage("home", Side.PUBLIC, home),
)

JOBS: Mapping[str, Work] = {
    imports.JOB: imports.run_import,
    prints.JOB: prints.run_print,
    batches.JOB: batches.run_batch,
    batches.CLEARING: batches.run_clearing,
    deliveries.JOB: deliveries.run_delivery,
    issuing.PREPARE_JOB: issuing.run_prepare,
    issuing.SIGN_JOB: issuing.run_sign,
}
