"""Opening refused by name: the table of docs/papers.md, one line after another on one paper."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, NotAllowed
from exam_app.papers import queries, sealing, service, vault
from exam_app.papers.models import Paper, PaperShare, SealedCopy
from exam_app.papers.sealing import Holder, PassphraseWrong, SealBroken
from exam_app.papers.terms import PaperState
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    consent,
    open_second,
    seal_both,
)
from tests.papers.test_opening import raw
from tests.training.browser import Browser

pytestmark = ONE_DATABASE


def columns_of(paper: Paper) -> dict[str, object]:
    """Return the sealed row of a paper as the database holds it."""
    query = sa.text("SELECT ciphertext, nonce, context FROM sealed_copy WHERE paper_id = :id")
    return dict(session().execute(query, {"id": paper.id}).mappings().one())


def put(paper: Paper, columns: dict[str, object]) -> None:
    """Write the sealed row of a paper past the application."""
    context = columns["context"]
    text = context if isinstance(context, str) else json.dumps(context)
    raw(
        "UPDATE sealed_copy SET ciphertext = :ciphertext, nonce = :nonce, context = :context "
        "WHERE paper_id = :id",
        ciphertext=bytes(columns["ciphertext"]),  # type: ignore[call-overload]
        nonce=bytes(columns["nonce"]),  # type: ignore[call-overload]
        context=text,
        id=paper.id,
    )


def refused_to_open(scene: Scene, paper: Paper) -> None:
    """Let both custodians try with their right passphrases; the seal is broken."""

    def both() -> None:
        consent(scene, paper)
        open_second(scene, paper)

    with pytest.raises(SealBroken):
        both()
    session().rollback()
    assert queries.released_of(scene.sitting.id) is None


def test_what_was_changed_in_the_database_does_not_open(scene: Scene, clock: Clock) -> None:
    """Class, paper, window, a bit of a share, the copy of another paper; put back, it opens."""
    paper, reserve = seal_both(scene)
    clock.set(IN_WINDOW)
    right = columns_of(paper)
    context = vault.context_of(paper.id)
    for name, other in (
        ("class", 999),
        ("paper", reserve.id),
        ("sitting", 999),
        ("not_before", "2025-03-01T00:00:00+00:00"),
        ("not_after", "2025-12-31T00:00:00+00:00"),
    ):
        put(paper, right | {"context": json.dumps({**context, name: other})})
        refused_to_open(scene, paper)
    put(paper, columns_of(reserve))
    refused_to_open(scene, paper)
    put(paper, columns_of(reserve) | {"context": json.dumps(dict(context))})
    refused_to_open(scene, paper)
    put(paper, right)
    share = session().scalars(
        sa.select(PaperShare).where(
            PaperShare.paper_id == paper.id,
            PaperShare.holder_id == scene.world.site_custodian.id,
        )
    ).all()[0]  # fmt: skip
    blob, share_id = bytes(share.blob), share.id
    for place in (0, len(blob) // 2, len(blob) - 1):
        flipped = bytearray(blob)
        flipped[place] ^= 4
        raw("UPDATE paper_share SET blob = :blob WHERE id = :id", blob=bytes(flipped), id=share_id)
        refused_to_open(scene, paper)
    raw("UPDATE paper_share SET blob = :blob WHERE id = :id", blob=blob, id=share_id)
    consent(scene, paper)
    open_second(scene, paper)


def test_another_valid_seal_in_its_place_does_not_open(scene: Scene, clock: Clock) -> None:
    """Whoever has the database can seal a paper of their own to the custodians: the trail knows.

    The reserve is let out by its own duty alone: by no custodian, chief, setter or approver.
    """
    paper, reserve = seal_both(scene)
    world, office = scene.world, scene.office
    for account in (world.authority_custodian, world.chief, office.setter, office.approver):
        with pytest.raises(NotAllowed), transaction():
            service.consent_to_open_reserve_early(
                reserve, reason="首卷泄露", actor=world.actor(account)
            )
    holders = [
        Holder(each.account_id, each.key.organisation_id, bytes(each.key.public_key))
        for each in queries.holders(scene.sitting)
        if each.key is not None
    ]
    context = vault.context_of(paper.id)
    forged = sealing.seal("另一份试卷".encode(), context, holders)
    copy = session().scalars(sa.select(SealedCopy).where(SealedCopy.paper_id == paper.id)).one()
    put(paper, {"ciphertext": forged.ciphertext, "nonce": forged.nonce, "context": copy.context})
    for share in forged.shares:
        raw(
            "UPDATE paper_share SET blob = :blob "
            "WHERE paper_id = :id AND holder_id = :holder AND partner_id = :partner",
            blob=share.blob,
            id=paper.id,
            holder=share.holder_id,
            partner=share.partner_id,
        )
    raw("UPDATE paper SET content_digest = :told WHERE id = :id", told=forged.digest, id=paper.id)
    clock.set(IN_WINDOW)
    refused_to_open(scene, paper)


def test_the_clients_clock_and_one_custodian_lost(
    scene: Scene, client: FlaskClient, clock: Clock
) -> None:
    """Dates in headers, fields and addresses are not read: the server's clock decides.

    Who forgot the passphrase enrols anew for papers to come; the other two open this one.
    """
    paper, _ = seal_both(scene)
    clock.forward(hours=1)
    with transaction():
        service.enrol_custodian_key(
            "a-newly-chosen-passphrase", actor=scene.world.actor(scene.world.site_custodian)
        )
    browser, page = Browser(client), f"/papers/{paper.id}"
    browser.sign_in(scene.custodians["authority"])
    client.environ_base |= {
        "HTTP_DATE": "Wed, 12 Mar 2025 00:45:00 GMT",
        "HTTP_X_CLIENT_TIME": "2025-03-12T08:45:00+08:00",
        "HTTP_IF_MODIFIED_SINCE": "Wed, 12 Mar 2025 00:45:00 GMT",
    }
    words, moment = PASSPHRASES["authority"], "2025-03-12T08:45:00+08:00"
    early = {"passphrase": words, "now": moment, "given_at": moment, "at": moment}
    asked = browser.post(f"{page}/opening-consent?now={moment}", "/account", **early)
    assert asked.status_code == 403
    clock.set(IN_WINDOW)
    browser.sign_in(scene.custodians["authority"])
    client.environ_base |= {"HTTP_DATE": "Wed, 12 Mar 2031 00:45:00 GMT"}
    late = early | {"now": "2031-03-12T08:45:00+08:00"}
    assert browser.post(f"{page}/opening-consent", page, **late).status_code == 303
    with pytest.raises(PassphraseWrong):
        open_second(scene, paper, "site", passphrase="a-newly-chosen-passphrase")
    with pytest.raises(DutyConflict, match="wall-w7"):
        open_second(scene, paper, "authority")
    open_second(scene, paper, "reserve")
    assert session().get_one(Paper, paper.id).state is PaperState.OPENED
