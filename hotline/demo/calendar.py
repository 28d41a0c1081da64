"""When things happen: a hotline that grows over thirteen months, with the seasons of the highlands."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hotline.clock import LOCAL, local
from hotline.demo.stories import Story

MONTHS = 13
# Twice as many residents know the number at the end as at the beginning.
GROWTH = 1.1
# Tết with its fireworks and gambling, fires in the dry season, theft at the coffee harvest.
SEASON = {1: 1.2, 2: 1.3, 3: 1.15, 6: 0.9, 7: 0.9, 11: 1.1, 12: 1.15}
# How often people write and ring at each hour of the day, from midnight on.
HOURS = (2, 1, 1, 0, 1, 3, 5, 6, 6, 6, 5, 6, 5, 4, 4, 5, 6, 8, 10, 12, 12, 10, 7, 4)
# What was received less than this before the end was not received yet.
MARGIN = timedelta(minutes=5)


@dataclass(slots=True)
class _Month:
    """A calendar month in Vietnam up to the present, and how many tips it should and does have."""

    first: datetime
    end: datetime
    weight: float
    count: int = 0


def moments(stories: Sequence[Story], now: datetime, chance: random.Random) -> list[tuple[datetime, Story]]:
    """Every story with its time of receipt in UTC, in order."""
    told: list[tuple[datetime, Story]] = []
    for is_call in (False, True):
        told += _spread([s for s in stories if s.is_call == is_call], now, chance)
    return sorted(told, key=lambda pair: pair[0])


def _spread(
    stories: Sequence[Story], now: datetime, chance: random.Random
) -> Iterable[tuple[datetime, Story]]:
    months = _months(now)
    share = len(stories) / sum(month.weight for month in months)
    placed = []
    for story in stories:
        if story.hours_ago is not None:
            when = now - timedelta(hours=story.hours_ago)
            placed.append((when, story))
            for month in months:
                month.count += month.first <= when < month.end
    rest = [story for story in stories if story.hours_ago is None]
    chance.shuffle(rest)
    # Those that fit few months choose first.
    for story in sorted(rest, key=lambda story: len(story.months) or MONTHS):
        fitting = [m for m in months if not story.months or m.first.month in story.months]
        month = max(fitting, key=lambda m: m.weight * share - m.count)
        month.count += 1
        placed.append((_moment(story, month, chance), story))
    return placed


def _months(now: datetime) -> list[_Month]:
    this = local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [this]
    while len(starts) < MONTHS:
        starts.insert(0, (starts[0] - timedelta(days=1)).replace(day=1))
    ends = [*starts[1:], local(now) - MARGIN]
    months = []
    for position, (first, end) in enumerate(zip(starts, ends, strict=True)):
        days = (end - first) / timedelta(days=30)
        weight = (1 + GROWTH * position / (MONTHS - 1)) * SEASON.get(first.month, 1.0) * days
        months.append(_Month(first, end, weight))
    # A month of hours has no room for a story bound to an hour of the day.
    return [month for month in months if month.end - month.first > timedelta(days=1)]


def _moment(story: Story, month: _Month, chance: random.Random) -> datetime:
    """A day of the month at the story's hour, or at one when people write."""
    if story.hour is None:
        hour, minute = chance.choices(range(24), HOURS)[0], chance.randrange(60)
    else:
        hour, minute = (int(part) for part in story.hour.split(":"))
    days = [month.first.date() + timedelta(days=day) for day in range((month.end - month.first).days + 1)]
    candidates = [datetime.combine(day, time(hour, minute), LOCAL) for day in days]
    when = chance.choice([moment for moment in candidates if moment < month.end])
    return when.astimezone(UTC) + timedelta(seconds=chance.randrange(60))
