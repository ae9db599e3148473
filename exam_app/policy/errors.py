"""What can be wrong with a policy profile (政策参数)."""

from __future__ import annotations

from exam_app.core.errors import BadInput, Missing


class PolicyError(BadInput):
    """A profile, a default or a local setting that cannot stand.

    Facts name the profile, the key and what was found.
    """

    code = "policy-bad"


class UnknownProfileError(PolicyError, Missing):
    """No profile has this id (无此政策文件)."""

    status = 404
    code = "policy-unknown-profile"
