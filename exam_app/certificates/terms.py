"""The words of certificates (合格证书): states, verdicts and why one is refused."""

from __future__ import annotations

from enum import StrEnum


class CertificateState(StrEnum):
    """Where a certificate stands: number taken, signed, held up, taken back, replaced.

    ``CANCELLED`` was never signed: its number is used up (未签发即作废).
    """

    INTENDED = "intended"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


UNSIGNED = frozenset({CertificateState.INTENDED, CertificateState.CANCELLED})
ENDED = frozenset({CertificateState.REVOKED, CertificateState.REPLACED, CertificateState.CANCELLED})
# Of the certificates of one enrolment at most one stands so: the last that was signed.
LAST_WORD = frozenset(
    {CertificateState.VALID, CertificateState.SUSPENDED, CertificateState.REVOKED}
)


class ChangeKind(StrEnum):
    """What is asked of a signed certificate: held up, let go on, issued anew, put right."""

    SUSPEND = "suspend"
    LIFT = "lift"
    REPLACE = "replace"
    CORRECT = "correct"


class VerdictState(StrEnum):
    """What a verifier says (查验结论); only ``VALID`` is valid."""

    VALID = "valid"
    STATUS_UNKNOWN = "status-unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a verifier refuses or qualifies, one code for each cause."""

    NOT_DIGITS = "not-digits"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    WRONG_ALGORITHM = "wrong-algorithm"
    ALGORITHM_UNAVAILABLE = "algorithm-unavailable"
    BAD_SIGNATURE = "bad-signature"
    BAD_PAYLOAD = "bad-payload"
    CRITICAL_FIELD = "critical-field"
    UNKNOWN_FIELD = "unknown-field"
    KEY_NOT_FOR_ISSUER = "key-not-for-issuer"
    KEY_NOT_FOR_CLASS = "key-not-for-class"
    KEY_NOT_FOR_DATE = "key-not-for-date"
    KEY_OUT_OF_USE = "key-out-of-use"
    KEY_COMPROMISED = "key-compromised"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    STATUS_UNKNOWN = "status-unknown"
    STATUS_STALE = "status-stale"
    KEYS_STALE = "keys-stale"
    ISSUE_UNPROVED = "issue-unproved"
    NOT_ON_FILE = "not-on-file"
    FOREIGN_ADDRESS = "foreign-address"


class Standing(StrEnum):
    """How a certificate stands in the status lists or on file (状态)."""

    GOOD = "good"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REPLACED = "replaced"


class KeyState(StrEnum):
    """Where a signing key stands in the registry."""

    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


CATEGORY_CODES = {"deputy_head": 1, "safety_manager": 2, "team_leader": 3}
CATEGORY_OF_CODE = {code: name for name, code in CATEGORY_CODES.items()}
CLASS_KIND = 1  # 工伤预防能力提升培训
