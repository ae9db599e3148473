"""Pages of certificates: the office, the holder, and verification for everybody."""

from exam_app.certificates.views import office, own, public, revocation
from exam_app.certificates.views.blueprint import bp

__all__ = ["bp", "office", "own", "public", "revocation"]
