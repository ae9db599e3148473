"""What a check of the trail can find, each with the sentence that names the spot."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what, and where.

    Args:
        seq: the entry's number in its stream, counted from 0.
        expected: what the trail or the head says should be there.
        found: what is there instead, or where the head was kept.
    """

    code: str
    stream: str = ""
    seq: int | None = None
    table: str = ""
    row_id: int | None = None
    expected: str = ""
    found: str = ""


SENTENCES: dict[str, LazyString] = {
    "entry-changed": _l("痕迹链 %(stream)s 第 %(seq)s 号记录的内容被改动。"),
    "entry-moved": _l("痕迹链 %(stream)s 第 %(seq)s 号记录被调换了位置。"),
    "entry-missing": _l("痕迹链 %(stream)s 第 %(seq)s 至 %(expected)s 号记录被删除。"),
    "entry-unreadable": _l("痕迹链 %(stream)s 第 %(seq)s 号记录无法读取。"),
    "chain-broken": _l("痕迹链 %(stream)s 在第 %(seq)s 号记录处断开：与前一号记录不衔接。"),
    "truncated": _l(
        "痕迹链 %(stream)s 尾部被截断：%(found)s 记有 %(expected)s 条，现只有 %(seq)s 条。"
    ),
    "time-backwards": _l(
        "痕迹链 %(stream)s 第 %(seq)s 号记录的时间 %(found)s 早于前一号记录的 %(expected)s。"
    ),
    "head-missing": _l("痕迹链 %(stream)s 的链尾登记不见了。"),
    "head-unreadable": _l("痕迹链 %(stream)s 的链尾登记无法读取。"),
    "head-differs": _l(
        "痕迹链 %(stream)s 的链尾登记（%(expected)s 条）与实有的 %(seq)s 条记录不符。"
    ),
    "head-contradicted": _l(
        "痕迹链 %(stream)s 前 %(seq)s 条记录与签名树头（%(found)s）不符：记录被整体改写。"
    ),
    "stream-missing": _l("全局链第 %(seq)s 号记录所登记的痕迹链 %(found)s 不见了。"),
    "stream-unknown": _l("痕迹链 %(stream)s 未在全局链登记。"),
    "stream-differs": _l("痕迹链 %(found)s 与全局链第 %(seq)s 号记录所登记的条数或树根不符。"),
    "note-unreadable": _l("签名树头（%(found)s）无法读取。"),
    "note-forged": _l("签名树头（%(found)s）的签名不符。"),
    "row-differs": _l(
        "表 %(table)s 第 %(row_id)s 行被直接改动：与痕迹链 %(stream)s 第 %(seq)s 号记录不符。"
    ),
    "row-changed-before": _l(
        "表 %(table)s 第 %(row_id)s 行曾被直接改动：痕迹链 %(stream)s 第 %(seq)s 号记录办理前，"
        "该行已与此前的痕迹不符。"
    ),
    "row-missing": _l(
        "表 %(table)s 第 %(row_id)s 行被直接删除：痕迹链 %(stream)s 第 %(seq)s 号记录中尚有此行。"
    ),
    "row-without-log": _l("表 %(table)s 第 %(row_id)s 行没有任何痕迹，系直接写入。"),
    "access-differs": _l("%(found)s 的访问记录与全局链第 %(seq)s 号记录所登记的摘要不符。"),
}


def describe(finding: Finding) -> str:
    """Return the finding's sentence in the reader's language."""
    facts = {
        "stream": finding.stream,
        "seq": finding.seq,
        "table": finding.table,
        "row_id": finding.row_id,
        "expected": finding.expected,
        "found": finding.found,
    }
    return str(SENTENCES[finding.code]) % facts
