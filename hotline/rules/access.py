"""Who may do what: roles, and the part of the unit tree a viewer sees."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is trusted with."""

    OFFICER = "officer"
    LEADER = "leader"
    DUTY = "duty"
    STATISTICIAN = "statistician"
    ADMIN = "admin"


class Action(StrEnum):
    """Something a page or a service does on a viewer's behalf."""

    READ_TIPS = "read_tips"
    WORK_TIPS = "work_tips"
    ASSIGN = "assign"
    MANAGE_ROSTER = "manage_roster"
    READ_FIGURES = "read_figures"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"


_LEADING = frozenset(
    {Action.READ_TIPS, Action.WORK_TIPS, Action.ASSIGN, Action.MANAGE_ROSTER, Action.READ_FIGURES}
)
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.OFFICER: frozenset({Action.READ_TIPS, Action.WORK_TIPS, Action.READ_FIGURES}),
    Role.LEADER: _LEADING,
    Role.DUTY: _LEADING,
    # The statistician defends figures, and needs no resident's words to do so.
    Role.STATISTICIAN: frozenset({Action.READ_FIGURES}),
    Role.ADMIN: frozenset(Action),
}


def allowed(action: Action) -> tuple[Role, ...]:
    """The roles that permit an action."""
    return tuple(role for role in Role if action in ALLOWED[role])


@dataclass(frozen=True, slots=True)
class Viewer:
    """On whose behalf something is read or changed; every query and follow-up takes one.

    `unit_path` is the viewer's unit in the tree ("/hq/dl/"): it and everything below it is in sight.
    The duty desk and administrators stand at the root of their tree.
    """

    staff_id: uuid.UUID
    role: Role
    unit_path: str

    def may(self, action: Action) -> bool:
        """Whether the role permits the action at all."""
        return action in ALLOWED[self.role]

    @property
    def scope(self) -> str:
        """Prefix of the unit paths in sight."""
        if self.role in (Role.DUTY, Role.ADMIN):
            return "/" + self.unit_path.split("/")[1] + "/"
        return self.unit_path
