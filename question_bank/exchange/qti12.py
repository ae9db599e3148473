"""QTI 1.2 items (questestinterop): one choice response read into a draft."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from question_bank.errors import ItemError
from question_bank.exchange.drafting import Draft, check_choices, explained
from question_bank.exchange.markup import Text, plain, to_text
from question_bank.exchange.xml_reading import Node, to_html
from question_bank.item import ItemType

ROOT = "questestinterop"

_RESPONSES = frozenset(
    {"response_lid", "response_str", "response_num", "response_xy", "response_grp"}
)
_MEDIA = frozenset({"mataudio", "matvideo", "matapplet", "matapplication"})
_FULL_MARKS = Decimal(100)
_NOTHING = Decimal(0)


@dataclass(slots=True)
class _Rules:
    """What the response processing rewards: single choices, whole sets, feedback by choice."""

    weights: dict[str, Decimal] = field(default_factory=dict)
    sets: list[tuple[Decimal, frozenset[str]]] = field(default_factory=list)
    feedback: dict[str, list[str]] = field(default_factory=dict)
    of_sets: set[str] = field(default_factory=set)
    is_simplified: bool = False


def items_of(root: Node) -> Iterator[Node]:
    """Give the items of a file, in whatever assessment, section or bank they stand."""
    yield from root.outermost("item")


def draft_of(item: Node) -> Draft:
    """Return what an item says.

    Raises: ItemError: a response we do not hold, or a key that cannot be told.
    """
    presentation = item.first("presentation")
    if presentation is None:
        raise ItemError("item-body-missing")
    response = _response(presentation)
    labels = list(response.every("response_label"))
    names = [label.get("ident") for label in labels]
    check_choices(names)
    is_single = response.get("rcardinality").lower() != "multiple"
    rules = _rules(item)
    draft = Draft(
        kind=ItemType.SINGLE if is_single else ItemType.MULTIPLE,
        stem=to_text(_material(presentation)),
        options=[to_text(_material(label)) for label in labels],
        key=_key(rules, names, is_single),
        identifier=item.get("ident"),
        is_judgement=_metadata(item, "question_type", "qmd_itemtype") == "true_false_question",
    )
    if rules.is_simplified:
        draft.note("scoring-simplified")
    _take_feedback(draft, item, rules, names)
    return draft


def _response(presentation: Node) -> Node:
    found = list(presentation.every(*_RESPONSES))
    if len(found) != 1 or found[0].name != "response_lid":
        names = ", ".join(sorted({node.name for node in found})) or "none"
        raise ItemError("interaction-not-held", interaction=f"{names} × {len(found)}")
    response = found[0]
    others = [node.name for node in response.every("render_hotspot", "render_slider", "render_fib")]
    if response.get("rcardinality").lower() == "ordered":
        others.append("ordered")
    if others or response.first("render_choice") is None:
        raise ItemError("interaction-not-held", interaction=", ".join(others) or "response_lid")
    return response


def _material(node: Node) -> str:
    """Return the material in an element as HTML, that of the answers below left out."""
    parts = []
    for child in node.nodes():
        if child.name == "mattext":
            parts.append(_words(child))
        elif child.name == "matemtext":
            parts.append(html.escape(child.text()))
        elif child.name == "matbreak":
            parts.append("<br/>")
        elif child.name == "matimage":
            parts.append(_image(child))
        elif child.name in _MEDIA:
            parts.append("<object></object>")
        elif child.name == "material":
            parts.append(f"<div>{_material(child)}</div>")
        elif child.name not in {"render_choice", "response_label"}:
            parts.append(_material(child))
    return "".join(parts)


def _words(node: Node) -> str:
    kind = node.get("texttype").lower() or "text/plain"
    if any(True for _ in node.nodes()):
        return to_html(node)
    if kind == "text/plain":
        return html.escape(plain(node.text())).replace("\n", "<br/>")
    return node.text()


def _image(node: Node) -> str:
    source = node.get("uri")
    if not source and node.get("embedded").lower() == "base64":
        source = f"data:{node.get('imagtype')};base64,{''.join(node.text().split())}"
    alt = node.get("label")
    return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}"/>'


def _metadata(item: Node, *labels: str) -> str:
    for entry in item.every("qtimetadatafield"):
        if entry.text_at("fieldlabel") in labels:
            return entry.text_at("fieldentry").lower()
    return ""


def _rules(item: Node) -> _Rules:
    rules = _Rules()
    for condition in item.every("respcondition"):
        variables = condition.first("conditionvar")
        if variables is None:
            continue
        positive, negative, is_plain = _conditions(variables)
        score = max((_score(node) for node in condition.nodes("setvar")), default=_NOTHING)
        if any(_score(node) < 0 for node in condition.nodes("setvar")):
            rules.is_simplified = True
        if score > 0 and is_plain:
            _reward(rules, variables, positive, score)
        elif score > 0:
            rules.is_simplified = True
        _link(rules, condition, positive, negative)
    return rules


def _reward(rules: _Rules, variables: Node, positive: list[str], score: Decimal) -> None:
    is_any = variables.first("or") is not None
    if len(positive) == 1 or is_any:
        for name in positive:
            rules.weights[name] = max(score, rules.weights.get(name, _NOTHING))
    elif positive:
        rules.sets.append((score, frozenset(positive)))


def _conditions(node: Node, *, negated: bool = False) -> tuple[list[str], list[str], bool]:
    """Return the choices a condition asks for, those it forbids, and whether that is all."""
    positive: list[str] = []
    negative: list[str] = []
    is_plain = True
    for child in node.nodes():
        if child.name == "varequal":
            (negative if negated else positive).append(child.text().strip())
        elif child.name in {"and", "or", "not"}:
            turned = negated != (child.name == "not")
            more, fewer, below = _conditions(child, negated=turned)
            positive += more
            negative += fewer
            is_plain = is_plain and below
        else:
            is_plain = False
    return positive, negative, is_plain


def _score(node: Node) -> Decimal:
    text = node.text().strip()
    if text.lower().endswith(".max"):
        return _FULL_MARKS
    try:
        score = Decimal(text)
    except InvalidOperation:
        return _NOTHING
    return score if score.is_finite() and abs(score.adjusted()) < 7 else _NOTHING


def _link(rules: _Rules, condition: Node, positive: list[str], negative: list[str]) -> None:
    for link in condition.nodes("displayfeedback"):
        name = link.get("linkrefid")
        if len(positive) == 1 and not negative:
            rules.feedback.setdefault(positive[0], []).append(name)
        elif positive:
            rules.of_sets.add(name)


def _key(rules: _Rules, names: list[str], is_single: bool) -> frozenset[int]:
    chosen = _chosen(rules, is_single)
    for name in sorted(chosen):
        if name not in names:
            raise ItemError("key-not-among-options" if name else "key-missing", key=name[:40])
    return frozenset(names.index(name) for name in chosen)


def _chosen(rules: _Rules, is_single: bool) -> frozenset[str]:
    if not is_single and rules.sets:
        best = max(score for score, _ in rules.sets)
        full = {names for score, names in rules.sets if score == best}
        if len(full) > 1:
            raise ItemError("key-ambiguous")
        if len(rules.sets) > 1 or rules.weights:
            rules.is_simplified = True
        return next(iter(full))
    if is_single and rules.sets:
        raise ItemError("key-ambiguous")
    if not rules.weights:
        raise ItemError("key-missing")
    if len(set(rules.weights.values())) > 1:
        if is_single:
            share = min(rules.weights.values())
            raise ItemError("partial-credit", share=share)
        rules.is_simplified = True
    return frozenset(rules.weights)


def _take_feedback(draft: Draft, item: Node, rules: _Rules, names: list[str]) -> None:
    texts = {
        node.get("ident"): to_text(_material(node), marks=False)
        for node in item.nodes("itemfeedback")
    }
    used = set()
    for place, name in enumerate(names):
        for link in rules.feedback.get(name, []):
            used.add(link)
            draft.reasons.setdefault(place, texts.get(link, Text("")))
    for name in sorted(rules.of_sets & texts.keys() - used):
        draft.note("feedback-dropped", text=texts[name].text[:60])
    general = [text for name, text in texts.items() if name not in used | rules.of_sets]
    explained(draft, general)
