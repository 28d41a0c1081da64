"""How often the machine was right, by the word of people who checked it; each figure has its definition here.

Counted are the tips *received* in the period, in the unit that holds them now, tips of the demonstration as elsewhere.
A tip is **checked** once a person has closed it or corrected anything the machine said of it. What the machine said is
its last reading (a later text is read together with the earlier ones, and a tip is read by the model in use then);
the truth is what is in force: the officers' word where there is one, else the machine's word that they let stand.

- **category**: of the checked tips that the machine gave a category, the share whose first category is the first in
  force. Tips closed as "not a tip" are left out: they have no category, and `is_tip` counts them.
- **urgency**: of the checked tips that the machine read, the share whose mark (urgent or not) is right. A tip closed as
  "not a tip" was not urgent. **urgent found** (recall): of the urgent ones, the share the machine marked;
  **urgent right** (precision): of those it marked, the share that was urgent.
- **place**: of the checked tips with a commune in force and not closed as "not a tip", the share whose first commune in
  force is the first that the machine took; a commune that an officer added to a tip without one counts as missed.
- **is a tip**: of the closed tips that the machine read, the share in which "a tip or not" agrees with the outcome.
  **no tip found** (recall) and **no tip right** (precision) are those of "not a tip".

Recent months look worse than they are: an open tip enters by being corrected, one that is right only when it is
closed. A month is settled when nearly all of it is checked, and `checked` of `received` stands beside every figure.
One thing flatters all months: a wrong word that nobody cared to correct counts as right.

A share of fewer than ten is a count: two of three is no percentage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Below it a share is given as a count.
LEAST = 10
CONFUSIONS = 15


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `of`."""

    right: int = 0
    of: int = 0

    @property
    def percent(self) -> float | None:
        """In percent; None where there are too few to say it in percent."""
        return round(100 * self.right / self.of, 2) if self.of >= LEAST else None

    def to_dict(self) -> dict[str, int | float | None]:
        """{"right", "of", "pct"}."""
        return {"right": self.right, "of": self.of, "pct": self.percent}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A received tip: what the machine said of it, and what people say; None where there is nothing to compare."""

    channel: str
    version: str | None
    checked: bool
    closed: bool
    not_a_tip: bool
    machine_category: str | None = None
    category: str | None = None
    machine_urgent: bool | None = None
    urgent: bool = False
    machine_commune: str | None = None
    commune: str | None = None
    machine_tip: bool = True

    @property
    def compares_category(self) -> bool:
        """Whether it counts for categories."""
        return self.checked and not self.not_a_tip and self.machine_category is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """The figures of some tips, as the module defines them."""

    received: int
    checked: int
    category: Share
    urgency: Share
    urgent_found: Share
    urgent_right: Share
    place: Share
    is_tip: Share
    no_tip_found: Share
    no_tip_right: Share

    def to_dict(self) -> dict[str, Any]:
        """Counts, and {"right", "of", "pct"} of each share."""
        return {
            name: value.to_dict() if isinstance(value := getattr(self, name), Share) else value
            for name in self.__dataclass_fields__
        }


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one category (as it is in force), channel or version."""

    code: str
    figures: Accuracy


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often the machine said one category where officers say another."""

    machine: str
    officer: str
    times: int


def measure(tips: Iterable[Read]) -> Accuracy:
    """All figures of these tips."""
    all_tips = list(tips)
    checked = [tip for tip in all_tips if tip.checked]
    category = [tip for tip in checked if tip.compares_category]
    read = [tip for tip in checked if tip.machine_urgent is not None]
    urgent = [tip for tip in read if _was_urgent(tip)]
    marked = [tip for tip in read if tip.machine_urgent]
    placed = [tip for tip in checked if tip.commune is not None and not tip.not_a_tip]
    closed = [tip for tip in all_tips if tip.closed and tip.version is not None]
    no_tip = [tip for tip in closed if tip.not_a_tip]
    called_no_tip = [tip for tip in closed if not tip.machine_tip]
    return Accuracy(
        received=len(all_tips),
        checked=len(checked),
        category=_share(category, lambda tip: tip.machine_category == tip.category),
        urgency=_share(read, lambda tip: tip.machine_urgent == _was_urgent(tip)),
        urgent_found=_share(urgent, lambda tip: bool(tip.machine_urgent)),
        urgent_right=_share(marked, _was_urgent),
        place=_share(placed, lambda tip: tip.machine_commune == tip.commune),
        is_tip=_share(closed, lambda tip: tip.machine_tip != tip.not_a_tip),
        no_tip_found=_share(no_tip, lambda tip: not tip.machine_tip),
        no_tip_right=_share(called_no_tip, lambda tip: tip.not_a_tip),
    )


def confusions(tips: Iterable[Read]) -> list[Confusion]:
    """What was taken for what, most frequent first."""
    pairs = Counter(
        (tip.machine_category or "", tip.category or "")
        for tip in tips
        if tip.compares_category and tip.machine_category != tip.category
    )
    ranked = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Confusion(machine, officer, times) for (machine, officer), times in ranked[:CONFUSIONS]]


def _was_urgent(tip: Read) -> bool:
    return tip.urgent and not tip.not_a_tip


def _share(tips: Sequence[Read], right: Callable[[Read], bool]) -> Share:
    return Share(sum(right(tip) for tip in tips), len(tips))


def parts(tips: Sequence[Read], code: Callable[[Read], str | None]) -> list[Part]:
    """The figures of every group of tips, the largest first; those whose code is None are in none."""
    codes = sorted({one for tip in tips if (one := code(tip)) is not None})
    found = [Part(one, measure(tip for tip in tips if code(tip) == one)) for one in codes]
    return sorted(found, key=lambda part: (-part.figures.checked, part.code))
