"""The quoted words inside the article they were taken from (摘录与条文对照)."""

from __future__ import annotations

from question_bank.laws import squeeze


def split_by_quote(text: str, quote: str) -> tuple[tuple[str, bool], ...]:
    """Return the text in pieces and whether each is the quoted one; blanks do not count.

    A text that does not hold the quote is one piece.
    """
    wanted = squeeze(quote)
    places = [place for place, char in enumerate(text) if not char.isspace()]
    start = "".join(text[place] for place in places).find(wanted) if wanted else -1
    if start < 0:
        return ((text, False),) if text else ()
    first, last = places[start], places[start + len(wanted) - 1] + 1
    pieces = ((text[:first], False), (text[first:last], True), (text[last:], False))
    return tuple(piece for piece in pieces if piece[0])
