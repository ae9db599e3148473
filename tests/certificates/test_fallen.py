"""What was revoked is offered nowhere as valid again: look-ups, hours, payment, a second issue."""

from __future__ import annotations

import pytest
from flask import Flask

from exam_app.certificates import listing, pages, queries, service
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import VerdictState
from exam_app.core.db import session, transaction
from exam_app.core.errors import Missing, RuleBroken
from exam_app.credits import queries as hours
from exam_app.credits import service as credits_
from exam_app.home.queries import class_facts
from exam_app.marking.terms import Outcome
from exam_app.reports.queries import class_file, payable
from exam_app.verification import checking
from exam_app.verification import queries as verification
from exam_app.verification.adapter import Asked
from tests.certificates.test_final import in_sql, is_listed, replaced
from tests.conftest import ONE_DATABASE
from tests.factories.certificates import (
    approver_of,
    make_prepared,
    make_revoked,
    make_signed,
    officer_of,
)
from tests.factories.finished import Finished, make_finished
from tests.factories.people import actor_of

MOVED = "status_index = (status_index + 7) % 131072"


def looked_up(row: Certificate) -> list[str]:
    """Return what is told of a certificate by number, by code, and to its enterprise."""
    asked = [
        Asked("1", number=row.number, name=row.fields["name"]),
        Asked("2", text=pages.digits_of(row)),
    ]
    found = checking.judge(checking.look_up(asked, misses_left=10))
    staff = verification.staff_certificates(row.enrolment.enterprise_id)
    told = [each.outcome for each in found]
    return [*told, *(each.outcome for each in staff if each.id == row.id)]


def changed(row: Certificate, how: str) -> None:
    in_sql(f"UPDATE certificate SET {how} WHERE id = {row.id}")
    session().expire_all()


@ONE_DATABASE
@pytest.mark.parametrize("how", ["state = 'valid'", f"state = 'valid', {MOVED}"])
def test_neither_looked_up_nor_credited_nor_paid(made: Finished, how: str) -> None:
    """Set valid again, also at another place of the list: every page of the office says so."""
    (row,) = make_signed(made)
    officer, training_class = actor_of(officer_of(made)), made.training_class
    assert looked_up(row) == ["valid"] * 3
    assert [each.certificate for each in payable(training_class.project).rows] == [row.number]
    assert hours.uncredited(training_class.id) == [row]
    assert class_facts([training_class])[training_class.id].uncredited == 1
    make_revoked(row, made)
    assert is_listed(row)
    place = listing.place_of(row)
    changed(row, how)
    assert listing.place_of(row) == place
    assert looked_up(row) == ["revoked"] * 3
    assert queries.contradicted_of(training_class.id) == [row]
    assert pages.verdict_of(row).verdict.state is VerdictState.REVOKED
    assert payable(training_class.project).rows == ()
    assert hours.uncredited(training_class.id) == []
    assert class_facts([training_class])[training_class.id].uncredited == 0
    filed = class_file(training_class, totals=False)["certificates"]
    assert [each["state"] for each in filed] == ["revoked"]
    with pytest.raises(RuleBroken, match="certificate-fallen"), transaction():
        credits_.credit(row, actor=officer)


@ONE_DATABASE
def test_hours_taken_back_are_not_open_again(made: Finished) -> None:
    """A certificate set valid in SQL carries no hours: not the line's, not the correction's."""
    (row,) = make_signed(made)
    officer = actor_of(officer_of(made))
    with transaction():
        (entry,) = credits_.credit(row, actor=officer)
    make_revoked(row, made)
    changed(row, "state = 'valid'")
    assert not any(line.open for line in hours.lines_of_class(made.training_class.id))
    with pytest.raises(Missing), transaction():
        credits_.correct(entry, reason="更正", actor=officer)


@ONE_DATABASE
def test_a_row_that_is_not_what_was_signed_is_told(app: Flask) -> None:
    """Nothing was decided on it: its state is unknown, and nothing is done with it."""
    made = make_finished(*[Outcome.PASS] * 4, certified=False)
    moved, renumbered, longer, other = make_signed(made)
    changed(moved, MOVED)
    changed(renumbered, "number = '23070020251099994'")
    changed(longer, "expires_on = '2099-01-01'")
    assert queries.contradicted_of(made.training_class.id) == [moved, longer, renumbered]
    assert queries.valid_of(made.training_class.id) == [other]
    assert looked_up(moved) == ["status-unknown"] * 3
    with pytest.raises(RuleBroken, match="certificate-fallen"), transaction():
        credits_.credit(moved, actor=actor_of(officer_of(made)))


@pytest.mark.parametrize("way", ["cancelled", "deleted", "in between"])
def test_no_second_certificate_on_a_result_revoked(made: Finished, way: str) -> None:
    """The row is set to never signed, or taken away: prepared or signed anew is none."""
    (row,) = make_signed(made)
    officer, signer = actor_of(officer_of(made)), actor_of(approver_of(made))
    make_revoked(row, made)
    number, row_id, enrolment = row.number, row.id, made.enrolments[0]
    if way == "deleted":
        in_sql("DELETE FROM revocation", f"DELETE FROM certificate WHERE id = {row_id}")
    else:
        changed(row, "state = 'cancelled', record = NULL, signed_by_id = NULL, signed_at = NULL")
    session().expire_all()
    if way == "in between":  # as it was prepared, before the decision on it
        changed(row, "state = 'intended'")
        with pytest.raises(RuleBroken, match="certificate-fallen") as caught, transaction():
            service.sign([row], actor=signer)
        assert caught.value.facts["number"] == number
        return
    assert make_prepared(made) == []
    with pytest.raises(RuleBroken, match="certificate-issued-already"), transaction():
        service.prepare_one(enrolment, actor=officer)
    assert payable(made.training_class.project).rows == ()


@ONE_DATABASE
def test_a_folder_or_a_broken_link_among_the_lists_counts_as_none(made: Finished) -> None:
    (row,) = make_signed(made)
    make_revoked(row, made)
    assert is_listed(row)
    folder = pages.config().instance / "status"
    (folder / "1-folder.jws").mkdir()
    (folder / "1-link.jws").symlink_to(folder / "gone")
    assert pages.verdict_of(row).verdict.state is VerdictState.REVOKED


@ONE_DATABASE
def test_what_was_issued_anew_stands_while_the_old_is_set_aside(made: Finished) -> None:
    """Replaced is no revocation of the result: the new certificate is looked up as valid."""
    (old,) = make_signed(made)
    replaced(old, made)
    fresh = queries.valid_of(made.training_class.id)
    assert [looked_up(each) for each in (old, *fresh)] == [["replaced"] * 3, ["valid"] * 3]
    assert queries.in_force(Certificate.enrolment_id == old.enrolment_id) == fresh
