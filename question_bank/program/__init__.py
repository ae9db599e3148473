"""Papers to a blueprint by a 0-1 program (组卷): read, draw, diagnose, check, and plan a season."""

from __future__ import annotations

from question_bank.program.bank import Bank, bank_of
from question_bank.program.checker import Broken, check
from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.draw import draw_paper
from question_bank.program.engines import ENGINES, engine
from question_bank.program.keys import Draw
from question_bank.program.plan import Bounds, Candidate, CellCount, Plan
from question_bank.program.run import Run, draw_run
from question_bank.program.standing import Standing, standing

__all__ = [
    "ENGINES",
    "Bank",
    "Bounds",
    "Broken",
    "Candidate",
    "CellCount",
    "Diagnosis",
    "Draw",
    "Plan",
    "Run",
    "Standing",
    "bank_of",
    "check",
    "diagnose",
    "draw_paper",
    "draw_run",
    "engine",
    "standing",
]
