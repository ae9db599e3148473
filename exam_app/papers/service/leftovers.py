"""What a server that was killed leaves behind: keys that nothing needs any more (残留密钥)."""

from __future__ import annotations

from sqlalchemy import select

from exam_app.core import runkeys
from exam_app.core.db import end_read, session
from exam_app.papers import candidate, vault
from exam_app.papers.models import Consent, Paper, PaperDisclosure, PaperDraftRow, ReleasedPaper
from exam_app.papers.service.disclosure import disclosure_key
from exam_app.papers.service.opening import opening_key
from exam_app.papers.terms import PaperState

GRACE = 15 * 60
"""Seconds a key is left alone: no change takes as long."""


def wipe_leftovers(*, older: int = GRACE) -> list[str]:
    """Wipe the keys of drafts that are sealed, halves that are used, sittings that are over.

    Each is wiped after the commit that makes it needless; a server killed between the two leaves
    it. Returns: the names of the keys wiped.
    """
    released = (
        select(ReleasedPaper.sitting_id)
        .join(Paper, Paper.id == ReleasedPaper.paper_id)
        .where(Paper.state == PaperState.OPENED)
    )
    wanted = {vault.draft_key(each) for each in session().scalars(select(PaperDraftRow.paper_id))}
    wanted |= {candidate.sitting_key(each) for each in session().scalars(released)}
    halves = select(Consent.paper_id).where(Consent.half.is_not(None))
    wanted |= {opening_key(each) for each in session().scalars(halves)}
    asked = select(PaperDisclosure.paper_id).where(PaperDisclosure.half.is_not(None))
    wanted |= {disclosure_key(each) for each in session().scalars(asked)}
    end_read()
    return runkeys.tidy(wanted, older=older)
