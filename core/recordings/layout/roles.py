"""The role of each column of a table, as people see it and may change it."""

from collections.abc import Mapping
from typing import Literal, get_args

from core.recordings.layout.layout import Kind, Layout

Role = Literal["channel", "time", "day", "condition", "recording", "channel name", "ignore"]
ROLES: tuple[Role, ...] = get_args(Role)
SINGLE: dict[Role, str] = {
    "time": "time_column",
    "day": "date_column",
    "recording": "id_column",
    "channel name": "channel_column",
}
SEVERAL: dict[Role, str] = {"condition": "labels", "ignore": "ignored"}
POSSIBLE: dict[Kind, set[Role]] = {  # beside channels and what is ignored
    "rows": {"condition", "recording", "channel name"},
    "columns": {"time", "day"},
    "long": {"time", "day", "condition", "recording", "channel name"},
    "channels": {"time", "day", "condition"},
}


def roles_of(names: tuple[str, ...], layout: Layout) -> dict[str, Role]:
    """The role of each column by its name: a channel, or samples of one, where the layout names none."""
    roles: dict[str, Role] = dict.fromkeys(names, "channel")
    for role, field in SINGLE.items():
        if column := getattr(layout, field):
            roles[column] = role
    for role, field in SEVERAL.items():
        roles |= dict.fromkeys(getattr(layout, field), role)
    return roles


def with_roles(names: tuple[str, ...], layout: Layout, kind: Kind | None, roles: Mapping[str, Role]) -> Layout:
    """A layout with another kind, or other roles for some of its columns; those of no column are passed over.

    What is given stands; what was inferred gives way: roles that the kind has no use for are ignored, and without a given
    kind the kind follows the roles.
    """
    given = {name: role for name, role in roles.items() if name in names}
    merged = roles_of(names, layout) | given
    for role in SINGLE:
        holders = [name for name in names if merged[name] == role]
        for name in holders:
            if len(holders) > 1 and name not in given:
                merged[name] = "ignore"
    kind = kind or _kind(layout.kind, set(given.values()), set(merged.values()))
    for name, role in merged.items():
        if role not in {"channel", "ignore"} | POSSIBLE[kind] and name not in given:
            merged[name] = "ignore"
    if "time" not in merged.values():  # a day alone is the time
        merged = {name: "time" if role == "day" else role for name, role in merged.items()}
    held = {role: [name for name in names if merged[name] == role] for role in ROLES}
    single = {field: next(iter(held[role]), "") for role, field in SINGLE.items()}
    several = {field: tuple(held[role]) for role, field in SEVERAL.items()}
    return layout.model_copy(update={"kind": kind, **single, **several})


def _kind(kind: Kind, given: set[Role], merged: set[Role]) -> Kind:
    """The kind of layout that suits roles given by hand."""
    if "recording" in given and kind in ("columns", "channels"):
        return "long"
    if "time" in given and kind == "rows":
        return "long" if "recording" in merged else "channels"
    if "condition" in given and kind == "columns":
        return "channels"
    if kind == "long" and not {"recording", "channel name"} & merged:
        return "channels"
    return kind
