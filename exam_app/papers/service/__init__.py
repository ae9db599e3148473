"""Changes of papers: drawn, approved, sealed, opened, printed, kept in custody, closed."""

from exam_app.papers.service.custody import (
    agree_custody,
    close_papers,
    forget,
    record_custody,
)
from exam_app.papers.service.disclosure import (
    commitment,
    consent_to_disclose,
    disclose,
    public_of,
    reproduce,
)
from exam_app.papers.service.drawing import approve, draw, view_paper, withdraw
from exam_app.papers.service.leftovers import wipe_leftovers
from exam_app.papers.service.opening import (
    consent_to_open,
    consent_to_open_reserve_early,
    open_paper,
    open_reserve_early,
)
from exam_app.papers.service.prints import (
    ask_print,
    paper_as_text,
    print_paper,
    take_print,
)
from exam_app.papers.service.refused import note_refused_draw
from exam_app.papers.service.reviewing import answer, remark, report, strike
from exam_app.papers.service.sealing import consent_to_seal, enrol_custodian_key, seal
from exam_app.papers.service.situations import carried_now

__all__ = [
    "agree_custody",
    "answer",
    "approve",
    "ask_print",
    "carried_now",
    "close_papers",
    "commitment",
    "consent_to_disclose",
    "consent_to_open",
    "consent_to_open_reserve_early",
    "consent_to_seal",
    "disclose",
    "draw",
    "enrol_custodian_key",
    "forget",
    "note_refused_draw",
    "open_paper",
    "open_reserve_early",
    "paper_as_text",
    "print_paper",
    "public_of",
    "record_custody",
    "remark",
    "report",
    "reproduce",
    "seal",
    "strike",
    "take_print",
    "view_paper",
    "wipe_leftovers",
    "withdraw",
]
