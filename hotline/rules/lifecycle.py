"""The life of a tip: its states, the moves between them, and how it can end."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a tip stands with the officers."""

    NEW = "new"
    ASSIGNED = "assigned"
    VERIFYING = "verifying"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a tip ended (Criminal Procedure Code 2015, arts 146-148; administrative and mediated endings)."""

    PROSECUTED = "prosecuted"
    NOT_PROSECUTED = "not_prosecuted"
    SUSPENDED = "suspended"
    TRANSFERRED = "transferred"
    SANCTIONED = "sanctioned"
    MEDIATED = "mediated"
    NOT_A_TIP = "not_a_tip"


class Value(StrEnum):
    """An officer's verdict on the tip itself, apart from how its matter ended."""

    UNDECIDED = "undecided"
    VALUABLE = "valuable"
    NOT_VALUABLE = "not_valuable"


# Closing is done by setting an outcome and undone by reopening, never by a bare change of status.
MOVES: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.ASSIGNED, Status.VERIFYING, Status.CLOSED}),
    Status.ASSIGNED: frozenset({Status.NEW, Status.VERIFYING, Status.CLOSED}),
    Status.VERIFYING: frozenset({Status.ASSIGNED, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.VERIFYING}),
}


def may_move(old: Status, new: Status) -> bool:
    """Whether a tip in `old` may go to `new`."""
    return new in MOVES[old]
