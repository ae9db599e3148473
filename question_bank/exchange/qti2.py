"""QTI 2.0, 2.1, 2.2 and 3.0 items: one choice interaction read into a draft.

The names of 3.0 (qti-simple-choice, max-choices) are read as those of 2.x (simpleChoice,
maxChoices), so that one reader serves all.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from question_bank.errors import ItemError
from question_bank.exchange import own_fields
from question_bank.exchange.drafting import Draft, check_choices, explained
from question_bank.exchange.markup import Text, plain, to_text
from question_bank.exchange.xml_reading import Node, camel, to_html
from question_bank.item import ItemType

ROOT = "assessmentItem"
EXPLANATION = "EXPLANATION"
"""The identifier of the modal feedback that holds our explanation."""

_MOST = Decimal(1_000_000)
_INLINE_FEEDBACK = frozenset({"feedbackInline"})
_BESIDES = frozenset(
    {"feedbackInline", "feedbackBlock", "rubricBlock", "templateBlock", "templateInline"}
)
_OUTCOME_RULES = frozenset({"SCORE", "MAXSCORE"})
_PLAIN_EXPRESSIONS = frozenset(
    {"match", "variable", "correct", "mapResponse", "baseValue", "isNull", "not", "sum", "and"}
)

Stimulus = Callable[[str], tuple[str, Text]]
"""Gives name and text of the shared stimulus at a reference; raises ItemError file-missing."""


def renamed(node: Node) -> Node:
    """Return the element with all names below it in the words of QTI 2."""
    node.name = camel(node.name)
    node.attributes = {
        camel(f"qti-{name}") if "-" in name else name: value
        for name, value in node.attributes.items()
    }
    for child in node.nodes():
        renamed(child)
    return node


def stimulus_of(root: Node) -> tuple[str, Text]:
    """Return name and text of a shared stimulus, its root renamed already."""
    body = root.first("stimulusBody")
    return root.get("identifier"), to_text(to_html(body)) if body else Text("")


def draft_of(root: Node, stimulus: Stimulus) -> Draft:
    """Return what an item says, its root renamed already; the tree is used up.

    Raises: ItemError: an interaction we do not hold, or a key that cannot be told.
    """
    body = root.first("itemBody")
    if body is None:
        raise ItemError("item-body-missing")
    interaction = _interaction(root, body)
    choices = list(interaction.nodes("simpleChoice"))
    names = [choice.get("identifier") for choice in choices]
    check_choices(names)
    kind, key = _key(root, interaction, names)
    draft = Draft(
        kind=kind,
        stem=Text(""),
        options=[to_text(to_html(choice, without=_INLINE_FEEDBACK)) for choice in choices],
        key=key,
        identifier=root.get("identifier"),
    )
    if _is_scored_otherwise(root):
        draft.note("scoring-simplified")
    _take_feedback(draft, root, body, choices)
    _take_case(draft, root, stimulus)
    draft.stem = _stem(body, interaction)
    return draft


def _interaction(root: Node, body: Node) -> Node:
    if root.get("adaptive") == "true" or root.first("templateProcessing"):
        raise ItemError("interaction-not-held", interaction="adaptive / template")
    found = [node for node in body.below() if node.name.endswith("Interaction")]
    names = sorted({node.name for node in found})
    if len(found) != 1 or names != ["choiceInteraction"]:
        shown = ", ".join(names) or "none"
        raise ItemError("interaction-not-held", interaction=f"{shown} × {len(found)}")
    return found[0]


def _key(root: Node, interaction: Node, names: list[str]) -> tuple[ItemType, frozenset[int]]:
    wanted = interaction.get("responseIdentifier")
    declared = [
        node for node in root.nodes("responseDeclaration") if node.get("identifier") == wanted
    ]
    if len(declared) != 1:
        raise ItemError("key-missing")
    cardinality = declared[0].get("cardinality")
    if cardinality not in {"single", "multiple"}:
        raise ItemError("interaction-not-held", interaction=f"choice, {cardinality}")
    is_single = cardinality == "single" or interaction.get("maxChoices") == "1"
    weights = _weights(declared[0])
    values = _correct(declared[0]) or _mapped(declared[0], weights, is_single)
    for value in values:
        if value not in names:
            raise ItemError("key-not-among-options", key=value[:40])
    if is_single and _rewards_others(root, weights, values):
        raise ItemError("partial-credit", share="mapping")
    kind = ItemType.SINGLE if is_single else ItemType.MULTIPLE
    return kind, frozenset(names.index(value) for value in values)


def _correct(declared: Node) -> list[str]:
    node = declared.first("correctResponse")
    if node is None:
        return []
    values = [value.text().strip() for value in node.nodes("value")]
    if not values or not all(values):
        raise ItemError("key-missing")
    return values


def _weights(declared: Node) -> dict[str, Decimal]:
    mapping = declared.first("mapping")
    if mapping is None:
        return {}
    entries = mapping.nodes("mapEntry")
    weights = {entry.get("mapKey"): _number(entry.get("mappedValue")) for entry in entries}
    return weights | {"": _number(mapping.get("defaultValue") or "0")}


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not -_MOST <= number <= _MOST:
        raise ItemError("not-a-number", value=text[:40])
    return number


def _mapped(declared: Node, weights: dict[str, Decimal], is_single: bool) -> list[str]:
    """Return the choices a mapping rewards, where the file gives no correct response.

    Raises: ItemError key-ambiguous: choices not named are rewarded too, or several of a single
        choice alike.
    """
    positive = {name: weight for name, weight in weights.items() if name and weight > 0}
    if weights.get("", Decimal(0)) > 0 or (is_single and len(positive) > 1):
        raise ItemError("key-ambiguous")
    if not positive:
        raise ItemError("key-missing")
    return list(positive)


def _rewards_others(root: Node, weights: dict[str, Decimal], values: list[str]) -> bool:
    processing = root.first("responseProcessing")
    is_mapped = processing is not None and "map_response" in processing.get("template")
    keys = set(values)
    others = [weight for name, weight in weights.items() if name not in keys]
    return is_mapped and any(weight > 0 for weight in others)


def _is_scored_otherwise(root: Node) -> bool:
    """Return whether marks are given in another way than all for the key and nothing else."""
    processing = root.first("responseProcessing")
    if processing is None:
        return False
    template = processing.get("template")
    if "match_correct" in template:
        return False
    weights = [
        weight
        for declared in root.nodes("responseDeclaration")
        for weight in _weights(declared).values()
        if weight
    ]
    is_weighed = "map_response" in template or next(processing.every("mapResponse"), None)
    if is_weighed and len(set(weights)) > 1:
        return True
    return not template and any(_is_own_rule(rule) for rule in processing.nodes())


def _is_own_rule(rule: Node) -> bool:
    named = {node.get("identifier") for node in [rule, *rule.every("setOutcomeValue")]}
    if not named & _OUTCOME_RULES:
        return False
    branches = {"responseIf", "responseElse", "responseElseIf", "setOutcomeValue"}
    used = {node.name for node in rule.below()}
    return "responseElseIf" in used or bool(used - branches - _PLAIN_EXPRESSIONS)


def _take_feedback(draft: Draft, root: Node, body: Node, choices: list[Node]) -> None:
    ours = set()
    names = [choice.get("identifier") for choice in choices]
    for place, choice in enumerate(choices):
        for inline in choice.nodes("feedbackInline"):
            draft.reasons[place] = to_text(to_html(inline), marks=False)
            if own_fields.REASON in inline.get("class").split():
                ours.add(place)
    draft.our_reasons = frozenset(ours)
    general = []
    for node in [*root.nodes("modalFeedback"), *body.every("feedbackBlock")]:
        name, text = node.get("identifier"), to_text(to_html(node), marks=False)
        if name == EXPLANATION:
            draft.explanation = text.text
        elif name in names and node.get("showHide") != "hide":
            draft.reasons.setdefault(names.index(name), text)
        else:
            general.append(text)
    explained(draft, general)
    for rubric in body.every("rubricBlock"):
        rest, quote = own_fields.split_quote(to_html(rubric))
        draft.quote = draft.quote or quote
        if to_text(rest).text:
            draft.note("rubric-dropped", text=to_text(rest).text[:60])


def _take_case(draft: Draft, root: Node, stimulus: Stimulus) -> None:
    references = list(root.every("assessmentStimulusRef"))
    if not references:
        return
    if len(references) > 1:
        raise ItemError("interaction-not-held", interaction="assessmentStimulusRef × 2")
    name, text = stimulus(references[0].get("href"))
    if text.images or text.unheld:
        raise ItemError("image-in-case", set=name[:40])
    draft.set_id, draft.case = name, text.text


def _stem(body: Node, interaction: Node) -> Text:
    prompt = interaction.first("prompt")
    interaction.name, interaction.attributes = "div", {}
    interaction.children = list(prompt.children) if prompt else []
    return to_text(to_html(body, without=_BESIDES))


def keywords(resource: Node) -> list[str]:
    """Return the keywords of the LOM record of a resource in a manifest."""
    return [
        plain(said.text())
        for lom in resource.every("lom")
        for word in lom.every("keyword")
        for said in word.nodes("string", "langstring")
    ]
