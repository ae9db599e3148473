"""The printed duty table is the one that decides."""

from pathlib import Path

from exam_app.access.matrix import (
    ROUTES_HEADING,
    duty_table,
    endpoint_matrix,
    permissions_page,
    renew_duty_table,
)
from exam_app.access.permissions import Permission

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
REMEDY = "docs/permissions.md is old: python -m exam_app.access.matrix docs/permissions.md"


def test_the_printed_table_is_current() -> None:
    """docs/permissions.md holds the duty table as it decides today."""
    part_one = PAGE.read_text(encoding="utf-8").split(f"\n{ROUTES_HEADING}")[0]
    assert part_one == duty_table(), REMEDY


def test_the_matrix_of_routes_marks_who_may_enter() -> None:
    """A row of part 2 marks the roles that the guard lets in, and says what is public."""
    page = endpoint_matrix(
        [("marking.enter", "GET POST", Permission.MARK_ENTER), ("people.sign_in", "GET", None)]
    )
    head, _, marks, sign_in = page.strip().splitlines()[-4:]
    titles = [cell.strip() for cell in head.split("|")]
    cells = [cell.strip() for cell in marks.split("|")]
    assert [titles[at] for at, cell in enumerate(cells) if cell == "●"] == ["阅卷员"]
    assert "`marking:mark:enter`" in cells
    assert "公开" in sign_in
    assert "●" not in sign_in


def test_the_page_is_both_parts() -> None:
    """Without routes the page is part 1 alone; with them both parts."""
    routes = [("people.sign_in", "GET", None)]
    assert permissions_page() == duty_table()
    assert permissions_page(routes) == f"{duty_table()}\n{endpoint_matrix(routes)}"


def test_renewing_part_one_keeps_part_two(tmp_path: Path) -> None:
    """A new duty table does not lose the matrix of routes."""
    routes = [("people.sign_in", "GET", None)]
    path = tmp_path / "permissions.md"
    renew_duty_table(path)
    assert path.read_text(encoding="utf-8") == duty_table()
    path.write_text(f"old\n\n{endpoint_matrix(routes)}", encoding="utf-8")
    renew_duty_table(path)
    assert path.read_text(encoding="utf-8") == permissions_page(routes)
