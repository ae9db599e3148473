"""Item tables in and out: one module per file format."""

from question_bank.exchange.result import Defaults, Picture, ReadResult, RowProblem, Written

__all__ = ["Defaults", "Picture", "ReadResult", "RowProblem", "Written"]
