"""Items as a QTI 3.0 package: one file each, cases as shared stimuli, a manifest with LOM records.

Reasons stand as inline feedback at their options, the explanation as modal feedback, the quoted
words of the law as a rubric for scorers, all other fields of ours as LOM keywords `name:value`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from question_bank.exchange import own_fields
from question_bank.exchange.markup import one_line, to_html
from question_bank.exchange.qti2 import EXPLANATION
from question_bank.exchange.result import Picture
from question_bank.exchange.stem_html import file_names, stem_html
from question_bank.exchange.xml_writing import HEAD, element, sayable, words
from question_bank.item import Item, ItemSet, ItemType, Option

_ASI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMAS = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/"
_MATCH_CORRECT = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
_WRITTEN_AT = (1980, 1, 1, 0, 0, 0)


def package(items: Sequence[Item], pictures: Mapping[str, Picture]) -> bytes:
    """Return the package; the same items always give the same bytes."""
    cases = list(dict.fromkeys(item.item_set for item in items if item.item_set))
    case_files = {case: f"stimuli/S{place:04}.xml" for place, case in enumerate(cases, 1)}
    files: dict[str, bytes] = {}
    resources = [_case_resource(file) for file in case_files.values()]
    for case, file in case_files.items():
        files[file] = _document(_case(case))
    for place, item in enumerate(items, 1):
        file = f"items/R{place:04}.xml"
        names = file_names(item.figures, pictures)
        files[file] = _document(_item(item, names, case_files))
        shown = [f"images/{name}" for name in names.values()]
        resources.append(_item_resource(item, file, shown, case_files))
        files |= {f"images/{name}": pictures[digest].data for digest, name in names.items()}
    return _zipped({"imsmanifest.xml": _document(_manifest(resources)), **files})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, data in files.items():
            kind = zipfile.ZIP_DEFLATED if name.endswith(".xml") else zipfile.ZIP_STORED
            packed.writestr(zipfile.ZipInfo(name, _WRITTEN_AT), data, kind)
    return held.getvalue()


def _document(root: str) -> bytes:
    return (HEAD + sayable(root) + "\n").encode()


def _manifest(resources: Iterable[str]) -> str:
    return element(
        "manifest",
        element(
            "metadata",
            element("schema", "QTI Package"),
            element("schemaversion", "3.0.0"),
        ),
        element("organizations"),
        element("resources", *(f"\n{resource}" for resource in resources)),
        identifier="MANIFEST",
        xmlns=_CP,
        xmlns__xsi=_XSI,
        xsi__schemaLocation=f"{_CP} {_SCHEMAS}imsqtiv3p0_imscpv1p2_v1p0.xsd",
    )


def _case_resource(file: str) -> str:
    return element(
        "resource",
        element("file", href=file),
        identifier=_name_of(file),
        type="imsqti_stimulus_xmlv3p0",
        href=file,
    )


def _item_resource(
    item: Item, file: str, shown: Iterable[str], case_files: Mapping[ItemSet, str]
) -> str:
    keywords = [
        element("keyword", element("string", words(word), language="zh-CN"))
        for word in own_fields.said(item)
    ]
    catalog = element("catalog", "exam-item") + element("entry", words(item.uid))
    general = element("general", element("identifier", catalog), *keywords)
    needed = _name_of(case_files[item.item_set]) if item.item_set else ""
    return element(
        "resource",
        element("metadata", element("lom", general, xmlns=_LOM)),
        *(element("file", href=name) for name in (file, *shown)),
        element("dependency", identifierref=needed) if needed else "",
        identifier=_name_of(file),
        type="imsqti_item_xmlv3p0",
        href=file,
    )


def _name_of(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".xml")


def _case(case: ItemSet) -> str:
    return element(
        "qti-assessment-stimulus",
        element("qti-stimulus-body", element("p", to_html(case.stem))),
        identifier=case.id,
        title=case.id,
        **_head(),
    )


def _item(item: Item, names: Mapping[str, str], case_files: Mapping[ItemSet, str]) -> str:
    case = item.item_set
    reference = ""
    if case:
        reference = element(
            "qti-assessment-stimulus-ref", identifier=case.id, href=f"../{case_files[case]}"
        )
    explanation = element("p", to_html(item.explanation)) if item.explanation else ""
    return element(
        "qti-assessment-item",
        *_declarations(item),
        reference,
        _body(item, {digest: f"../images/{name}" for digest, name in names.items()}),
        _processing(item),
        element(
            "qti-modal-feedback",
            element("qti-content-body", explanation),
            outcome_identifier="FEEDBACK",
            identifier=EXPLANATION,
            show_hide="hide",
        )
        if explanation
        else "",
        identifier=item.id,
        title=one_line(item.stem)[:60],
        adaptive="false",
        time_dependent="false",
        **_head(),
    )


def _head() -> dict[str, str]:
    return {
        "xml__lang": "zh-CN",
        "xmlns": _ASI,
        "xmlns__xsi": _XSI,
        "xsi__schemaLocation": f"{_ASI} {_SCHEMAS}imsqti_asiv3p0_v1p0.xsd",
    }


def _cardinality(item: Item) -> str:
    return "multiple" if item.type is ItemType.MULTIPLE else "single"


def _declarations(item: Item) -> list[str]:
    key = [option.letter for option in item.lettered() if option.is_key]
    declared = element(
        "qti-response-declaration",
        element("qti-correct-response", *(element("qti-value", letter) for letter in key)),
        identifier="RESPONSE",
        cardinality=_cardinality(item),
        base_type="identifier",
    )
    default = element("qti-default-value", element("qti-value", "0"))
    score = element(
        "qti-outcome-declaration",
        default,
        identifier="SCORE",
        cardinality="single",
        base_type="float",
    )
    if not _has_feedback(item):
        return [declared, score]
    feedback = element(
        "qti-outcome-declaration",
        identifier="FEEDBACK",
        cardinality=_cardinality(item),
        base_type="identifier",
    )
    return [declared, score, feedback]


def _has_feedback(item: Item) -> bool:
    return any(item.rationale) or bool(item.explanation)


def _body(item: Item, sources: Mapping[str, str]) -> str:
    quote = own_fields.quote_html(item)
    rubric = element(
        "qti-rubric-block", element("qti-content-body", quote), use="scoring", view="scorer"
    )
    interaction = element(
        "qti-choice-interaction",
        element("qti-prompt", stem_html(item, sources)),
        *(_choice(option) for option in item.lettered()),
        response_identifier="RESPONSE",
        shuffle="false" if item.type is ItemType.TRUE_FALSE else "true",
        max_choices="0" if item.type is ItemType.MULTIPLE else "1",
    )
    return element("qti-item-body", rubric if quote else "", interaction)


def _choice(option: Option) -> str:
    reason = ""
    if option.rationale:
        reason = element(
            "qti-feedback-inline",
            to_html(option.rationale),
            class_=own_fields.REASON,
            outcome_identifier="FEEDBACK",
            identifier=option.letter,
            show_hide="show",
        )
    return element("qti-simple-choice", to_html(option.text), reason, identifier=option.letter)


def _processing(item: Item) -> str:
    if not _has_feedback(item):
        return element("qti-response-processing", template=_MATCH_CORRECT)
    response = element("qti-variable", identifier="RESPONSE")
    matched = element("qti-match", response, element("qti-correct", identifier="RESPONSE"))
    return element(
        "qti-response-processing",
        element("qti-set-outcome-value", response, identifier="FEEDBACK"),
        element(
            "qti-response-condition",
            element("qti-response-if", matched, _scored("1")),
            element("qti-response-else", _scored("0")),
        ),
    )


def _scored(score: str) -> str:
    value = element("qti-base-value", score, base_type="float")
    return element("qti-set-outcome-value", value, identifier="SCORE")
