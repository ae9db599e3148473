"""The rules of the notices (政策参数), each with its clause and quoted words; pure."""

from exam_app.policy.errors import PolicyError, UnknownProfileError
from exam_app.policy.loader import from_json, load_defaults, load_profile, profile_ids, resolve
from exam_app.policy.profile import Finding, Force, Kind, Leaf, Profile, ResolvedProfile, Source

__all__ = [
    "Finding",
    "Force",
    "Kind",
    "Leaf",
    "PolicyError",
    "Profile",
    "ResolvedProfile",
    "Source",
    "UnknownProfileError",
    "from_json",
    "load_defaults",
    "load_profile",
    "profile_ids",
    "resolve",
]
