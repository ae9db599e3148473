"""Who is told, in the same transaction, when a signed certificate stands otherwise than before."""

from __future__ import annotations

from collections.abc import Callable

from exam_app.access.actor import Actor
from exam_app.certificates.models import Certificate

Told = Callable[[Certificate, str, Actor], None]
# Later stages add themselves: (certificate with its new state, reason, who decided).
certificate_changed: list[Told] = []


def tell(certificate: Certificate, reason: str, actor: Actor) -> None:
    """Tell every later stage that a certificate was revoked, held up, let go on or replaced."""
    for told in certificate_changed:
        told(certificate, reason, actor)
