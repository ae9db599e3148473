"""The printed duty table (职责表): docs/permissions.md, generated so that an auditor can read it.

``python -m exam_app.access.matrix docs/permissions.md`` writes part 1 anew; part 2 follows from
the routes of the application and stays as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from exam_app.access.actor import PUBLIC, Actor
from exam_app.access.apart import APART, FOUR_EYES, Apart
from exam_app.access.clauses import CLAUSES
from exam_app.access.duties import may_ever
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES, Rule
from exam_app.access.terms import (
    CONDITION_LABELS,
    KIND_LABELS,
    ROLE_LABELS,
    OrganisationKind,
    Role,
    Side,
)
from exam_app.access.walls import WALLS

Route = tuple[str, str, Permission | None]

INTRODUCTION = """# 职责与权限

本页由程序生成，与实际执行的职责表一致；测试会核对。判定次序：先看“墙”，再看职责表，
再看条件。没有列出的动作、缺少的事实、判定出错，一律拒绝。系统管理员不见试题、试卷、密钥和得分。
"""
# Whom a wall stops: somebody of a provider, and somebody of an agency about whom nothing is known.
PROVIDER_TEACHER = (frozenset({OrganisationKind.PROVIDER}), frozenset({Role.INSTRUCTOR}))
AGENCY_MARKER = (frozenset({OrganisationKind.AGENCY}), frozenset({Role.MARKER}))
ROUTES_HEADING = "## 第二部分 页面与角色"
ROUTES_NOTE = (
    "“●”表示该角色在允许的机构中可以进入；对象范围和条件由职责表另行判定。“公开”表示无须登录。"
)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["--"] * len(titles), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _kinds(rule: Rule) -> str:
    if rule.kinds == frozenset(OrganisationKind) - PUBLIC.kinds:
        return "全部（公众除外）"
    return "、".join(str(label) for kind, label in KIND_LABELS.items() if kind in rule.kinds)


def _roles(rule: Rule) -> str:
    if rule.roles == frozenset(Role) - PUBLIC.roles:
        return "全部已登录角色"
    return "、".join(str(label) for role, label in ROLE_LABELS.items() if role in rule.roles)


def _walls_around(permission: Permission) -> str:
    """Return the walls that can stand in the way of holders of the right role."""
    probes = (PROVIDER_TEACHER, AGENCY_MARKER)
    return " ".join(
        wall.name
        for wall in WALLS
        if any(wall.refuses(kinds, roles, permission, {}) for kinds, roles in probes)
    )


def _duties() -> str:
    rows = []
    for number, permission in enumerate(RULES, start=1):
        rule = RULES[permission]
        rows.append(
            (
                str(number),
                f"`{permission}`",
                str(rule.label),
                _kinds(rule),
                _roles(rule),
                " ".join(f"`{condition}`" for condition in rule.conditions),
                _walls_around(permission),
                " ".join(rule.clauses),
            )
        )
    return _table(("序号", "动作", "说明", "机构", "角色", "条件", "墙", "条款"), rows)


def _walls() -> str:
    return _table(
        ("墙", "内容", "条款"),
        ((wall.name, str(wall.label), " ".join(wall.clauses)) for wall in WALLS),
    )


def _conditions() -> str:
    return _table(
        ("条件", "必须为真"),
        ((f"`{name}`", str(label)) for name, label in CONDITION_LABELS.items()),
    )


def _label(permission: Permission) -> str:
    return str(RULES[permission].label)


def _apart() -> str:
    groups: dict[tuple[Permission, tuple[str, ...]], list[Apart]] = {}
    for pair in APART:
        groups.setdefault((pair.first, pair.clauses), []).append(pair)
    rows = (
        (_label(first), "、".join(_label(pair.second) for pair in pairs), " ".join(clauses))
        for (first, clauses), pairs in groups.items()
    )
    return _table(("职责", "不得同时担任", "条款"), rows)


def _four_eyes() -> str:
    return _table(
        ("经办", "须由另一人"),
        ((_label(first), _label(second)) for first, second in FOUR_EYES),
    )


def _clauses() -> str:
    rows = (
        (code.value, clause.source, clause.place, clause.quote or "（未引原文）")
        for code, clause in CLAUSES.items()
    )
    return _table(("条款", "来源", "位置", "原文"), rows)


def duty_table() -> str:
    """Return part 1 of docs/permissions.md: duties, walls, conditions, clauses (Markdown)."""
    parts = (
        INTRODUCTION,
        "## 第一部分 职责表\n",
        _duties(),
        "\n### 墙（先于一切授权）\n",
        _walls(),
        "\n### 条件\n",
        _conditions(),
        "\n### 任职时不相容的职责\n",
        _apart(),
        "\n### 同一对象须两人（`not_author`）\n",
        _four_eyes(),
        "\n### 条款\n",
        _clauses(),
    )
    return "\n".join(parts) + "\n"


def _may_enter(role: Role, permission: Permission) -> bool:
    return any(
        may_ever(Actor(0, 0, 0, frozenset({kind}), frozenset({role}), Side.OVERSIGHT), permission)
        for kind in OrganisationKind
    )


def endpoint_matrix(routes: Iterable[Route]) -> str:
    """Return part 2: which role may enter which endpoint, decided as the guard decides.

    Args:
        routes: (endpoint, methods, permission); permission None: a public page.
    """
    roles = [role for role in Role if role not in PUBLIC.roles]
    rows = []
    for endpoint, methods, permission in routes:
        if permission is None:
            marks = ["公开"] + [""] * len(roles)
        else:
            marks = [f"`{permission}`"]
            marks += ["●" if _may_enter(role, permission) else "" for role in roles]
        rows.append((f"`{endpoint}`", methods, *marks))
    head = ("页面", "方法", "动作", *(str(ROLE_LABELS[role]) for role in roles))
    return f"{ROUTES_HEADING}\n\n{ROUTES_NOTE}\n\n{_table(head, rows)}\n"


def permissions_page(routes: Iterable[Route] = ()) -> str:
    """Return the whole of docs/permissions.md; without routes, part 1 alone."""
    listed = list(routes)
    return duty_table() + (f"\n{endpoint_matrix(listed)}" if listed else "")


def renew_duty_table(path: Path) -> None:
    """Write part 1 into the page and keep its part 2."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, heading, rest = before.partition(f"\n{ROUTES_HEADING}")
    path.write_text(duty_table() + heading + rest, encoding="utf-8")


if __name__ == "__main__":
    renew_duty_table(Path(sys.argv[1]))
