"""Fields of the bank's forms."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DecimalField

from question_bank import BankError
from question_bank.item import facility_of


class FacilityField(DecimalField):  # type: ignore[misc]
    """The share expected to answer right (预估难度), as every reader of items takes it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed; anything but 0..1 with four decimals at most is an error."""
        self.data: Any = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = facility_of(valuelist[0])
        except BankError as error:
            raise ValueError(_l("难度应在 0 至 1 之间，至多四位小数")) from error
