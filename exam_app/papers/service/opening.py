"""Opening (启封): two custodians of different bodies, inside the window, with their halves."""

from __future__ import annotations

import hashlib
import json

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import queries as audit
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock, runkeys
from exam_app.core.db import lock, on_commit, session
from exam_app.core.errors import NotAllowed, RuleBroken
from exam_app.papers import candidate, queries, rules, vault
from exam_app.papers.models import Consent, CustodyEntry, Paper, ReleasedPaper
from exam_app.papers.sealing import KeyPair, SealBroken, unlock
from exam_app.papers.service.sealing import seal_context
from exam_app.papers.terms import ConsentPurpose, CustodyKind, PaperKind, PaperState
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting


def opening_key(paper_id: int) -> str:
    """Return the name of the running key the first custodian's half waits under."""
    return f"opening-{paper_id}"


def consent_to_open(
    paper: Paper, *, passphrase: str, reason: str | None = None, actor: Actor
) -> Consent:
    """Return the first custodian's word and half; it waits 15 minutes for the second.

    Args: reason: why the reserve is opened in place of the first paper.
    Raises: DutyConflict: outside the window (``wall-w7``), no custodian of the sitting,
        tied. PassphraseWrong. SealBroken. RuleBroken: state, or a paper is open already.
    """
    sitting = queries.sitting_of(paper)
    two = bool(vault.partners_of(paper.id, actor.account_id or 0))
    _require(paper, sitting, actor, two=two)
    reason = _reason(paper, reason)
    halves = own_halves(paper, passphrase, actor)
    _forget_halves(paper.id, only=actor.account_id)
    runkeys.make(opening_key(paper.id))
    consent = Consent(
        paper_id=paper.id,
        purpose=ConsentPurpose.OPEN,
        account_id=actor.account_id,
        organisation_id=queries.custody_organisation(actor.account_id or 0),
        auth_session_id=actor.session_id,
        reason=reason,
        half=runkeys.encrypt(opening_key(paper.id), halves_text(halves)),
        given_at=clock.now(),
    )
    session().add(consent)
    session().flush()
    trail.record(
        Action.PAPER_OPENING_ASKED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        reason=reason,
    )
    return consent


def open_paper(
    paper: Paper, *, passphrase: str, reason: str | None = None, actor: Actor
) -> ReleasedPaper:
    """Return the paper opened by the second custodian and released to its sitting (启封).

    Candidates' text rests under the sitting's running key, the key sheet is for marking alone.
    Raises: as ``consent_to_open``; DutyConflict too when nobody of another body has consented
        within 15 minutes.
    """
    sitting = queries.sitting_of(paper)
    consent = _partner(paper, actor)
    _require(paper, sitting, actor, two=consent is not None)
    if consent is None or consent.half is None:
        raise NotAllowed("duty-two")
    reason = _reason(paper, reason or consent.reason)
    content = _joined(paper, consent, consent.half, passphrase, actor)
    released = _release(paper, sitting, content)
    consent.used_at = clock.now()
    _forget_halves(paper.id)
    _note_custody(paper, consent, actor)
    trail.record(
        Action.PAPER_OPENED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        content_digest=paper.content_digest,
        first=consent.account_id,
        reason=reason,
    )
    waits = opening_key(paper.id)
    on_commit(lambda: runkeys.wipe(waits))
    return released


def _joined(
    paper: Paper, consent: Consent, half: bytes, passphrase: str, actor: Actor
) -> vault.Content:
    """Return the content that the first custodian's waiting half and the actor's own open."""
    waiting = runkeys.decrypt(opening_key(paper.id), bytes(half))
    return joined(paper, consent.account_id, waiting, passphrase, actor)


def joined(
    paper: Paper, first_id: int, waiting: bytes, passphrase: str, actor: Actor
) -> vault.Content:
    """Return the content of a sealed paper that two custodians' halves open.

    Args: waiting: what `halves_text` gave of the first custodian, whose account is `first_id`.
    Raises: SealBroken: no pair, or not what was sealed. PassphraseWrong.
    """
    own = own_halves(paper, passphrase, actor)
    theirs = json.loads(waiting).get(str(actor.account_id))
    if theirs is None or first_id not in own:
        raise SealBroken
    halves = (own[first_id], bytes.fromhex(theirs))
    return vault.open_copy(paper.id, halves, digest=digest_in_trail(paper))


def halves_text(halves: dict[int, bytes]) -> bytes:
    """Return partner → half as they wait for the second custodian."""
    return json.dumps({str(partner): half.hex() for partner, half in halves.items()}).encode()


def consent_to_open_reserve_early(paper: Paper, *, reason: str, actor: Actor) -> Consent:
    """Return the first approver's word that the reserve may be opened before its window.

    Raises: BadInput: no reason. RuleBroken: not a reserve paper (``reserve-only``).
    """
    others = [each for each in people.approver_ids(clock.now()) if each != actor.person_id]
    reason = _require_early(paper, actor, reason, two=bool(others))
    consent = _early_consent(paper, reason, actor)
    trail.record(
        Action.PAPER_OPENING_ASKED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        reason=reason,
        early=True,
    )
    return consent


