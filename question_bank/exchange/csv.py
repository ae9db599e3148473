"""Item tables in CSV files, as UTF-8 or GB 18030."""

from __future__ import annotations

from question_bank.errors import ExchangeError
from question_bank.exchange.item_table import read_item_table
from question_bank.exchange.result import ReadResult
from tabular import DEFAULT_LIMITS, Limits, TableError, read_table


def read_items(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> ReadResult:
    """Return the items of a CSV file and the problems of the rows that hold none.

    Raises: ExchangeError: the file as a whole cannot be read.
    """
    try:
        return read_item_table(read_table(data, "items.csv", limits))
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error
