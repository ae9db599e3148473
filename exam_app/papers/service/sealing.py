"""Sealing (封存): custodians' keys, and two custodians of different bodies who seal."""

from __future__ import annotations

from typing import cast

from flask import current_app

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import queries as audit
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import NotAllowed, RuleBroken
from exam_app.papers import queries, rules, vault
from exam_app.papers.models import Consent, CustodianKey, CustodyEntry, Paper
from exam_app.papers.sealing import Context, Holder, SealBroken, new_key_pair, pairs
from exam_app.papers.service.drawing import require_items
from exam_app.papers.terms import ConsentPurpose, CustodyKind, PaperState
from exam_app.sittings import queries as sittings
from exam_app.sittings import service as sittings_service
from exam_app.sittings.models import Sitting


def enrol_custodian_key(passphrase: str, *, actor: Actor) -> CustodianKey:
    """Return the actor's new key pair (登记保管密钥); the passphrase is kept nowhere.

    Papers sealed before still open with the key and passphrase of their time.
    Raises: BadInput: a weak passphrase. NotAllowed: tied to a provider, or no custodian.
    """
    duties.require(Permission.CUSTODIAN_KEY_ENROL, actor, **queries.key_facts(actor), own=True)
    organisation_id = queries.custody_organisation(actor.account_id or 0)
    if organisation_id is None:
        raise NotAllowed("no-duty")
    config = cast(Config, current_app.extensions["exam"])
    pair = new_key_pair(
        passphrase, account_id=actor.account_id or 0, memory_kib=config.argon2_memory_kib
    )
    now, before = clock.now(), queries.custodian_key(actor.account_id)
    if before is not None:
        before.retired_at = now
    key = CustodianKey(
        account_id=actor.account_id,
        organisation_id=organisation_id,
        public_key=pair.public_key,
        private_key=pair.private_key,
        salt=pair.salt,
        created_at=now,
    )
    session().add(key)
    session().flush()
    trail.record(
        Action.CUSTODIAN_KEY_ENROLLED,
        actor,
        key,
        public_key=pair.public_key.hex(),
        custody_of=organisation_id,
    )
    return key


def consent_to_seal(paper: Paper, *, actor: Actor) -> Consent:
    """Return a custodian's word that the paper may be sealed; another carries it out.

    Raises: NotAllowed: not a custodian of the sitting. RuleBroken: a custodian has no key
        (``custodian-key-missing``), no two are of different bodies (``no-custodian-pair``).
    """
    sitting = queries.sitting_of(paper)
    holders = _require(paper, sitting, actor, two=_has_partner(sitting, actor))
    consent = Consent(
        paper_id=paper.id,
        purpose=ConsentPurpose.SEAL,
        account_id=actor.account_id,
        organisation_id=_organisation(holders, actor),
        auth_session_id=actor.session_id,
        given_at=clock.now(),
    )
    session().add(consent)
    session().flush()
    trail.record(Action.PAPER_SEALING_ASKED, actor, paper, class_id=paper.class_id)
    return consent


def seal(paper: Paper, *, actor: Actor) -> Paper:
    """Seal an approved paper with a custodian of another body who consented (封存).

    From here on its content is nowhere but under the key that two custodians have together.
    When the last paper of a sitting is sealed, the sitting is told that it is ready.
    Raises: DutyConflict: nobody else of another body has consented (``duty-two``).
        RuleBroken: an item left the pool since (``paper-items-gone``).
    Records: SHA-256 of the content, and the context bound to it.
    """
    sitting = queries.sitting_of(paper)
    consent = queries.partner_consent(
        paper.id, ConsentPurpose.SEAL, actor, lives=rules.SEAL_CONSENT_LIVES
    )
    holders = _require(paper, sitting, actor, two=consent is not None)
    if consent is None or actor.account_id is None:
        raise NotAllowed("duty-two")
    require_items(paper)
    context = seal_context(paper, sitting)
    by = (consent.account_id, actor.account_id)
    digest = vault.seal_draft(paper.id, context, holders, by=by)
    _mark_sealed(paper, consent, digest, actor)
    trail.record(
        Action.PAPER_SEALED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        content_digest=digest,
        context=dict(context),
        custodians=sorted(holder.account_id for holder in holders),
        keys={str(holder.account_id): holder.public_key.hex() for holder in holders},
        first=consent.account_id,
    )
    _tell_ready(sitting, actor)
    return paper


