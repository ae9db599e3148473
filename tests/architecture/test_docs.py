"""The pages under docs: each is named by README, and no decision is missing without a word."""

from __future__ import annotations

from tests.architecture.source import ROOT, listed

DOCS = ROOT / "docs"


def test_readme_leads_to_every_page() -> None:
    """Whoever starts at README finds each page and example."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [*DOCS.glob("*.md"), *(DOCS / "examples").iterdir()]
    lost = [path for page in pages if (path := str(page.relative_to(ROOT))) not in readme]
    assert lost == [], f"name it in README:{listed(lost)}"


def test_decisions_are_numbered_without_a_gap() -> None:
    """A number that was not used has a page that says so."""
    numbers = sorted(int(page.name[:4]) for page in (DOCS / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
