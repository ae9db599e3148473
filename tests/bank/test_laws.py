"""A new version of a law takes the items on its changed articles out of the pool."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from exam_app.bank import adapter, queries, service
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, NotAllowed
from question_bank import load_laws
from tests.factories.bank import (
    ARTICLE,
    LAW,
    Office,
    approve_items,
    make_item,
    review_rows,
)

NEW = "2027-01-01 第四次修正"


def version(*, changed: str = ARTICLE, left_out: str = "") -> bytes:
    """Return the law in a new version: one article with other words, one gone."""
    lines = []
    for article in load_laws():
        if article.doc != LAW or article.label == left_out:
            continue
        text = f"{article.text}新增一款。" if article.label == changed else article.text
        lines.append(asdict(replace(article, version=NEW, text=text)))
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def test_items_on_changed_articles_leave_the_pool(office: Office) -> None:
    """Those on other articles stay, also when the whole law has a new version."""
    other = replace(
        make_item(2, code="A.1-other"), article="第四条", quote="生产经营单位必须遵守本法"
    )
    approve_items(office, [make_item(1), other])
    reviewer = office.actor(office.reviewer)
    report = service.check_laws(version(), "安全生产法.jsonl", actor=reviewer)
    assert [row.code for row in report.items] == [make_item(1).id]
    with transaction():
        service.import_laws(version(), "安全生产法.jsonl", reason="修法", actor=reviewer)
    assert [item.id for item in queries.approved(office.authority.id)] == ["A.1-other"]
    laws = queries.laws_of(office.authority.id)
    assert adapter.article_text(laws, LAW, ARTICLE).endswith("新增一款。")
    assert adapter.article_text(laws, "职业病防治法", "第三条"), "other laws stay"


def test_a_withheld_item_comes_back_in_a_new_version(office: Office) -> None:
    """Edited against the new words, reviewed, approved: it is in the pool again."""
    approve_items(office, [make_item(1)])
    with transaction():
        service.import_laws(
            version(), "法.jsonl", reason="修法", actor=office.actor(office.reviewer)
        )
    row = queries.latest(office.authority.id, make_item(1).id)
    assert row is not None
    assert row.withheld_reason
    writer = office.actor(office.writer)
    with transaction():
        made = service.edit_item(row, adapter.to_item(row), actor=writer)
        service.submit_item(made, actor=writer)
    assert queries.approved(office.authority.id) == []
    review_rows(office, [made])
    (item,) = queries.approved(office.authority.id)
    assert (item.version, item.law_version) == (2, NEW)


def test_an_article_that_is_gone_takes_its_items_out(office: Office) -> None:
    """Nothing is left to rest on."""
    approve_items(office, [make_item(1)])
    report = service.check_laws(
        version(changed="", left_out=ARTICLE), "法.jsonl", actor=office.actor(office.reviewer)
    )
    ((old, new),) = report.changed
    assert old is not None
    assert new is None
    assert len(report.items) == 1


def test_a_collection_that_changes_nothing_or_cannot_be_read(office: Office) -> None:
    """The same words again, a broken line, an article twice: refused by name."""
    reviewer = office.actor(office.reviewer)
    for data, code in (
        (version(changed=""), "laws-unchanged"),
        (b"{}\n", "laws-bad-line"),
        (b"\xff\xfe", "laws-bad-line"),
        (version() + b"\n" + version(), "article-twice"),
    ):
        with pytest.raises(BadInput, match=code), transaction():
            service.import_laws(data, "法.jsonl", reason="修法", actor=reviewer)


def test_the_writer_does_not_change_the_laws(office: Office) -> None:
    """Who writes items does not decide what they rest on."""
    with pytest.raises(NotAllowed), transaction():
        service.import_laws(version(), "法.jsonl", reason="修法", actor=office.actor(office.writer))
