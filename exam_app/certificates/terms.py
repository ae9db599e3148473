"""The words of certificates (合格证书): states, verdicts and why one is refused."""

from __future__ import annotations

from enum import StrEnum


class CertificateState(StrEnum):
    """Where a certificate stands: number taken, signed, taken back."""

    INTENDED = "intended"
    VALID = "valid"
    REVOKED = "revoked"


class VerdictState(StrEnum):
    """What a verifier says (查验结论); only ``VALID`` is valid."""

    VALID = "valid"
    STATUS_UNKNOWN = "status-unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a verifier refuses or qualifies, one code for each cause."""

    NOT_DIGITS = "not-digits"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    WRONG_ALGORITHM = "wrong-algorithm"
    BAD_SIGNATURE = "bad-signature"
    BAD_PAYLOAD = "bad-payload"
    CRITICAL_FIELD = "critical-field"
    UNKNOWN_FIELD = "unknown-field"
    KEY_NOT_FOR_ISSUER = "key-not-for-issuer"
    KEY_NOT_FOR_DATE = "key-not-for-date"
    KEY_COMPROMISED = "key-compromised"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    STATUS_UNKNOWN = "status-unknown"
    FOREIGN_ADDRESS = "foreign-address"


class KeyState(StrEnum):
    """Where a signing key stands in the registry."""

    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


CATEGORY_CODES = {"deputy_head": 1, "safety_manager": 2, "team_leader": 3}
CATEGORY_OF_CODE = {code: name for name, code in CATEGORY_CODES.items()}
CLASS_KIND = 1  # 工伤预防能力提升培训
