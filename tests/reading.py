"""Reading back what the application hands out: PDF, XLSX, ZIP."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from flask import Flask

from exam_app.core.fonts import ensure_fonts


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the printing faces once per run."""
    folder = tmp_path_factory.mktemp("faces")
    ensure_fonts(folder)
    return folder


@pytest.fixture
def printed(app: Flask, faces: Path) -> None:
    """Lay the printing faces into this test's instance."""
    shutil.copytree(faces / "fonts", Path(app.instance_path) / "fonts", dirs_exist_ok=True)


def pdf_text(content: bytes) -> str:
    """Return the text of all pages in one line."""
    document = pypdfium2.PdfDocument(content)
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return "".join(texts).replace("\r", "").replace("\n", "")
    finally:
        document.close()


def xlsx(content: bytes) -> list[list[str]]:
    """Return the rows of the first sheet as text."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [
        ["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].values
    ]
