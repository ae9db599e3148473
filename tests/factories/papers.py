"""Papers drawn, approved, sealed and opened by the people whose duty it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exam_app.access.terms import Role
from exam_app.bank.models import BlueprintRow
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.papers import service
from exam_app.papers.models import Paper, ReleasedPaper
from exam_app.papers.terms import PaperKind
from exam_app.people.models import Account
from exam_app.sittings.models import Sitting
from tests.factories.bank import Office, make_bank, make_blueprint, make_office
from tests.factories.people import make_staff
from tests.factories.sittings import World, enter, make_sitting, make_world, staff

PASSPHRASES = {
    "authority": "crane-lantern-orchard-17",
    "site": "maple-river-granite-52",
    "reserve": "pebble-window-thunder-88",
}
IN_WINDOW = "2025-03-12 08:40"
Move = Callable[[str], None]


@dataclass
class Scene:
    """A world with an office, a bank, a blueprint, a sitting and keys of its custodians."""

    world: World
    office: Office
    blueprint: BlueprintRow
    sitting: Sitting
    first_approver: Account
    second_approver: Account

    @property
    def custodians(self) -> dict[str, Account]:
        """Return the custodians by the place they keep for."""
        return {
            "authority": self.world.authority_custodian,
            "site": self.world.site_custodian,
            "reserve": self.world.reserve_custodian,
        }


def make_scene(*, papers: int = 4, keys: bool = True, seed: str = "") -> Scene:
    """Return everything a paper needs; candidates entered, keys enrolled, committed."""
    world = make_world(seed=seed)
    office = make_office(world.authority)
    make_bank(office, papers=papers)
    blueprint = make_blueprint(office)
    sitting = make_sitting(world)
    enter(world)
    staff(world)
    with transaction():
        approvers = [make_staff(Role.DUTY_APPROVER, organisation=world.authority) for _ in "ab"]
    scene = Scene(world, office, blueprint, sitting, *approvers)
    if keys:
        enrol_keys(scene)
    return scene


def enrol_keys(scene: Scene) -> None:
    """Give each custodian of the scene a key."""
    for name, account in scene.custodians.items():
        with transaction():
            service.enrol_custodian_key(PASSPHRASES[name], actor=scene.world.actor(account))


def draw_paper(scene: Scene, kind: PaperKind = PaperKind.FIRST) -> Paper:
    """Return a paper drawn by the setter."""
    with transaction():
        return service.draw(
            scene.sitting,
            kind=kind,
            blueprint=scene.blueprint,
            actor=scene.office.actor(scene.office.setter),
        )


def approve_paper(scene: Scene, kind: PaperKind = PaperKind.FIRST) -> Paper:
    """Return a paper drawn by the setter and approved by the approver."""
    paper = draw_paper(scene, kind)
    with transaction():
        service.approve(paper, note="同意", actor=scene.office.actor(scene.office.approver))
    return paper


def seal_paper(
    scene: Scene,
    kind: PaperKind = PaperKind.FIRST,
    *,
    by: tuple[str, str] = ("authority", "site"),
) -> Paper:
    """Return a paper sealed by two custodians."""
    paper = approve_paper(scene, kind)
    one, other = (scene.custodians[name] for name in by)
    with transaction():
        service.consent_to_seal(paper, actor=scene.world.actor(one))
    with transaction():
        service.seal(paper, actor=scene.world.actor(other))
    return paper


def seal_both(scene: Scene) -> tuple[Paper, Paper]:
    """Return first and reserve paper, sealed; the sitting is ready."""
    return seal_paper(scene), seal_paper(scene, PaperKind.RESERVE)


def consent(scene: Scene, paper: Paper, name: str = "authority", **over: str) -> None:
    """Let a custodian consent to open."""
    with transaction():
        service.consent_to_open(
            paper,
            passphrase=over.pop("passphrase", PASSPHRASES[name]),
            actor=scene.world.actor(scene.custodians[name]),
            **over,
        )


def open_second(scene: Scene, paper: Paper, name: str = "site", **over: str) -> ReleasedPaper:
    """Let the second custodian open."""
    with transaction():
        return service.open_paper(
            paper,
            passphrase=over.pop("passphrase", PASSPHRASES[name]),
            actor=scene.world.actor(scene.custodians[name]),
            **over,
        )


def open_first_paper(scene: Scene, move: Move) -> Paper:
    """Return the first paper, sealed with the reserve and opened in the window."""
    paper, _ = seal_both(scene)
    move(IN_WINDOW)
    consent(scene, paper)
    open_second(scene, paper)
    return paper


def local_now() -> str:
    """Return the time of the frozen clock as people read it."""
    return clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")
