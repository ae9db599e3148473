"""Changes of certificates: numbers taken, records signed, handed out, changed, taken back."""

from exam_app.certificates import decisions, queries
from exam_app.certificates.service.ceremony import (
    change_passphrase,
    create_signing_key,
    install_registry,
    reattest,
    report_compromise,
    request_registry,
    retire_signing_key,
)
from exam_app.certificates.service.change import ask_change, decide_change, reject_change
from exam_app.certificates.service.file_key import set_file_key
from exam_app.certificates.service.handing import hand_out, hand_out_own, reprint
from exam_app.certificates.service.issue import missing, prepare, prepare_one
from exam_app.certificates.service.issuing import ask_prepare, ask_sign
from exam_app.certificates.service.revoke import (
    ask_revocation,
    decide_revocation,
    reject_revocation,
)
from exam_app.certificates.service.signing import sign
from exam_app.certificates.service.told import certificate_changed
from exam_app.certificates.service.void import ask_voiding, decide_voiding, reject_voiding
from exam_app.marking import repeats
from exam_app.marking.service import regrade

regrade.holds_certificate.append(queries.stands_behind)
repeats.sitting_is_void.append(decisions.is_void)

__all__ = [
    "ask_change",
    "ask_prepare",
    "ask_revocation",
    "ask_sign",
    "ask_voiding",
    "certificate_changed",
    "change_passphrase",
    "create_signing_key",
    "decide_change",
    "decide_revocation",
    "decide_voiding",
    "hand_out",
    "hand_out_own",
    "install_registry",
    "missing",
    "prepare",
    "prepare_one",
    "reattest",
    "reject_change",
    "reject_revocation",
    "reject_voiding",
    "report_compromise",
    "reprint",
    "request_registry",
    "retire_signing_key",
    "set_file_key",
    "sign",
]
