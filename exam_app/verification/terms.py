"""The words of verification (查验): how a row is looked up, what is found, scopes, deliveries."""

from __future__ import annotations

from enum import StrEnum


class Way(StrEnum):
    """How a certificate is given: by number and name, or by the text of its QR code."""

    NUMBER = "number"
    CODE = "code"


class Outcome(StrEnum):
    """What is found of one row (查验结论); only ``VALID`` is valid."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    REVOKED = "revoked"
    STATUS_UNKNOWN = "status-unknown"
    REFUSED = "refused"
    NOT_FOUND = "not-found"
    UNREADABLE = "unreadable"
    LIMITED = "limited"


class Scope(StrEnum):
    """What a token may be used for (令牌用途)."""

    VERIFY = "verify"
    STAFF = "staff"


class DeliveryState(StrEnum):
    """Where a message to an organisation's address stands (待发送、已送达、未送达)."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


# States of a certificate on file that win over its dates.
STANDING = frozenset({Outcome.REVOKED, Outcome.SUSPENDED, Outcome.REPLACED})
# Changes an organisation is told of: the state a certificate came to → the kind of message.
EVENTS = {
    "revoked": "certificate.revoked",
    "suspended": "certificate.suspended",
    "replaced": "certificate.replaced",
    "valid": "certificate.restored",
}
PING = "ping"
