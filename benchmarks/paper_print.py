"""How fast papers are printed: pages per second of processor time, against bare ReportLab and AMC.

Eighty candidates with fifty questions each, questions and options in an order of their own. "Bare"
draws the same lines of text at the same places with ``Canvas.drawString``, nothing else.
Run from the repository's folder: ``python -m benchmarks.paper_print [--fonts INSTANCE]``; exit 1
when a limit does not hold. auto-multiple-choice is measured where it is installed.
"""

from __future__ import annotations

import argparse
import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.core.pdf import open_canvas
from exam_app.papers.printing.booklets import Booklets, Copy
from exam_app.papers.printing.press import Page, Press
from exam_app.papers.printing.sheets import USUAL
from exam_app.papers.terms import CandidateQuestion, CandidateView
from question_bank import load_content
from question_bank.copies import CopyPaper, Place, order_of
from question_bank.item import Item, ItemType

CANDIDATES, COUNTS = 80, {ItemType.SINGLE: 30, ItemType.MULTIPLE: 10, ItemType.TRUE_FALSE: 10}
LEAST_OF_BARE, LEAST_OF_AMC, MOST_MB = 0.5, 8.0, 200
CLASS = "某市矿山企业安全生产分管负责人第1期"
ROUNDS = 5


def chosen_items() -> list[Item]:
    """Return fifty shipped items in three sections."""
    items = load_content()
    return [
        item
        for kind, count in COUNTS.items()
        for item in [each for each in items if each.type is kind][:count]
    ]


def make_view(items: list[Item]) -> CandidateView:
    """Return the paper of the items."""
    questions = tuple(
        CandidateQuestion(number, item.type.value, item.stem, item.options, Decimal(2))
        for number, item in enumerate(items, start=1)
    )
    return CandidateView(1, "YC2025-DH-01-A", questions)


def print_all(view: CandidateView, fonts: Fonts) -> int:
    """Print all copies; return the pages."""
    paper = CopyPaper(
        tuple(Place(q.number, ItemType(q.type), len(q.options)) for q in view.questions), bytes(32)
    )
    document = Booklets(view, class_name=CLASS, fonts=fonts, pictures={})
    for number in range(1001, 1001 + CANDIDATES):
        order = order_of(paper, number)
        document.add_copy(Copy(number, f"P1-{number}", order, "", "考生", "230725010001", "01"))
    document.save()
    return document.press.pages


def bare(pages: list[Page], fonts: Fonts) -> int:
    """Draw the same lines of text with ReportLab alone; return the pages."""
    canvas = open_canvas(io.BytesIO(), "bare", USUAL.pagesize)
    for page in pages:
        for text, x, top in page.texts:
            base = top - (text.step + text.size * 0.76) / 2
            for place, line in enumerate(text.lines):
                canvas.setFont(fonts.name(bold=text.bold), text.size)
                canvas.drawString(
                    x + line.x, base - place * text.step, line.text, charSpace=line.spread
                )
        canvas.showPage()
    canvas.save()
    return len(pages)


def drawn_pages(view: CandidateView, fonts: Fonts) -> list[Page]:
    """Return the pages of all copies as they were set."""
    kept: list[Page] = []
    put = Press.put

    def keeping(press: Press, page: Page) -> None:
        kept.append(page)
        put(press, page)

    Press.put = keeping  # type: ignore[method-assign,assignment]
    try:
        print_all(view, fonts)
    finally:
        Press.put = put  # type: ignore[method-assign]
    return kept


def made_fonts(instance: Path) -> Fonts:
    """Return the faces, made by another process: an installation makes them once."""
    code = "from pathlib import Path\nfrom exam_app.core.fonts import ensure_fonts\n"
    code += f"ensure_fonts(Path({str(instance)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True)
    return ensure_fonts(instance)