def _mark_sealed(paper: Paper, consent: Consent, digest: str, actor: Actor) -> None:
    now = clock.now()
    paper.state, paper.sealed_at, paper.content_digest = PaperState.SEALED, now, digest
    consent.used_at = now
    session().add(
        CustodyEntry(
            paper_id=paper.id,
            kind=CustodyKind.SEALED,
            copies=1,
            note="",
            agreed_by_id=consent.account_id,
            recorded_by_id=actor.account_id,
            recorded_at=now,
        )
    )
    session().flush()


def seal_context(paper: Paper, sitting: Sitting) -> Context:
    """Return what is bound to a sealed paper: which it is and when it may be opened."""
    return {
        "paper": paper.id,
        "class": paper.class_id,
        "sitting": sitting.id,
        "not_before": sitting.opens_at.isoformat(),
        "not_after": sitting.ends_at.isoformat(),
    }


def _require(paper: Paper, sitting: Sitting, actor: Actor, *, two: bool) -> list[Holder]:
    """Return the custodians the paper is sealed to, after duties and rules."""
    facts = sittings.wall_facts(actor, sitting)
    duties.require(Permission.PAPER_SEAL, actor, **facts, two=two, state=True)
    if actor.account_id not in sittings.custodians_of(sitting):
        raise NotAllowed("custodian-not-assigned")
    lock(sitting)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.APPROVED)
    found = queries.holders(sitting)
    without = [holder.name for holder in found if holder.key is None]
    if without:
        raise RuleBroken("custodian-key-missing", names="、".join(without))
    holders = []
    for each in found:
        if each.key is not None:
            _check_enrolled(each.key)
            holders.append(Holder(each.account_id, each.key.organisation_id, each.key.public_key))
    if not pairs(holders):
        raise RuleBroken("no-custodian-pair")
    return holders


def _check_enrolled(key: CustodianKey) -> None:
    """Hold a custodian's key against the trail: a paper is sealed to no key slipped in later.

    Raises: SealBroken: the key or its body is not the one that was enrolled.
    """
    wanted = audit.Filter(
        subject_type="custodian_key",
        subject_id=str(key.id),
        actions=(Action.CUSTODIAN_KEY_ENROLLED.value,),
    )
    entries = audit.entries_in_order(wanted)
    told = audit.detail_of(entries[-1]) if entries else {}
    if told.get("public_key") != bytes(key.public_key).hex():
        raise SealBroken
    if told.get("custody_of") != key.organisation_id:
        raise SealBroken


def _has_partner(sitting: Sitting, actor: Actor) -> bool:
    """Return whether the sitting has a custodian of another body beside the actor."""
    own = queries.custody_organisation(actor.account_id or 0)
    others = [
        queries.custody_organisation(account_id)
        for account_id in sittings.custodians_of(sitting)
        if account_id != actor.account_id
    ]
    return any(other is not None and other != own for other in others)


def _organisation(holders: list[Holder], actor: Actor) -> int:
    return next(each.organisation_id for each in holders if each.account_id == actor.account_id)


def _tell_ready(sitting: Sitting, actor: Actor) -> None:
    sealed = {
        each.kind for each in queries.live_papers(sitting.id) if each.state is PaperState.SEALED
    }
    if set(rules.KINDS_OF[sitting.kind]) <= sealed:
        sittings_service.paper_ready(sitting, actor=actor)
