"""What views share: forms carried out, the way back, files coming in and going out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from flask import Response, redirect, url_for
from werkzeug.datastructures import FileStorage

from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.files import tidy_name
from exam_app.core.forms import BaseForm

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jwt": "application/vc+jwt",
    "zip": "application/zip",
    "xml": "application/xml",
    "gift": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


def download(content: bytes | Iterable[bytes], filename: str) -> Response:
    """Return a file for download under a Chinese name (RFC 6266)."""
    kind = KINDS[filename.rsplit(".", 1)[-1]]
    response = Response(content, mimetype=kind.split(";")[0])
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = (
        f'attachment; filename="file.{filename.rsplit(".", 1)[-1]}"; '
        f"filename*=UTF-8''{quote(filename, safe='')}"
    )
    return response


def uploaded(file: FileStorage | None) -> tuple[bytes, str]:
    """Return content and bare name of an uploaded file.

    Raises: BadInput: nothing was chosen.
    """
    if file is None or not file.filename:
        raise BadInput("file-missing", field="file")
    return file.read(), tidy_name(file.filename.replace("\\", "/").rsplit("/", 1)[-1])


def carried_out(form: BaseForm, change: Callable[[], Any]) -> bool:
    """Return whether the form was valid and its change was committed.

    A rule that refuses is shown on the form; a missing duty goes on to the error page.
    """
    if not form.validate():
        return False
    try:
        with transaction():
            change()
    except (BadInput, RuleBroken) as refused:
        form.refuse(refused)
        return False
    return True


def back_to(endpoint: str, **values: Any) -> Response:
    """Return the redirect after a change."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]
