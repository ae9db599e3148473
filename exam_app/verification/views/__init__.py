"""Pages of verification, and the interface for machines."""

from exam_app.verification.views import api, batches, staff, tokens, webhooks
from exam_app.verification.views.blueprint import bp

__all__ = ["api", "batches", "bp", "staff", "tokens", "webhooks"]
