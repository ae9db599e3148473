"""Pages of certificates: the office, the holder, and verification for everybody."""

from exam_app.certificates.views import (
    changes,
    exports,
    office,
    offline,
    own,
    public,
    published,
    revocation,
    voiding,
)
from exam_app.certificates.views.blueprint import bp

__all__ = [
    "bp",
    "changes",
    "exports",
    "office",
    "offline",
    "own",
    "public",
    "published",
    "revocation",
    "voiding",
]
