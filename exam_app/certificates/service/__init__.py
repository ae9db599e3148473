"""Changes of certificates: numbers taken, records signed, handed out, taken back (制证、吊销)."""

from exam_app.certificates import queries
from exam_app.certificates.service.handing import hand_out, hand_out_own, reprint
from exam_app.certificates.service.issue import missing, prepare, prepare_one
from exam_app.certificates.service.revoke import ask_revocation, decide_revocation
from exam_app.certificates.service.signing import create_signing_key, sign
from exam_app.marking.service import regrade

regrade.holds_certificate.append(queries.stands_behind)

__all__ = [
    "ask_revocation",
    "create_signing_key",
    "decide_revocation",
    "hand_out",
    "hand_out_own",
    "missing",
    "prepare",
    "prepare_one",
    "reprint",
    "sign",
]
