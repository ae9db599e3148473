"""Moodle XML (题库导入导出): choice and true/false questions read, items written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

from question_bank.errors import ExchangeError, ItemError
from question_bank.exchange import own_fields
from question_bank.exchange.drafting import (
    NO_DEFAULTS,
    NO_PICTURES,
    Draft,
    Intake,
    check_count,
    differences,
    explained,
)
from question_bank.exchange.markup import Text, plain, to_text
from question_bank.exchange.moodle_xml_writing import quiz
from question_bank.exchange.pictures import from_base64, names_of
from question_bank.exchange.result import Defaults, Picture, ReadResult, Written
from question_bank.exchange.xml_reading import Node, parse
from question_bank.item import Item, ItemType

_WHOLE = Decimal(100)
_PLUGIN_FILE = "@@PLUGINFILE@@/"
_CHOICES = frozenset({"multichoice", "multichoiceset"})
_PLAIN_FORMATS = frozenset({"plain_text", "plain"})
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint")


def read_items(data: bytes, *, defaults: Defaults = NO_DEFAULTS) -> ReadResult:
    """Return the items of a Moodle XML file and what is wrong with the other questions.

    A multiple-answer question keeps the answers with a positive share as its key; a share between
    0 and 100 in a single-answer one is a problem.
    Raises: ExchangeError: the file as a whole cannot be read.
    """
    root = parse(data)
    if root.name != "quiz":
        raise ExchangeError("xml-root-unknown", root=root.name)
    intake = Intake(defaults)
    for row, question in enumerate(intake.limited(_questions(root, intake)), start=1):
        name = _name(question, row)
        try:
            draft = _draft(question, question.get("type"))
        except ItemError as error:
            intake.refuse(row, name, error)
            continue
        intake.add(row, name, draft, partial(_file_of, _files(question)))
    return intake.result()


def write_items(items: Iterable[Item], pictures: Mapping[str, Picture] = NO_PICTURES) -> Written:
    """Return a Moodle XML file of the items, read back to name what it does not say."""
    held = tuple(items)
    data = quiz(held, pictures)
    return Written(data, ".xml", "application/xml", differences(held, read_items(data)))


def _questions(root: Node, intake: Intake) -> Iterator[Node]:
    for question in root.nodes("question"):
        if question.get("type") == "category":
            path = question.text_at("category", "text")[:200]
            intake.note(0, "", "category-dropped", path=path)
        else:
            yield question


def _name(question: Node, row: int) -> str:
    return plain(question.text_at("name", "text"))[:100] or question.get("type") or str(row)


def _draft(question: Node, kind: str) -> Draft:
    if kind == "truefalse":
        draft = _judgement(question)
    elif kind in _CHOICES:
        draft = _choice(question, kind)
    else:
        raise ItemError("interaction-not-held", interaction=kind or "?")
    draft.identifier = question.text_at("idnumber")
    tags = question.first("tags")
    draft.words = [plain(tag.text_at("text")) for tag in tags.nodes("tag")] if tags else []
    general, draft.quote = own_fields.split_quote(_markup(question.first("generalfeedback")))
    explained(draft, [to_text(general, marks=False)])
    for part in _COMBINED:
        if _text(question.first(part)).text:
            draft.note("feedback-dropped", text=part)
    return draft


def _stem(question: Node) -> tuple[Text, str]:
    node = question.first("questiontext")
    if node is not None and node.get("format") in _PLAIN_FORMATS:
        return _text(node), ""
    rest, case = own_fields.split_case(_markup(node))
    return to_text(rest), case


def _judgement(question: Node) -> Draft:
    answers = list(question.nodes("answer"))
    said = [answer.text_at("text").lower() for answer in answers[:3]]
    if sorted(said) != ["false", "true"]:
        raise ItemError("true-false-options")
    stem, case = _stem(question)
    draft = Draft(
        kind=ItemType.SINGLE,
        stem=stem,
        options=[Text(word) for word in said],
        key=_single_key(answers),
        is_judgement=True,
        case=case,
    )
    _reasons(draft, answers)
    return draft


def _choice(question: Node, kind: str) -> Draft:
    answers = list(question.nodes("answer"))
    check_count(answers)
    is_single = kind == "multichoice" and question.text_at("single") not in {"false", "0"}
    stem, case = _stem(question)
    draft = Draft(
        kind=ItemType.SINGLE if is_single else ItemType.MULTIPLE,
        stem=stem,
        options=[_text(answer) for answer in answers],
        key=_single_key(answers) if is_single else frozenset(),
        case=case,
    )
    _reasons(draft, answers)
    shares = [_share(answer) for answer in answers]
    if not is_single:
        draft.key = frozenset(place for place, share in enumerate(shares) if share > 0)
    weights = {share for share in shares if share > 0}
    if len(weights) > 1 or (is_single and any(share < 0 for share in shares)):
        draft.note("scoring-simplified")
    return draft


def _single_key(answers: list[Node]) -> frozenset[int]:
    shares = [_share(answer) for answer in answers]
    for share in shares:
        if 0 < share < 100:
            raise ItemError("partial-credit", share=share)
    return frozenset(place for place, share in enumerate(shares) if share >= 100)


def _share(answer: Node) -> Decimal:
    text = answer.get("fraction") or "0"
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite() or not -_WHOLE <= share <= _WHOLE:
        raise ItemError("not-a-number", value=text[:40])
    return share


def _reasons(draft: Draft, answers: list[Node]) -> None:
    ours = set()
    for place, answer in enumerate(answers):
        feedback = answer.first("feedback")
        draft.reasons[place] = _text(feedback, marks=False)
        if f'class="{own_fields.REASON}"' in _markup(feedback):
            ours.add(place)
    draft.our_reasons = frozenset(ours)


def _text(node: Node | None, *, marks: bool = True) -> Text:
    if node is not None and node.get("format") in _PLAIN_FORMATS:
        text = node.first("text")
        return Text(plain(text.text()) if text else "")
    return to_text(_markup(node), marks=marks)


def _markup(node: Node | None) -> str:
    """Return the HTML of a text element; the automatic format keeps its line breaks."""
    if node is None:
        return ""
    held = node.first("text")
    html = held.text() if held else "".join(part for part in node.children if isinstance(part, str))
    is_html = node.get("format") == "html" or "<p" in html or "<br" in html or "<div" in html
    return html if is_html else html.strip().replace("\n", "<br>")


def _files(question: Node) -> dict[str, str]:
    """Return path → base64 text of the files of a question text."""
    texts = question.first("questiontext")
    found: dict[str, str] = {}
    for node in texts.nodes("file") if texts else ():
        path = f"{node.get('path').strip('/')}/{node.get('name')}".lstrip("/")
        found[path] = node.text()
    return found


def _file_of(files: Mapping[str, str], source: str) -> bytes:
    for name in names_of(source.removeprefix(_PLUGIN_FILE)):
        if source.startswith(_PLUGIN_FILE) and name in files:
            return from_base64(files[name], name)
    raise ItemError("image-missing", image=source[:100])
