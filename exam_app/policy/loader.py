"""Loading profiles (政策文件): defaults ← inherited leaves ← the notice's own ← local settings."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from exam_app.policy.errors import PolicyError, UnknownProfileError
from exam_app.policy.leaves import Setting, leaf_from_json, read_leaf, set_locally
from exam_app.policy.profile import Leaf, Profile, ResolvedProfile
from exam_app.policy.vocabulary import required_keys

HEAD = ("id", "title", "notice", "document", "industries", "extends")
NEEDED_HEAD = ("id", "title", "notice", "document", "industries")


def profile_ids(folder: Traversable | None = None) -> list[str]:
    """Return the ids of all profiles, in order."""
    return sorted(path.name.removesuffix(".toml") for path in _tomls(folder or _profiles()))


def load_profile(profile_id: str, folder: Traversable | None = None) -> Profile:
    """Return the profile of one notice with the leaves it inherits, without defaults.

    Raises: UnknownProfileError: nobody has this id. PolicyError: the file cannot stand.
    """
    if folder is None:
        return _shipped(profile_id)
    return _load(profile_id, folder, ())


@cache
def load_defaults() -> Mapping[str, Leaf]:
    """Return the settings no notice gives (本地设定), each with its source."""
    text = files("exam_app.policy").joinpath("defaults.toml").read_text("utf-8")
    return _leaves(_parse(text, "defaults"), profile="defaults", notice=None)


def resolve(
    profile_id: str,
    overrides: Mapping[str, Setting] | None = None,
    *,
    folder: Traversable | None = None,
) -> ResolvedProfile:
    """Return the profile a class starts under: defaults, notice, then local settings.

    Args: overrides: key → setting; a leaf with two bounds is named ``key.min`` or ``key.max``.
    Raises: PolicyError: a setting is unknown, out of range or softer than the notice.
    """
    profile = load_profile(profile_id, folder)
    leaves = {**load_defaults(), **profile.leaves}
    for name, setting in sorted((overrides or {}).items()):
        key, part = _address(name, leaves, profile_id)
        leaves[key] = set_locally(leaves[key], part, setting, profile=profile_id)
    _check_whole(leaves, profile_id)
    return ResolvedProfile(
        id=profile.id,
        title=profile.title,
        notice=profile.notice,
        document=profile.document,
        industries=profile.industries,
        extends=profile.extends,
        leaves=dict(sorted(leaves.items())),
        documents=profile.documents,
    )


def from_json(text: str, *, digest: str | None = None) -> ResolvedProfile:
    """Return the resolved profile a class kept as JSON.

    Args: digest: kept beside it; when given it must fit.
    Raises: PolicyError: the text is no such profile, or is not the one the digest was taken of.
    """
    try:
        held = json.loads(text)
        leaves = {key: leaf_from_json(key, leaf) for key, leaf in held["leaves"].items()}
        profile = ResolvedProfile(
            id=held["id"],
            title=held["title"],
            notice=held["notice"],
            document=held["document"],
            industries=tuple(held["industries"]),
            extends=held["extends"],
            leaves=dict(sorted(leaves.items())),
            documents=held["documents"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PolicyError("policy-stored-bad", found=str(error)) from error
    if digest is not None and profile.digest != digest:
        raise PolicyError("policy-digest", profile=profile.id, wanted=digest, found=profile.digest)
    return profile


@cache
def _shipped(profile_id: str) -> Profile:
    return _load(profile_id, _profiles(), ())


def _load(profile_id: str, folder: Traversable, above: tuple[str, ...]) -> Profile:
    if profile_id in above:
        raise PolicyError("policy-cycle", profile=profile_id, chain=[*above, profile_id])
    table = _read(profile_id, folder, above)
    head = _head(table, profile_id)
    parent = head.get("extends")
    inherited: Mapping[str, Leaf] = {}
    documents: dict[str, str] = {}
    if parent is not None:
        base = _load(parent, folder, (*above, profile_id))
        inherited, documents = base.leaves, dict(base.documents)
    own = {name: held for name, held in table.items() if name not in HEAD}
    leaves = {**inherited, **_leaves(own, profile=profile_id, notice=head["notice"])}
    return Profile(
        id=head["id"],
        title=head["title"],
        notice=head["notice"],
        document=head["document"],
        industries=tuple(head["industries"]),
        extends=parent,
        leaves=dict(sorted(leaves.items())),
        documents={**documents, head["notice"]: head["document"]},
    )


def _read(profile_id: str, folder: Traversable, above: tuple[str, ...]) -> dict[str, Any]:
    if profile_id not in profile_ids(folder):
        if above:
            raise PolicyError("policy-unknown-extends", profile=above[-1], extends=profile_id)
        raise UnknownProfileError(profile=profile_id, known=profile_ids(folder))
    return _parse(folder.joinpath(f"{profile_id}.toml").read_text("utf-8"), profile_id)


def _parse(text: str, profile: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError("policy-not-toml", profile=profile, found=str(error)) from error


def _head(table: dict[str, Any], profile_id: str) -> dict[str, Any]:
    for name in NEEDED_HEAD:
        if not table.get(name):
            raise PolicyError("policy-missing-field", profile=profile_id, field=name)
    if table["id"] != profile_id:
        raise PolicyError("policy-wrong-id", profile=profile_id, found=table["id"])
    words = [table[name] for name in HEAD if name in table and name != "industries"]
    if not all(isinstance(word, str) for word in words):
        raise PolicyError("policy-wrong-type", profile=profile_id, wanted="text")
    industries = table["industries"]
    if not isinstance(industries, list) or not all(isinstance(one, str) for one in industries):
        raise PolicyError("policy-wrong-type", profile=profile_id, field="industries")
    return {name: table[name] for name in HEAD if name in table}


def _leaves(tables: dict[str, Any], *, profile: str, notice: str | None) -> dict[str, Leaf]:
    leaves = {}
    for group, names in tables.items():
        if not isinstance(names, dict):
            raise PolicyError("policy-unknown-key", profile=profile, key=group)
        for name, table in names.items():
            key = f"{group}.{name}"
            leaves[key] = read_leaf(key, table, profile=profile, notice=notice)
    return leaves


def _address(name: str, leaves: Mapping[str, Leaf], profile: str) -> tuple[str, str]:
    """Return key and field a local setting speaks of."""
    if name in leaves:
        leaf = leaves[name]
        held = [part for part in ("min", "max", "value") if getattr(leaf, part) is not None]
        if len(held) != 1:
            raise PolicyError("policy-not-single", profile=profile, key=name)
        return name, held[0]
    key, _, part = name.rpartition(".")
    if part in ("min", "max", "value") and key in leaves:
        if getattr(leaves[key], part) is None:
            raise PolicyError("policy-no-value", profile=profile, key=name)
        return key, part
    raise PolicyError("policy-unknown-key", profile=profile, key=name)


def _check_whole(leaves: Mapping[str, Leaf], profile: str) -> None:
    """Refuse a profile that misses a key or whose settings contradict each other."""
    for key in required_keys():
        if key not in leaves:
            raise PolicyError("policy-incomplete", profile=profile, key=key)
    pairs = (
        ("exam.pass_mark", "exam.full_marks"),
        ("sitting.no_leaving_minutes", "exam.duration_minutes"),
        ("sitting.entry_closes_minutes", "sitting.no_leaving_minutes"),
    )
    for small, large in pairs:
        low, high = leaves[small].bound(), leaves[large].bound()
        if isinstance(low, int) and isinstance(high, int) and low > high:
            raise PolicyError("policy-contradiction", profile=profile, key=small, other=large)


def _profiles() -> Traversable:
    return files("exam_app.policy").joinpath("profiles")


def _tomls(folder: Traversable) -> list[Traversable]:
    return [path for path in folder.iterdir() if path.name.endswith(".toml")]
