"""Pages of sittings: sites, plans, the exam room, the end, printed sheets, own tickets."""

from exam_app.sittings.views import end, mine, plan, prints, room, sites
from exam_app.sittings.views.blueprint import bp

__all__ = ["bp", "end", "mine", "plan", "prints", "room", "sites"]
