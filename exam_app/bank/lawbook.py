"""Articles of law looked up (查条文)."""

from __future__ import annotations

from collections import Counter

from question_bank import Laws
from question_bank.laws import Article, squeeze

MOST_FOUND = 50


def search(laws: Laws, text: str) -> list[Article]:
    """Return the articles whose law, label or words hold all words of a text; the first fifty."""
    words = [squeeze(word) for word in text.split()]
    if not words:
        return []
    found: list[Article] = []
    for article in laws:
        said = squeeze(f"{article.doc}{article.title}{article.label}{article.text}")
        if all(word in said for word in words):
            found.append(article)
        if len(found) == MOST_FOUND:
            break
    return found


def books(laws: Laws) -> list[tuple[str, str, str, int]]:
    """Return law, version, standing and number of articles of each law held, in order."""
    counted = Counter((each.doc, each.version, each.status) for each in laws)
    return [(*book, count) for book, count in counted.items()]
