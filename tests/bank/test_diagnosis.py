"""Why nothing fits, in sentences that name rules, numbers and where items went."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from exam_app.bank import diagnosis
from question_bank.capacity import Carried
from question_bank.program.counts import Short
from question_bank.program.diagnosis import Diagnosis
from question_bank.program.elastic import PRICES, Relaxation


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("cells.A.4.1.single", "A.4.1 安全生产法 单选题"),
        ("types.multiple", "多选题"),
        ("topics.B.1.min", "知识点 B.1 职业病危害因素辨识（粉尘、化学、物理、生物、放射）下限"),
        ("topics.B.max", "知识点 B 职业病预防上限"),
        ("levels.apply.min", "应用下限"),
        ("exposure.max_uses", "一年内使用次数上限"),
        ("enemies", "互斥试题"),
    ],
)
def test_every_rule_has_words(app: Flask, rule: str, words: str) -> None:
    """Named by the path of its key, shown in Chinese."""
    assert diagnosis.rule_words(rule) == words


def test_what_may_give_way_has_words(app: Flask) -> None:
    """Every rule of the program that stands for the whole paper."""
    for rule, _price in PRICES:
        if not rule.endswith("."):
            assert diagnosis.rule_words(rule)


def test_a_diagnosis_in_sentences(app: Flask) -> None:
    """Shortage with the ledger, contradiction, least relaxation."""
    short = Short("cells.A.single", 10, 7, held=12, worn=3, shared=2)
    relax = (
        Relaxation("cells.A.single", Decimal(3), True),
        Relaxation("paper.seconds", Decimal(9)),
    )
    found = Diagnosis((short,), relax, ("topics.A.max", "paper.length"))
    assert diagnosis.sentences(found) == [
        "A 通识必修 单选题：需要 10，可用 7，缺 3（题库共 12：年内已用满 3，相邻试卷已用 2）。",
        "以下要求不能同时满足，放宽其中任何一项即可：知识点 A 通识必修上限、题数。",
        "最少须放宽：A 通识必修 单选题降低 3，答题时间（秒）提高 9。",
    ]
    refused = diagnosis.refusal(found)
    assert refused.code == "bank-short"
    assert refused.facts["short"] == [("cells.A.single", 10, 7)]
    assert diagnosis.sentences(Diagnosis((), (), ())) == ["没有一份试卷能同时满足全部要求。"]
    assert diagnosis.carried_words(Carried(0, (), found))[0] == "题库一份试卷也供不出。"
    assert diagnosis.carried_words(Carried(7, ()))[0].startswith("题库可供 2 个班次")
