"""The question bank (题库): items, blueprints, papers and marking, without web or database."""

from question_bank.assembly import draw
from question_bank.blueprint import Blueprint, Cell, Short, feasibility
from question_bank.content import load_content
from question_bank.errors import BankError, BankShort
from question_bank.item import (
    Category,
    Item,
    ItemType,
    Level,
    Problem,
    check_against_laws,
    validate,
)
from question_bank.laws import Laws, load_laws, read_laws
from question_bank.marking import PaperScore, PartialCredit, score, score_paper
from question_bank.paper import KeyEntry, PaperDraft
from question_bank.paper_rules import PaperRules
from question_bank.snapshot import bank_digest

__all__ = [
    "BankError",
    "BankShort",
    "Blueprint",
    "Category",
    "Cell",
    "Item",
    "ItemType",
    "KeyEntry",
    "Laws",
    "Level",
    "PaperDraft",
    "PaperRules",
    "PaperScore",
    "PartialCredit",
    "Problem",
    "Short",
    "bank_digest",
    "check_against_laws",
    "draw",
    "feasibility",
    "load_content",
    "load_laws",
    "read_laws",
    "score",
    "score_paper",
    "validate",
]
