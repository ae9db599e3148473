"""Rules of sittings (考务): windows, states, posts, tickets, counts."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.policy.profile import ResolvedProfile, Source
from exam_app.sittings.terms import DISQUALIFYING, EntryState, IncidentKind, SittingState

SERIAL_DIGITS = 3
SITTING_DIGITS = 4
_TIED = frozenset({"wall-w1", "wall-w3", "duty-not-prov"})
_POSTING_CODES = {
    "wall-w4": "posting-taught",
    "duty-not-taught": "posting-taught",
    "duty-not-cand": "posting-candidate",
    "wall-w9": "posting-entrustment",
    "duty-entrusted": "posting-entrustment",
    "no-duty": "posting-no-duty",
}


@dataclass(frozen=True)
class Window:
    """A span of time; both ends belong to it."""

    from_at: dt.datetime
    until_at: dt.datetime

    def holds(self, at: dt.datetime) -> bool:
        """Return whether the moment lies in the span."""
        return self.from_at <= at <= self.until_at

    def overlaps(self, other: Window) -> bool:
        """Return whether the two have more than an end in common."""
        return self.from_at < other.until_at and other.from_at < self.until_at


@dataclass(frozen=True)
class Settings:
    """What the class's profile says about its sittings; minutes, seats and persons."""

    duration: int
    opens_before: int
    checkin_before: int
    entry_closes: int
    no_leaving: int
    room_seats: int
    invigilators: int
    retakes: int
    disqualified_ends: bool
    policy: ResolvedProfile

    def clause(self, key: str) -> str:
        """Return where a setting comes from, in one line."""
        return clause_line(self.policy.source(key))


def settings_of(policy: ResolvedProfile) -> Settings:
    """Return the settings of sittings in a class's profile."""
    return Settings(
        duration=policy.count("exam.duration_minutes"),
        opens_before=policy.count("sitting.opens_before_minutes"),
        checkin_before=policy.count("sitting.checkin_before_minutes"),
        entry_closes=policy.count("sitting.entry_closes_minutes"),
        no_leaving=policy.count("sitting.no_leaving_minutes"),
        room_seats=policy.count("sitting.room_seats"),
        invigilators=policy.count("sitting.invigilators_per_room"),
        retakes=policy.count("exam.retakes"),
        disqualified_ends=policy.flag("exam.disqualified_ends"),
        policy=policy,
    )


def clause_line(source: Source) -> str:
    """Return document, clause and quoted words, or the source of a local choice."""
    if source.quote:
        return f"{source.document} {source.clause}「{source.quote}」"
    return source.source


def minutes(count: int) -> dt.timedelta:
    """Return a span of whole minutes."""
    return dt.timedelta(minutes=count)


def check_state(state: SittingState, *wanted: SittingState) -> None:
    """Pass a sitting that stands in one of the states.

    Raises: RuleBroken: ``sitting-is-…``, naming the state it is in.
    """
    if state not in wanted:
        raise RuleBroken(f"sitting-is-{state.value.replace('_', '-')}")


def check_start(starts_at: dt.datetime, now: dt.datetime) -> None:
    """Pass a start that lies ahead. Raises: BadInput."""
    if starts_at <= now:
        raise BadInput("sitting-starts-past", field="starts_at")


def checkin_window(starts_at: dt.datetime, settings: Settings) -> Window:
    """Return when candidates are let in (入场核验时间).

    Source: settings sitting.checkin_before_minutes and sitting.entry_closes_minutes.
    """
    return Window(
        starts_at - minutes(settings.checkin_before), starts_at + minutes(settings.entry_closes)
    )


def check_entry_time(at: dt.datetime, starts_at: dt.datetime, settings: Settings) -> None:
    """Pass a check-in in its window.

    Raises: RuleBroken: ``check-in-early`` or ``check-in-late``, with the setting's source.
    """
    window = checkin_window(starts_at, settings)
    if at < window.from_at:
        clause = settings.clause("sitting.checkin_before_minutes")
        raise RuleBroken("check-in-early", minutes=settings.checkin_before, clause=clause)
    if at > window.until_at:
        clause = settings.clause("sitting.entry_closes_minutes")
        raise RuleBroken("check-in-late", minutes=settings.entry_closes, clause=clause)


def check_opening(
    at: dt.datetime, opens_at: dt.datetime, ends_at: dt.datetime, settings: Settings
) -> None:
    """Pass the opening of a sitting from the paper's opening to the end (宣布开考)."""
    if at < opens_at:
        clause = settings.clause("sitting.opens_before_minutes")
        raise RuleBroken("opening-early", minutes=settings.opens_before, clause=clause)
    if at >= ends_at:
        raise RuleBroken("opening-late")


def check_closing(
    at: dt.datetime, ends_at: dt.datetime, present: int, last_entry: dt.datetime
) -> None:
    """Pass the close of a sitting: its time is over, or nobody came while the doors were open."""
    if at < ends_at and (present or at <= last_entry):
        raise RuleBroken("closing-early")


def check_tail(given: str, held: str) -> None:
    """Pass the last four characters of the ID number, compared in constant time.

    Raises: BadInput: not four characters. RuleBroken: they differ (``id-tail-differs``).
    """
    typed = given.strip().upper()
    if len(typed) != 4 or not typed[:3].isdecimal() or not typed.isascii():
        raise BadInput("id-tail-shape", field="id_tail")
    if not hmac.compare_digest(typed.encode(), held.upper().encode()):
        raise RuleBroken("id-tail-differs", field="id_tail")


def check_may_enter_room(state: EntryState) -> None:
    """Pass a candidate who may still be let in."""
    if state in (EntryState.ABSENT, EntryState.DISQUALIFIED):
        raise RuleBroken(f"entry-is-{state.value}")


