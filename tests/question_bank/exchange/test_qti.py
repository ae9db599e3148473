"""QTI items of every version: one choice interaction comes in, all else is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from question_bank.errors import ExchangeError
from question_bank.exchange import ReadResult, qti_package
from question_bank.item import ItemType

FIXTURES = Path(__file__).parent / "fixtures" / "qti30"


def codes(result: ReadResult) -> list[str]:
    return [found.code for found in result.problems]


def notes(result: ReadResult) -> list[str]:
    return [found.code for found in result.notes]


def qti2(
    key: str = "<correctResponse><value>A</value></correctResponse>",
    body: str = "",
    cardinality: str = "single",
    most: str = "1",
    options: str = "甲乙丙",
    more: str = "",
    before: str = "<p>题干</p>",
    version: str = "2p1",
) -> bytes:
    choices = "".join(
        f'<simpleChoice identifier="{letter}">{text}</simpleChoice>'
        for letter, text in zip("ABC", options, strict=False)
    )
    interaction = (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="{most}">'
        f"<prompt>选一项</prompt>{choices}</choiceInteraction>"
    )
    return (
        f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v{version}" identifier="I1" '
        'title="名" adaptive="false" timeDependent="false">'
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" '
        f'baseType="identifier">{key}</responseDeclaration>'
        f"<itemBody>{before}{body or interaction}</itemBody>{more}</assessmentItem>"
    ).encode()


def mapping(*weights: tuple[str, str], default: str = "0") -> str:
    entries = "".join(f'<mapEntry mapKey="{name}" mappedValue="{to}"/>' for name, to in weights)
    return f'<mapping defaultValue="{default}">{entries}</mapping>'


def correct(*values: str) -> str:
    return (
        f"<correctResponse>{''.join(f'<value>{one}</value>' for one in values)}</correctResponse>"
    )


def template(name: str) -> str:
    return f'<responseProcessing template="http://x.invalid/rptemplates/{name}"/>'


@pytest.mark.parametrize("version", ["2p0", "2p1", "2p2"])
def test_a_choice_of_qti_2_comes_in(version: str) -> None:
    result = qti_package.read_items(qti2(version=version, more=template("match_correct")))
    (item,) = result.items
    assert (item.id, item.stem, item.options) == ("I1", "题干\n选一项", ("甲", "乙", "丙"))
    assert (item.type, item.key) == (ItemType.SINGLE, frozenset({0}))
    assert not result.notes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("empty-correct-response-value.xml", ["interaction-not-held"]),
        ("match-correct-template.xml", ["interaction-not-held"]),
        ("simple-choice-processing.xml", []),
    ],
)
def test_files_of_another_system_read_as_they_deserve(name: str, expected: list[str]) -> None:
    result = qti_package.read_items((FIXTURES / name).read_bytes())
    assert codes(result) == expected
    assert [item.options for item in result.items] == ([] if expected else [("Ja", "Nee")])


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (qti2(key="<correctResponse><value/></correctResponse>"), "key-missing"),
        (qti2(key="<correctResponse/>"), "key-missing"),
        (qti2(key=""), "key-missing"),
        (qti2(key=correct("X")), "key-not-among-options"),
        (qti2(key=correct("A", "B")), "needs-one-key"),
        (qti2(key=correct("A"), cardinality="multiple", most="0"), "multiple-needs-two-keys"),
        (qti2(cardinality="ordered"), "interaction-not-held"),
        (qti2(key=mapping(("A", "1"), ("B", "1"))), "key-ambiguous"),
        (qti2(key=mapping(("A", "-1"))), "key-missing"),
        (qti2(key=mapping(("A", "x"))), "not-a-number"),
        (qti2(key=mapping(("A", "1"), default="1")), "key-ambiguous"),
        (
            qti2(key=correct("A") + mapping(("A", "2"), ("B", "1")), more=template("map_response")),
            "partial-credit",
        ),
        (qti2(body="<matchInteraction/>"), "interaction-not-held"),
        (qti2(body="<p>x</p>"), "interaction-not-held"),
        (qti2(before="<p><textEntryInteraction/></p>"), "interaction-not-held"),
        (qti2(before='<p>甲<img src="http://x.invalid/a.png" alt=""/></p>'), "image-remote"),
        (qti2(before='<p>甲<img src="a.png" alt=""/></p>'), "image-missing"),
        (qti2(before='<object data="a.mp3" type="audio/mpeg"/>'), "media-not-held"),
        (qti2(before='<math xmlns="x"><mi>x</mi></math>'), "media-not-held"),
        (qti2(options="甲"), "too-few-options"),
        (b'<assessmentItem identifier="I1"/>', "item-body-missing"),
        (qti2().replace(b'"B"', b'"A"'), "choice-id-twice"),
        (
            qti2().replace(
                b"</responseDeclaration>", b"</responseDeclaration><templateProcessing/>"
            ),
            "interaction-not-held",
        ),
        (
            qti2(before="").replace(
                b"<itemBody>", b'<assessmentStimulusRef href="s.xml"/><itemBody>'
            ),
            "file-missing",
        ),
    ],
)
def test_what_cannot_be_held_is_named_and_not_taken(item: bytes, code: str) -> None:
    result = qti_package.read_items(item)
    assert codes(result) == [code]
    assert not result.items


def test_a_mapping_gives_the_key_where_no_correct_response_does() -> None:
    key = mapping(("A", "1"), ("B", "1"), ("C", "-1"))
    result = qti_package.read_items(qti2(key=key, cardinality="multiple", most="0"))
    assert result.items[0].key == {0, 1}


def test_own_scoring_rules_are_noted() -> None:
    rule = (
        "<responseProcessing><responseCondition><responseIf><match><mapResponse "
        'identifier="RESPONSE"/><baseValue>2</baseValue></match><setOutcomeValue '
        'identifier="SCORE"><baseValue>1</baseValue></setOutcomeValue></responseIf>'
        '<responseElseIf><setOutcomeValue identifier="SCORE"/></responseElseIf>'
        "</responseCondition></responseProcessing>"
    )
    assert notes(qti_package.read_items(qti2(more=rule))) == ["scoring-simplified"]


def test_feedback_goes_where_it_belongs() -> None:
    feedback = (
        '<modalFeedback outcomeIdentifier="F" identifier="B" showHide="show">错在此</modalFeedback>'
        '<modalFeedback outcomeIdentifier="F" identifier="all" showHide="show">说明</modalFeedback>'
    )
    (item,) = qti_package.read_items(qti2(more=feedback)).items
    assert (item.rationale, item.explanation) == (("", "错在此", ""), "说明")


def qti12(
    conditions: str, kind: str = "", cardinality: str = "Single", more: str = "", labels: str = ""
) -> bytes:
    labels = labels or "".join(
        f'<response_label ident="{name}"><material><mattext>{text}</mattext></material>'
        "</response_label>"
        for name, text in zip(("a", "b", "c"), ("甲<", "乙", "丙"), strict=True)
    ).replace("甲<", "甲&lt;")
    return (
        '<questestinterop><assessment><section><item ident="q1"><itemmetadata><qtimetadata>'
        f"<qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry>"
        "</qtimetadatafield></qtimetadata></itemmetadata><presentation><material>"
        '<mattext texttype="text/html">&lt;p&gt;题干&lt;/p&gt;</mattext></material>'
        f'<response_lid ident="r" rcardinality="{cardinality}">'
        f"<render_choice>{labels}</render_choice></response_lid>"
        f"</presentation><resprocessing>{conditions}</resprocessing>{more}</item></section>"
        "</assessment></questestinterop>"
    ).encode()


def when(condition: str, score: str = "100") -> str:
    return (
        f"<respcondition><conditionvar>{condition}</conditionvar>"
        f'<setvar varname="SCORE">{score}</setvar></respcondition>'
    )


def equal(name: str) -> str:
    return f'<varequal respident="r">{name}</varequal>'


@pytest.mark.parametrize(
    ("item", "type_", "key"),
    [
        (qti12(when(equal("b"))), "single", {1}),
        (qti12(when(equal("b"), "SCORE.max")), "single", {1}),
        (
            qti12(
                when(f"<and>{equal('a')}{equal('b')}<not>{equal('c')}</not></and>"),
                cardinality="Multiple",
            ),
            "multiple",
            {0, 1},
        ),
        (
            qti12(when(equal("a"), "50") + when(equal("c"), "50"), cardinality="Multiple"),
            "multiple",
            {0, 2},
        ),
    ],
)
def test_a_choice_of_qti_1_2_comes_in(item: bytes, type_: str, key: set[int]) -> None:
    result = qti_package.read_items(item)
    assert not result.problems
    assert result.items[0].type == type_
    assert result.items[0].key == key
    assert (result.items[0].stem, result.items[0].options[0]) == ("题干", "甲<")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (qti12(""), "key-missing"),
        (qti12(when(equal(""))), "key-missing"),
        (qti12(when(equal("x"))), "key-not-among-options"),
        (qti12(when(equal("a")) + when(equal("b"), "50")), "partial-credit"),
        (qti12(when(equal("a")) + when(equal("b"))), "needs-one-key"),
        (qti12(when("<vargte>3</vargte>")), "key-missing"),
        (qti12(when(equal("a")), cardinality="Ordered"), "interaction-not-held"),
        (qti12("").replace(b"response_lid", b"response_str"), "interaction-not-held"),
        (qti12("").replace(b"render_choice", b"render_hotspot"), "interaction-not-held"),
        (
            qti12("").replace(b"</response_lid>", b"</response_lid><response_lid/>"),
            "interaction-not-held",
        ),
        (b'<questestinterop><item ident="q"/></questestinterop>', "item-body-missing"),
    ],
)
def test_what_qti_1_2_cannot_bring_is_named(item: bytes, code: str) -> None:
    result = qti_package.read_items(item)
    assert codes(result) == [code]
    assert not result.items


def test_a_true_false_question_of_qti_1_2_becomes_one() -> None:
    labels = "".join(
        f'<response_label ident="{name}"><material><mattext>{text}</mattext></material>'
        "</response_label>"
        for name, text in (("1", "False"), ("2", "True"))
    )
    item = qti12(when(equal("2")), "true_false_question", labels=labels)
    assert qti_package.read_items(item).items[0].key == {0}
    named = item.replace(b"True<", "是<".encode()).replace(b"False<", "否<".encode())
    result = qti_package.read_items(named)
    assert (result.items[0].type, notes(result)) == ("single", ["type-guessed"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01\x02", "not-a-zip"),
        (b"plain words", "not-a-zip"),
        (b"PK\x03\x04broken", "not-a-zip"),
        (b"<html/>", "xml-root-unknown"),
        (b"<assessmentItem>", "xml-malformed"),
    ],
)
def test_a_file_that_is_no_qti_at_all_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        qti_package.read_items(data)
    assert caught.value.code == code
