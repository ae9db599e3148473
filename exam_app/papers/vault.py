"""The vault (保管库): where a paper's content lies, and the only room that knows its keys.

Drafts and answer keys are encrypted under keys derived from the installation's secret, which is
in no database; sealed papers under a key that only two custodians have together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, func, select, true

from exam_app.core import runkeys
from exam_app.core.crypto import keyring
from exam_app.core.db import on_commit, session
from exam_app.core.errors import Missing
from exam_app.papers import sealing
from exam_app.papers.keysheet import KeySheet, read_key, write_key
from exam_app.papers.models import (
    KeyCopy,
    Paper,
    PaperDraftRow,
    PaperFingerprint,
    PaperShare,
    SealedCopy,
)
from exam_app.papers.sealing import Context, Holder, SealBroken
from exam_app.papers.terms import CandidateQuestion, CandidateView, Case, Figure
from exam_app.training.models import TrainingClass, TrainingProject
from question_bank import PaperDraft
from question_bank.copies import copies_seed, places_of

_NONCE = 12
_MARKING, _PRINTS = "marking", "paper-fingerprint"
# Fingerprints are compared over years: always under the first secret, which is never removed.
_FIRST_SECRET = 1


@dataclass(frozen=True)
class Content:
    """What is sealed: the paper with its key, and the seed it was drawn with."""

    draft: PaperDraft
    seed: bytes

    def digest(self) -> str:
        """Return the SHA-256 that sealing writes into the trail, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the canonical text."""
        fields = {"draft": self.draft.to_json(), "seed": self.seed.hex()}
        return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, plain: bytes) -> Content:
        """Return the content a canonical text holds."""
        fields = json.loads(plain)
        return cls(PaperDraft.from_json(fields["draft"]), bytes.fromhex(fields["seed"]))


# ---- drafts 封存前


def keep_draft(paper_id: int, content: Content) -> None:
    """Keep a drawn paper until it is sealed, under a key of its own that is wiped then.

    What a database keeps of removed rows, in its log or a backup, is unreadable from there on.
    """
    runkeys.make(draft_key(paper_id))
    box = runkeys.encrypt(draft_key(paper_id), content.to_bytes())
    session().add(PaperDraftRow(paper_id=paper_id, content=box))
    session().flush()


def read_draft(paper_id: int) -> Content:
    """Return a drawn paper. Raises: Missing: it is sealed, or was withdrawn."""
    row = _draft(paper_id)
    if row is None:
        raise Missing("paper-sealed")
    return Content.from_bytes(runkeys.decrypt(draft_key(paper_id), row.content))


def replace_draft(paper_id: int, content: Content) -> None:
    """Put another paper in the place of a drawn one, under the same key. Raises: Missing."""
    row = _draft(paper_id)
    if row is None:
        raise Missing("paper-sealed")
    row.content = runkeys.encrypt(draft_key(paper_id), content.to_bytes())
    session().flush()


def draft_key(paper_id: int) -> str:
    """Return the name of the key a draft rests under."""
    return f"draft-{paper_id}"


def drop_draft(paper_id: int) -> None:
    """Remove what was kept of a drawn paper, seed included; its key goes with the commit."""
    on_commit(lambda: runkeys.wipe(draft_key(paper_id)))
    session().execute(delete(PaperDraftRow).where(PaperDraftRow.paper_id == paper_id))


def _draft(paper_id: int) -> PaperDraftRow | None:
    return session().scalar(select(PaperDraftRow).where(PaperDraftRow.paper_id == paper_id))


def view_of(content: Content, *, paper_id: int, code: str) -> CandidateView:
    """Return the paper as its candidates read it: nothing of the key, the seed or the bank."""
    questions = tuple(
        CandidateQuestion(
            each.number,
            section.item_type.value,
            each.stem,
            each.options,
            each.marks,
            case=Case(each.case.number, each.case.stem) if each.case else None,
            figures=tuple(Figure(shown.digest, shown.alt) for shown in each.figures),
        )
        for section in content.draft.candidate_view()
        for each in section.questions
    )
    return CandidateView(paper_id, code, questions)


# ---- fingerprints 指纹


def fingerprint(item_id: str) -> bytes:
    """Return what stands for an item where papers are compared; it says nothing by itself."""
    key = keyring().derive(_PRINTS, number=_FIRST_SECRET)
    return hmac.new(key, item_id.encode(), hashlib.sha256).digest()


def keep_fingerprints(paper_id: int, item_ids: Iterable[str]) -> None:
    """Keep the fingerprints of a paper's items in an order that tells nothing."""
    for print_ in sorted(fingerprint(item_id) for item_id in item_ids):
        session().add(PaperFingerprint(paper_id=paper_id, fingerprint=print_))
    session().flush()


def fingerprints_of(paper_id: int) -> frozenset[bytes]:
    """Return the fingerprints of a paper's items."""
    query = select(PaperFingerprint.fingerprint).where(PaperFingerprint.paper_id == paper_id)
    return frozenset(bytes(found) for found in session().scalars(query))


