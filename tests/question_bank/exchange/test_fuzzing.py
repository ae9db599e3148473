"""A short run of the fuzzer over every reader."""

import pytest

from question_bank.exchange.formats import Format
from tests.question_bank.exchange.fuzzing import fuzz


@pytest.mark.parametrize("kind", list(Format))
def test_readers_answer_mutated_files_with_named_errors(kind: Format) -> None:
    """No other exception, no hang, no file written, whatever the file holds."""
    assert fuzz(kind, tries=150) == 150
