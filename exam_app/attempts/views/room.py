"""How far the candidates of a sitting are, and collecting what nobody handed in (收卷)."""

from __future__ import annotations

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.attempts import labels, queries, service
from exam_app.attempts.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import back_to
from exam_app.sittings import queries as sittings
from exam_app.sittings.labels import ENTRY_LABELS, STATE_LABELS


@bp.get("/sittings/<int:sitting_id>/attempts")
@requires(Permission.SITTING_VIEW)
def show_progress(sitting_id: int) -> ResponseReturnValue:
    """Show seat by seat who answers and who has handed in; no answers."""
    sitting = sittings.see_sitting(sitting_id, g.actor)
    return render_template(
        "attempts/progress.html",
        sitting=sitting,
        rows=queries.progress_of(sitting),
        waiting=len(queries.open_attempts(sitting.id)),
        attempt_states=labels.ATTEMPT_STATES,
        entry_states=ENTRY_LABELS,
        sitting_states=STATE_LABELS,
    )


@bp.post("/sittings/<int:sitting_id>/attempts/collection")
@requires(Permission.SITTING_CLOSE)
def collect(sitting_id: int) -> ResponseReturnValue:
    """Collect the open attempts of a closed sitting."""
    sitting = sittings.get_sitting(sitting_id, g.actor)
    with transaction():
        collected = service.close_attempts(sitting, actor=g.actor)
    flash(_("已收回 %(count)s 份未交答卷，已保存的作答全部保留。", count=len(collected)))
    return back_to("attempts.show_progress", sitting_id=sitting_id)