def uses_since(
    authority_id: int, since: dt.datetime, *, sat_only: bool = False
) -> dict[bytes, int]:
    """Return fingerprint → papers of an authority that hold the item, opened since or not yet.

    A reserve archived unopened was seen by nobody: it is no use. A first paper left unopened is
    one: its reserve was taken because it may be known.

    Args: sat_only: leave out papers that are still secret.
    """
    query = (
        select(PaperFingerprint.fingerprint, func.count())
        .join(Paper, Paper.id == PaperFingerprint.paper_id)
        .join(TrainingClass, TrainingClass.id == Paper.class_id)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(
            TrainingProject.authority_id == authority_id,
            Paper.withdrawn_at.is_(None),
            ~Paper.unused_reserve(),
            Paper.sat() if sat_only else true(),
            func.coalesce(Paper.opened_at, Paper.drawn_at) >= since,
        )
        .group_by(PaperFingerprint.fingerprint)
    )
    return {bytes(print_): count for print_, count in session().execute(query)}


def drop_fingerprints(paper_id: int) -> None:
    """Forget the fingerprints of a paper that was withdrawn."""
    session().execute(delete(PaperFingerprint).where(PaperFingerprint.paper_id == paper_id))


# ---- sealed copies 封存


def seal_draft(
    paper_id: int, context: Context, holders: Iterable[Holder], *, by: tuple[int, int]
) -> str:
    """Seal a drawn paper, remove its draft, and return the SHA-256 of the sealed content.

    Args: by: the accounts of the two custodians who seal.
    """
    content = read_draft(paper_id).to_bytes()
    sealed = sealing.seal(content, context, holders)
    session().add(
        SealedCopy(
            paper_id=paper_id,
            ciphertext=sealed.ciphertext,
            nonce=sealed.nonce,
            context=dict(context),
            first_custodian_id=by[0],
            second_custodian_id=by[1],
        )
    )
    for share in sealed.shares:
        session().add(
            PaperShare(
                paper_id=paper_id,
                holder_id=share.holder_id,
                partner_id=share.partner_id,
                blob=share.blob,
            )
        )
    drop_draft(paper_id)
    session().flush()
    return sealed.digest


def context_of(paper_id: int) -> Context:
    """Return the context a paper was sealed with. Raises: Missing."""
    return dict(_sealed(paper_id).context)


def partners_of(paper_id: int, holder_id: int) -> frozenset[int]:
    """Return the accounts that can open the paper together with this one."""
    query = select(PaperShare.partner_id).where(
        PaperShare.paper_id == paper_id, PaperShare.holder_id == holder_id
    )
    return frozenset(session().scalars(query))


def halves_of(paper_id: int, holder_id: int, key: X25519PrivateKey) -> dict[int, bytes]:
    """Return partner account → this holder's half. Raises: SealBroken."""
    context = context_of(paper_id)
    query = select(PaperShare).where(
        PaperShare.paper_id == paper_id, PaperShare.holder_id == holder_id
    )
    return {
        row.partner_id: sealing.open_half(
            sealing.Share(row.holder_id, row.partner_id, bytes(row.blob)), key, context
        )
        for row in session().scalars(query)
    }


def open_copy(paper_id: int, halves: tuple[bytes, bytes], *, digest: str) -> Content:
    """Return the content two halves open. Raises: SealBroken: not what was sealed."""
    row = _sealed(paper_id)
    plain = sealing.open_sealed(
        bytes(row.ciphertext), bytes(row.nonce), row.context, halves, digest
    )
    return Content.from_bytes(plain)


def drop_sealed(paper_id: int) -> None:
    """Remove the sealed copy of a paper that was withdrawn."""
    session().execute(delete(PaperShare).where(PaperShare.paper_id == paper_id))
    session().execute(delete(SealedCopy).where(SealedCopy.paper_id == paper_id))


def _sealed(paper_id: int) -> SealedCopy:
    found = session().scalar(select(SealedCopy).where(SealedCopy.paper_id == paper_id))
    if found is None:
        raise Missing("paper-not-sealed")
    return found


# ---- keys 答案


def keep_key(paper_id: int, code: str, content: Content) -> None:
    """Keep the answer key of an opened paper for marking, encrypted."""
    orders = tuple(item.option_order for item in content.draft.items)
    cases = tuple(place.case for place in places_of(content.draft))
    seed = copies_seed(content.seed)
    sheet = KeySheet(paper_id, code, content.draft.key_sheet(), orders, cases, seed)
    box = _encrypt(_MARKING, paper_id, write_key(sheet))
    session().add(KeyCopy(paper_id=paper_id, content=box))
    session().flush()


def marking_key(paper_id: int) -> KeySheet:
    """Return the answer key of an opened paper. Raises: Missing: it was never opened."""
    row = session().scalar(select(KeyCopy).where(KeyCopy.paper_id == paper_id))
    if row is None:
        raise Missing("paper-not-open")
    return read_key(_decrypt(_MARKING, paper_id, row.content))


def _encrypt(purpose: str, paper_id: int, plain: bytes) -> bytes:
    """Return key number (1 byte), nonce (12) and AES-256-GCM text bound to the paper."""
    ring, nonce = keyring(), secrets.token_bytes(_NONCE)
    place = f"{purpose}:{paper_id}:{ring.active}".encode()
    return bytes((ring.active,)) + nonce + AESGCM(ring.derive(purpose)).encrypt(nonce, plain, place)


def _decrypt(purpose: str, paper_id: int, box: bytes) -> bytes:
    number, nonce, text = box[0], bytes(box[1 : 1 + _NONCE]), bytes(box[1 + _NONCE :])
    place = f"{purpose}:{paper_id}:{number}".encode()
    try:
        return AESGCM(keyring().derive(purpose, number=number)).decrypt(nonce, text, place)
    except InvalidTag as problem:
        raise SealBroken from problem
