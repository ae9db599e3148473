"""One's own admission ticket (我的准考证)."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access import duties
from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.web import download
from exam_app.sittings import printing, queries, sheets
from exam_app.sittings.views.blueprint import bp
from exam_app.sittings.views.prints import fonts


@bp.get("/my/ticket")
@requires(Permission.TICKET_VIEW_OWN)
def my_ticket() -> ResponseReturnValue:
    """Show one's own tickets, the latest first."""
    duties.require(Permission.TICKET_VIEW_OWN, g.actor, own=True)
    held = [
        (entry, sheets.tickets(sitting, [entry])[0])
        for entry, sitting in queries.tickets_of(g.actor)
    ]
    return render_template("sittings/my_ticket.html", tickets=held)


@bp.get("/my/tickets/<int:entry_id>/ticket.pdf")
@requires(Permission.TICKET_VIEW_OWN)
def my_ticket_file(entry_id: int) -> ResponseReturnValue:
    """Return one's own ticket for printing."""
    entry, sitting = queries.own_ticket(entry_id, g.actor)
    duties.require(Permission.TICKET_VIEW_OWN, g.actor, own=True)
    content = printing.tickets_pdf(sheets.tickets(sitting, [entry]), fonts())
    return download(content, f"{_('准考证')}-{entry.ticket_number}.pdf")
