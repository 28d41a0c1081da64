"""What the machine's confidence is worth: how often words of each band were right, by officers who listened to all.

Counted are recordings of tips that came to us in the period, in the unit that holds their tip now, once an officer has
saved their words as complete. Of several such savings the last counts, once for each model whose words were compared;
none counts that was taken back. Only counts are kept and read here, no words.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import local, start_of
from hotline.errors import NotAllowed
from hotline.models import Recording, Tip, TranscriptCorrection, Unit
from hotline.rules import speech_models
from hotline.rules.access import Action, Viewer
from hotline.services.accuracy import last_months
from hotline.services.statistics import scope_of

# Words of a band below which a rate is not given: with fewer, chance moves it by more than five in a hundred.
LEAST = 100


@dataclass(frozen=True, slots=True)
class Band:
    """Words of a confidence from `edge` up to the next band's: `right` of `of`."""

    edge: float
    right: int
    of: int

    @property
    def percent(self) -> float | None:
        """None where there are too few to tell."""
        return round(100 * self.right / self.of, 2) if self.of >= LEAST else None


@dataclass(frozen=True, slots=True)
class Part:
    """A month (by its last day) or a model, with how many recordings were listened to."""

    name: str
    recordings: int
    bands: Sequence[Band]

    @property
    def total(self) -> Band:
        """All bands together."""
        return Band(0.0, sum(band.right for band in self.bands), sum(band.of for band in self.bands))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The month asked for, whole and by model, and the months up to it, oldest first."""

    start: date
    end: date
    unit: str
    whole: Part
    models: Sequence[Part]
    months: Sequence[Part]


@dataclass(frozen=True, slots=True)
class _Counted:
    day: date
    model: str
    bands: Sequence[dict[str, Any]]


def report(
    session: Session, viewer: Viewer, year: int, number: int, *, start_day: int = 1, unit_code: str | None = None
) -> Calibration:  # fmt: skip
    """The figures of a month for a unit and those below it; the viewer's own scope when none is named.

    Raises NotAllowed by role, NotFound for a unit out of sight.
    """
    if not viewer.may(Action.READ_FIGURES):
        raise NotAllowed("Vai trò của bạn không được xem số liệu.")
    scope, unit = scope_of(session, viewer, unit_code)
    periods = last_months(year, number, start_day)
    counted = _counted(session, scope, periods[0][0], periods[-1][1])
    start, end = periods[-1]
    this = [one for one in counted if start <= one.day <= end]
    return Calibration(
        start=start,
        end=end,
        unit=unit,
        whole=_part("", this),
        models=[
            _part(name, (one for one in this if one.model == model))
            for model, name in sorted(speech_models.labels(one.model for one in this).items())
        ],
        months=[
            _part(last.isoformat(), (one for one in counted if first <= one.day <= last))
            for first, last in periods
        ],
    )


def _counted(session: Session, scope: str, first: date, last: date) -> list[_Counted]:
    """The last complete correction of each recording and model, unless it was taken back later."""
    rows = session.execute(
        select(
            TranscriptCorrection.recording_id, TranscriptCorrection.model, TranscriptCorrection.complete,
            TranscriptCorrection.withdrawn, TranscriptCorrection.bands, Recording.created_at,
        )
        .join(Recording, TranscriptCorrection.recording_id == Recording.id)
        .join(Tip, TranscriptCorrection.tip_id == Tip.id)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(Unit.path.startswith(scope, autoescape=True))
        .where(
            Recording.created_at >= start_of(first), Recording.created_at < start_of(last + timedelta(days=1))
        )
        .order_by(TranscriptCorrection.recording_id, TranscriptCorrection.number)
    )  # fmt: skip
    held: dict[uuid.UUID, dict[str, _Counted]] = {}
    for row in rows:
        of_recording = held.setdefault(row.recording_id, {})
        if row.withdrawn:
            of_recording.clear()
        elif row.complete and row.bands is not None:
            of_recording[row.model] = _Counted(local(row.created_at).date(), row.model, row.bands)
    return [counted for of_recording in held.values() for counted in of_recording.values()]


def _part(name: str, counted: Iterable[_Counted]) -> Part:
    right: Counter[float] = Counter()
    of: Counter[float] = Counter()
    recordings = 0
    for one in counted:
        recordings += 1
        for band in one.bands:
            right[band["from"]] += band["right"]
            of[band["from"]] += band["of"]
    return Part(name, recordings, [Band(edge, right[edge], of[edge]) for edge in sorted(of)])