def best_rate(work: Callable[[], int]) -> float:
    """Return the pages a second of processor time makes, the best of several rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        pages = work()
        rates.append(pages / (time.process_time() - start))
    return max(rates)


def amc_source(items: list[Item]) -> str:
    """Return the same paper for auto-multiple-choice: Latin letters in place of Chinese ones.

    Each Chinese character becomes two letters, so that lines are as many; that spares the other
    side the loading of Chinese faces.
    """

    def plain(text: str) -> str:
        words = "".join(c if c.isascii() and c.isalnum() else "ab" for c in text)
        return " ".join(words[at : at + 8] for at in range(0, len(words), 8))

    questions = []
    for number, item in enumerate(items):
        kind = "questionmult" if item.type is ItemType.MULTIPLE else "question"
        answers = "\n".join(
            rf"\{'correct' if at in item.key else 'wrong'}choice{{{plain(text)}}}"
            for at, text in enumerate(item.options)
        )
        questions.append(
            rf"\element{{all}}{{\begin{{{kind}}}{{q{number}}}{plain(item.stem)}"
            rf"\begin{{choices}}{answers}\end{{choices}}\end{{{kind}}}}}"
        )
    return "\n".join(
        [
            r"\documentclass[a4paper]{article}",
            r"\usepackage[box,completemulti]{automultiplechoice}",
            r"\begin{document}",
            *questions,
            rf"\onecopy{{{CANDIDATES}}}{{\noindent Class\\",
            r"\shufflegroup{all}\insertgroup{all}\clearpage}",
            r"\end{document}",
        ]
    )


def amc_rate(items: list[Item]) -> float | None:
    """Return the pages auto-multiple-choice makes in a second of processor time, None without."""
    program = shutil.which("auto-multiple-choice")
    if program is None or shutil.which("pdflatex") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        (room / "data").mkdir()
        (room / "paper.tex").write_text(amc_source(items))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [program, "prepare", "--mode", "s[]", "--n-copies", str(CANDIDATES), "--with",
             "pdflatex", "--data", str(room / "data"), "--out-sujet", str(room / "out.pdf"),
             "--out-corrige", str(room / "key.pdf"), "--out-calage", str(room / "layout.xy"),
             str(room / "paper.tex")],
            cwd=room, check=True, capture_output=True, timeout=600,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = subprocess.run(
            ["pdfinfo", str(room / "out.pdf")], capture_output=True, text=True, check=True
        ).stdout
        pages = int(next(line for line in found.splitlines() if "Pages" in line).split()[1])
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return pages / spent


def main() -> int:
    """Print the table; return 1 when a limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, help="instance folder whose faces are made already")
    asked = parser.parse_args()
    items = chosen_items()
    view = make_view(items)
    with tempfile.TemporaryDirectory() as name:
        fonts = made_fonts(asked.fonts or Path(name))
        print_all(view, fonts)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ours = best_rate(lambda: print_all(view, fonts))
        pages = drawn_pages(view, fonts)
        plain = best_rate(lambda: bare(pages, fonts))
    amc = amc_rate(items)
    rows = [
        ("copies with orders of their own", f"{ours:8.0f} pages per CPU second", True),
        ("bare ReportLab, the same glyphs", f"{plain:8.0f} pages per CPU second", True),
        (
            f"  ratio, at least {LEAST_OF_BARE}",
            f"{ours / plain:8.2f}",
            ours >= LEAST_OF_BARE * plain,
        ),
        (f"largest memory, at most {MOST_MB} MB", f"{memory:8.0f} MB", memory <= MOST_MB),
    ]
    if amc is None:
        rows.append(("auto-multiple-choice", "not installed", True))
    else:
        rows += [
            ("auto-multiple-choice", f"{amc:8.1f} pages per CPU second", True),
            (
                f"  ratio, at least {LEAST_OF_AMC:g}",
                f"{ours / amc:8.1f}",
                ours >= LEAST_OF_AMC * amc,
            ),
        ]
    print(f"{len(pages)} pages, {CANDIDATES} candidates, {len(items)} questions")
    for words, figure, held in rows:
        print(f"{words:40}{figure}{'' if held else '   LIMIT BROKEN'}")
    return 0 if all(held for _, _, held in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
