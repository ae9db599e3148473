"""Two enterprises: one whose people hold certificates, and a stranger; their contacts."""

from __future__ import annotations

from dataclasses import dataclass

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import pages
from exam_app.certificates import service as certificates
from exam_app.certificates.models import Certificate
from exam_app.core.db import session, transaction
from exam_app.core.jobs import work_once
from exam_app.marking.terms import Outcome as Result
from exam_app.people.models import Account, Organisation
from exam_app.stages import JOBS
from exam_app.verification import service
from exam_app.verification.models import VerificationBatch
from exam_app.verification.terms import Scope
from tabular import write_table
from tests.factories.certificates import make_signed
from tests.factories.finished import make_finished
from tests.factories.people import actor_of, make_organisation, make_staff

HEAD = ("证书编号", "姓名", "二维码内容")


@dataclass
class World:
    """What was made; ids and plain values, which outlive a transaction."""

    authority_id: int
    enterprise_id: int
    numbers: list[str]
    names: list[str]
    texts: list[str]
    contact_id: int
    stranger_id: int

    @property
    def contact(self) -> Account:
        """The account of the contact of the enterprise whose people hold certificates."""
        return session().get_one(Account, self.contact_id)

    @property
    def stranger(self) -> Account:
        """The account of the contact of another enterprise."""
        return session().get_one(Account, self.stranger_id)

    @property
    def actor(self) -> Actor:
        """The contact of the enterprise."""
        return actor_of(self.contact)

    @property
    def other(self) -> Actor:
        """The contact of another enterprise."""
        return actor_of(self.stranger)

    def staff(self, role: Role) -> Account:
        """Return a new account of the authority with a role."""
        with transaction():
            authority = session().get_one(Organisation, self.authority_id)
            account = make_staff(role, organisation=authority)
            trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", account.id))
        return account

    def revoke(self, place: int) -> None:
        """Take a certificate back, by two persons."""
        asker, decider = (self.staff(Role.CERTIFICATE_APPROVER) for _ in range(2))
        with transaction():
            held = self.certificate(place)
            asked = certificates.ask_revocation(held, reason="替考", actor=actor_of(asker))
        with transaction():
            certificates.decide_revocation(asked, actor=actor_of(decider))

    def certificate(self, place: int = 0) -> Certificate:
        """Return a certificate as it is now."""
        return session().query(Certificate).filter_by(number=self.numbers[place]).one()


def make_world(passed: int = 2) -> World:
    """Return an enterprise with so many certified people, and a stranger beside it."""
    made = make_finished(*[Result.PASS] * passed, certified=False)
    rows = make_signed(made)
    host = "https://exam.yichun.example/v#"
    with transaction():
        contact = make_contact(made.city.enterprise)
        stranger = make_contact(make_organisation(OrganisationKind.ENTERPRISE))
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", contact.id))
    return World(
        made.city.authority.id,
        made.city.enterprise.id,
        [each.number for each in rows],
        [each.fields["name"] for each in rows],
        [host + pages.digits_of(each) for each in rows],
        contact.id,
        stranger.id,
    )


def make_contact(organisation: Organisation) -> Account:
    """Return the contact of an enterprise."""
    return make_staff(Role.ENTERPRISE_CONTACT, organisation=organisation)


def table(*rows: tuple[object, ...]) -> bytes:
    """Return an upload of number, name, QR text."""
    return write_table(HEAD, rows, sheet="查验")


def run_batch(world: World, data: bytes, name: str = "名单.xlsx") -> int:
    """Return the batch of a file that was handed in and done."""
    with transaction():
        batch = service.ask_batch(data, name, purpose="录用核验", actor=world.actor)
        batch_id = batch.id
    work_off()
    return batch_id


def work_off() -> None:
    """Do the work that is due."""
    while work_once(JOBS):
        session().rollback()


def batch_of(batch_id: int) -> VerificationBatch:
    """Return a batch as it is now."""
    session().rollback()
    return session().get_one(VerificationBatch, batch_id)


def make_token(world: World, *scopes: Scope, days: int = 30) -> str:
    """Return a new token of the enterprise, for both scopes unless told otherwise."""
    wanted = scopes or tuple(Scope)
    with transaction():
        facts = {"purpose": "人事系统核验", "scopes": wanted, "days": days}
        _, plain = service.issue_token("人事系统", **facts, actor=world.actor)
    return plain
