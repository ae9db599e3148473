"""Item tables in and out: one module per file format."""

from question_bank.exchange.item_table import ReadResult, RowProblem

__all__ = ["ReadResult", "RowProblem"]