def open_reserve_early(paper: Paper, *, reason: str, actor: Actor) -> Paper:
    """Let the reserve be opened before its window: the second approver's word (应急启封).

    For two hours its custodians may open it as ever, two and with their halves: nobody's
    approval opens a paper by itself.
    Raises: DutyConflict: no other approver has consented (``wall-w7``). BadInput: no reason.
    """
    consent = queries.partner_consent(
        paper.id,
        ConsentPurpose.OPEN_RESERVE_EARLY,
        actor,
        lives=rules.EARLY_LIVES,
        across=False,
    )
    reason = _require_early(paper, actor, reason, two=consent is not None)
    if consent is None:
        raise NotAllowed("duty-two")
    second = _early_consent(paper, reason, actor)
    consent.used_at = second.used_at = clock.now()
    session().flush()
    trail.record(
        Action.PAPER_OPENED_EARLY,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        first=consent.account_id,
        reason=reason,
    )
    return paper


def _require(paper: Paper, sitting: Sitting, actor: Actor, *, two: bool) -> None:
    """Refuse whoever may not open this paper now."""
    facts = sittings.wall_facts(actor, sitting)
    facts["assigned"] = actor.account_id in sittings.custodians_of(sitting)
    window = queries.opening_window(paper, sitting)
    duties.require(Permission.PAPER_OPEN, actor, **facts, two=two, window=window, state=True)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.SEALED)
    if queries.released_of(sitting.id) is not None:
        raise RuleBroken("paper-open-already")
    if vault.context_of(paper.id) != seal_context(paper, sitting):
        raise SealBroken


def _reason(paper: Paper, reason: str | None) -> str | None:
    """Return the reason; the reserve is opened for one alone."""
    if paper.kind is PaperKind.RESERVE:
        return rules.check_reason(reason)
    return (reason or "").strip() or None


def own_halves(paper: Paper, passphrase: str, actor: Actor) -> dict[int, bytes]:
    """Return partner → half of the actor, opened with the key the paper was sealed to."""
    keys = queries.key_for(paper, actor.account_id)
    if not keys:
        raise RuleBroken("custodian-key-missing", names="")
    row = keys[0]
    pair = KeyPair(bytes(row.public_key), bytes(row.private_key), bytes(row.salt))
    key = unlock(pair, passphrase, account_id=row.account_id)
    return vault.halves_of(paper.id, row.account_id, key)


def _partner(paper: Paper, actor: Actor) -> Consent | None:
    found = queries.partner_consent(paper.id, ConsentPurpose.OPEN, actor, lives=rules.HALF_LIVES)
    return found if found is not None and found.half is not None else None


def digest_in_trail(paper: Paper) -> str:
    """Return the content's digest as sealing wrote it into the trail.

    Raises: SealBroken: the paper's row says something else.
    """
    wanted = audit.Filter(
        subject_type="paper", subject_id=str(paper.id), actions=(Action.PAPER_SEALED.value,)
    )
    entries = audit.entries_in_order(wanted)
    digest = str(audit.detail_of(entries[-1])["content_digest"]) if entries else ""
    if not digest or digest != paper.content_digest:
        raise SealBroken
    return digest


def _release(paper: Paper, sitting: Sitting, content: vault.Content) -> ReleasedPaper:
    view = vault.view_of(content, paper_id=paper.id, code=paper.code)
    plain = candidate.write_view(view)
    name, now = candidate.sitting_key(sitting.id), clock.now()
    runkeys.make(name)
    released = ReleasedPaper(
        paper_id=paper.id,
        sitting_id=sitting.id,
        code=paper.code,
        content=runkeys.encrypt(name, plain),
        digest=hashlib.sha256(plain).hexdigest(),
        questions=len(view.questions),
        opened_at=now,
    )
    session().add(released)
    vault.keep_key(paper.id, paper.code, content)
    paper.state, paper.opened_at = PaperState.OPENED, now
    session().flush()
    return released


def _forget_halves(paper_id: int, *, only: int | None = None) -> None:
    for consent in queries.halves_waiting(paper_id):
        if only is None or consent.account_id == only:
            consent.half = None


def _note_custody(paper: Paper, consent: Consent, actor: Actor) -> None:
    session().add(
        CustodyEntry(
            paper_id=paper.id,
            kind=CustodyKind.OPENED,
            copies=1,
            note=consent.reason or "",
            agreed_by_id=consent.account_id,
            recorded_by_id=actor.account_id,
            recorded_at=clock.now(),
        )
    )
    session().flush()


def _require_early(paper: Paper, actor: Actor, reason: str, *, two: bool) -> str:
    sitting = queries.sitting_of(paper)
    facts = sittings.wall_facts(actor, sitting)
    given = bool(reason and reason.strip())
    duties.require(Permission.PAPER_OPEN_EARLY, actor, **facts, two=two, reason=given, state=True)
    lock(paper)
    if paper.kind is not PaperKind.RESERVE:
        raise RuleBroken("reserve-only")
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.SEALED)
    if queries.released_of(sitting.id) is not None:
        raise RuleBroken("paper-open-already")
    return reason.strip()


def _early_consent(paper: Paper, reason: str, actor: Actor) -> Consent:
    consent = Consent(
        paper_id=paper.id,
        purpose=ConsentPurpose.OPEN_RESERVE_EARLY,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        auth_session_id=actor.session_id,
        reason=reason,
        given_at=clock.now(),
    )
    session().add(consent)
    session().flush()
    return consent
