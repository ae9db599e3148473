"""Pages of people: signing in, one's own account, the registry, duties and settings."""

from exam_app.people.views import account, door, duties, recusals, registry
from exam_app.people.views.blueprint import bp

__all__ = ["account", "bp", "door", "duties", "recusals", "registry"]
