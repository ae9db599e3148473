"""Changes of verification: batches asked and done, tokens, addresses, messages."""

from exam_app.certificates.service import certificate_changed
from exam_app.verification.service.batches import ask_batch, hand_out
from exam_app.verification.service.deliveries import note_change, resend
from exam_app.verification.service.staff import export_staff
from exam_app.verification.service.tokens import issue_token, revoke_token
from exam_app.verification.service.webhooks import end_webhook, set_webhook

certificate_changed.append(note_change)

__all__ = [
    "ask_batch",
    "end_webhook",
    "export_staff",
    "hand_out",
    "issue_token",
    "resend",
    "revoke_token",
    "set_webhook",
]