def check_posting(reason: str, clause: str, *, juris: bool, field: str) -> None:
    """Pass a person chosen for a post at a sitting (监考、保管).

    Args: reason: of the decision on the post, ``ok`` where every wall let the person pass.
    Raises: RuleBroken: ``posting-…`` with the clause.
    """
    if reason in _TIED:
        raise RuleBroken("posting-tied", field=field, clause=clause)
    if reason != "ok":
        code = _POSTING_CODES.get(reason, "posting-refused")
        raise RuleBroken(code, field=field, clause=clause)
    if not juris:
        raise RuleBroken("posting-elsewhere", field=field)


def check_custodians(organisations: Sequence[frozenset[int]], clause: str) -> None:
    """Pass three custodians of pairwise different organisations (三方保管).

    Source: 伊应急函〔2025〕41号 四（五） "按照培考分离原则".
    """
    seen: set[int] = set()
    for held in organisations:
        if not held or seen & held:
            raise RuleBroken("custodians-together", field="reserve_custodian", clause=clause)
        seen |= held


def check_free(wanted: Window, busy: Iterable[Window], field: str = "account_id") -> None:
    """Pass somebody who supervises nowhere else in the span. Raises: RuleBroken."""
    if any(wanted.overlaps(other) for other in busy):
        raise RuleBroken("invigilator-busy", field=field)


def short_rooms(used: Iterable[int], posted: Sequence[int], wanted: int) -> list[int]:
    """Return the rooms in use with fewer invigilators than wanted.

    Args: used: room ids with candidates. posted: the room id of each invigilator.
    """
    return [room for room in sorted(set(used)) if posted.count(room) < wanted]


def check_staffed(short: Sequence[str], *, has_chief: bool, settings: Settings) -> None:
    """Pass a sitting whose rooms have their invigilators and which has a chief (主考).

    Args: short: names of the rooms with too few.
    """
    clause = settings.clause("sitting.invigilators_per_room")
    if short:
        rooms = "、".join(short)
        raise RuleBroken("rooms-short", rooms=rooms, least=settings.invigilators, clause=clause)
    if not has_chief:
        raise RuleBroken("chief-missing")


def check_seats(found: int, needed: int) -> None:
    """Pass a site with a seat for everybody; the one short is named by number."""
    if found < needed:
        raise RuleBroken("seats-short", short=needed - found, needed=needed)


def check_retake(first: EntryState, number: int, made: int, settings: Settings) -> None:
    """Pass a candidate who has a retake left (补考仅一次).

    Args: number: attempt number of the entry that was failed. made: attempts of the enrolment,
        one that was repeated because its sitting was void counted once.
    Source: 伊应急函〔2025〕41号 四（五） "考试不合格可允许补考一次".
    """
    clause = settings.clause("exam.retakes")
    if number != 1 or made > settings.retakes:
        raise RuleBroken("no-retake-left", clause=clause, made=made)
    if first is EntryState.DISQUALIFIED and settings.disqualified_ends:
        clause = settings.clause("exam.disqualified_ends")
        raise RuleBroken("disqualified-ends", clause=clause)
    if first not in (EntryState.CHECKED_IN, EntryState.ABSENT, EntryState.DISQUALIFIED):
        raise RuleBroken("first-not-over")


def check_repeat(state: EntryState) -> None:
    """Pass an attempt of a void sitting that was sat: only that is repeated (作废重考)."""
    if state is not EntryState.CHECKED_IN:
        raise RuleBroken("repeat-not-sat")


def check_scripts(scripts: int, present: int) -> None:
    """Pass a count of scripts that equals the candidates who were let in (试卷清点)."""
    if scripts != present:
        raise RuleBroken("scripts-differ", field="scripts", scripts=scripts, present=present)


def check_extension(extra: int, settings: Settings) -> None:
    """Pass an extension of at least a minute, no longer than the exam itself."""
    if not 1 <= extra <= settings.duration:
        raise BadInput("extension-size", field="minutes", most=settings.duration)


def disqualifies(kind: IncidentKind) -> bool:
    """Return whether an incident of the kind ends the candidate's exam (取消资格)."""
    return kind in DISQUALIFYING


def check_incident(kind: IncidentKind, *, has_entry: bool) -> None:
    """Pass an incident; one that disqualifies names its candidate."""
    if disqualifies(kind) and not has_entry:
        raise BadInput("incident-needs-entry", field="entry_id")


def ticket_number(division_code: str, on: dt.date, sitting_id: int, serial: int) -> str:
    """Return the number of an admission ticket (准考证号).

    Groups: division of the authority, yymmdd, sitting, serial with check digit, as in
    ``230700-250415-0012-0037``. It says nothing of the person and can't pass for an ID number.
    """
    head = f"{division_code}{on:%y%m%d}{sitting_id:0{SITTING_DIGITS}d}{serial:0{SERIAL_DIGITS}d}"
    return (
        f"{division_code}-{on:%y%m%d}-{sitting_id:0{SITTING_DIGITS}d}-"
        f"{serial:0{SERIAL_DIGITS}d}{check_digit(head)}"
    )


def check_digit(digits: str) -> str:
    """Return the check digit of digits (ISO 7064, MOD 11,10): one wrong digit is seen."""
    product = 10
    for digit in digits:
        product = (((product + int(digit)) % 10 or 10) * 2) % 11
    return str((11 - product) % 10)


def ticket_is_valid(number: str) -> bool:
    """Return whether a typed ticket number has its right check digit; hyphens do not matter."""
    digits = number.replace("-", "").replace(" ", "")
    if not digits.isascii() or not digits.isdecimal() or len(digits) < 20:
        return False
    return check_digit(digits[:-1]) == digits[-1]
