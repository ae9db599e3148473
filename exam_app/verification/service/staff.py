"""Taking the list of one's own people's certificates away (导出本企业人员证书)."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.people.models import Organisation


def export_staff(organisation: Organisation, content: bytes, *, actor: Actor) -> None:
    """Note that the list of the enterprise's own people's certificates was taken away.

    Raises: NotAllowed.
    Records: STAFF_CERTIFICATES_EXPORTED on the organisation.
    """
    own = actor.belongs_to(organisation.id)
    duties.require(Permission.CERTIFICATE_VIEW_ENTERPRISE, actor, own_org=own, masked=True)
    trail.record(Action.STAFF_CERTIFICATES_EXPORTED, actor, organisation, bytes=len(content))
