"""Who may do what (权限): permissions, the duty table, the walls, the guard of every endpoint."""

from exam_app.access.labels import MESSAGES as _SENTENCES
from exam_app.core.messages import MESSAGES as _ALL

_ALL.update(_SENTENCES)
