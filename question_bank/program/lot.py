"""The lot of a large bank that one draw looks at first: chosen by the seed, evenly over the bank.

Every unit is as likely to be in the lot as any other; keys are computed for the lot alone, so that
a draw does not grow with the bank. What the lot cannot fill is drawn from the whole bank.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

import numpy as np

from question_bank.program.keys import Draw, place
from question_bank.program.units import Units

LOT_UNITS = 8_000
_LABEL = "lot"


def lots(units: Units, draw: Draw) -> Iterator[Units]:
    """Yield the lot of a draw where the bank is larger than one, then all units."""
    size = len(units)
    if size > LOT_UNITS:
        digest = place(draw, _LABEL)
        start = int.from_bytes(digest[:8], "big") % size
        stride = size // 3 + int.from_bytes(digest[8:16], "big") % (size // 3)
        while gcd(stride, size) > 1:
            stride += 1
        steps = start + stride * np.arange(LOT_UNITS, dtype=np.int64)
        yield units.take(np.sort(steps % size))
    yield units
