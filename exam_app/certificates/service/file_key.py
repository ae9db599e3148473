"""The key that signs files for PDF readers (PAdES): made or taken over on the server alone."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from flask import current_app

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import signed_files
from exam_app.certificates.passphrase import signing_ring
from exam_app.core import clock
from exam_app.core.alone import alone
from exam_app.core.errors import NotAllowed


def set_file_key(
    *, authority: str, bundle: bytes = b"", password: bytes = b"", actor: Actor
) -> str:
    """Return the SHA-256 of the certificate that files are signed with from now on.

    Args: bundle: a PKCS#12 file to take over; empty: a key of one's own is made.
    Raises: NotAllowed: a signed-in account asks. RuleBroken: the extra is not installed.
        BadInput: the file cannot be opened.
    Records: SIGNING_KEY_CREATED.
    """
    if actor.account_id is not None:
        raise NotAllowed("key-by-command", permission=str(Permission.KEY_CEREMONY))
    folder, pades = current_app.extensions["exam"].keys, signed_files.engine()
    with alone(folder):  # no passphrase is changed meanwhile
        if bundle:
            made = pades.import_key(folder, signing_ring(), bundle=bundle, password=password)
        else:
            made = pades.make_key(folder, signing_ring(), authority=authority, on=clock.today())
    digest: str = made.fingerprint(hashes.SHA256()).hex()
    until = made.not_valid_after_utc.date()
    subject = ("pades_key", digest[:16])
    trail.record(Action.SIGNING_KEY_CREATED, actor, subject, kind="pades", not_after=until)
    return digest
