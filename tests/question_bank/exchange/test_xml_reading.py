"""XML is read in any encoding, without document types, entities or depth without end."""

from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange.xml_reading import camel, parse, sniff_xml

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<quiz>&b;</quiz>"
)
EXTERNAL = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>'


def refusal(data: bytes) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        parse(data)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "xml-has-entities"),
        (EXTERNAL, "xml-has-entities"),
        ('<!DOCTYPE quiz SYSTEM "http://x.invalid/a.dtd"><quiz/>', "xml-has-dtd"),
        ("<quiz><a></quiz>", "xml-malformed"),
        ("<quiz>&nbsp;</quiz>", "xml-malformed"),
        ("<quiz", "xml-malformed"),
        (f'<?xml version="1.0" encoding="x{"y" * 400}"?><quiz/>', "xml-malformed"),
        ("", "xml-malformed"),
        ("<a>" * 200 + "</a>" * 200, "xml-too-deep"),
        ("<a>" * 100_000, "xml-too-deep"),
        ("<a>" + "<b/>" * 300_001 + "</a>", "xml-too-many-elements"),
    ],
)
def test_bad_xml_is_refused_by_name(text: str, code: str) -> None:
    assert refusal(text.encode()).code == code


def test_malformed_xml_names_its_line() -> None:
    head = '\n<?xml version="1.0" encoding="UTF-8"?>\n'
    assert refusal(f"{head}<quiz>\n</a>".encode()).facts == {"line": 4}


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="GB2312"?><quiz>单位题库</quiz>'.encode("gb18030"),
        '<?xml version="1.0" encoding="UTF-8"?><quiz>单位题库</quiz>'.encode("gb18030"),
        '<?xml version="1.0" encoding="gbk"?><quiz>单位题库</quiz>'.encode("gb18030"),
        codecs.BOM_UTF8 + '<?xml version="1.0" encoding="utf-16"?><quiz>单位题库</quiz>'.encode(),
        '<?xml version="1.0" encoding="utf-16"?><quiz>单位题库</quiz>'.encode(),
        '<?xml version="1.0" encoding="utf-8"?><quiz>单位题库</quiz>'.encode("utf-16"),
        "<quiz>单位题库</quiz>".encode("utf-16-be"),
        '  \n<?xml version="1.0" encoding="rot13"?><quiz>单位题库</quiz>'.encode(),
    ],
)
def test_encodings_are_found_whatever_is_declared(data: bytes) -> None:
    assert parse(data).text() == "单位题库"
    assert sniff_xml(data) == "moodle-xml"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<quiz/>", "moodle-xml"),
        ("<?xml version='1.0'?><!-- <quiz> --><q:assessmentItem xmlns:q='x'/>", "qti"),
        ("<qti-assessment-item/>", "qti"),
        ("<questestinterop/>", "qti"),
        ("<html/>", None),
        ("::甲::乙{=丙}", None),
        ("<!--", None),
        ("", None),
    ],
)
def test_the_root_tells_the_format(text: str, kind: str | None) -> None:
    assert sniff_xml(text.encode()) == kind


def test_names_of_qti_3_read_as_those_of_qti_2() -> None:
    assert camel("qti-simple-choice") == "simpleChoice"
    assert camel("div") == "div"


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    sniff_xml(data)
    with contextlib.suppress(ExchangeError):
        parse(data)
