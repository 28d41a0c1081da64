"""Reading a tip: tags, urgency, places and words to search by, then the unit and officer it goes to."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Tip, TipCategory, UnitArea, UnitProvince
from hotline.models.tip import MACHINE as MACHINE
from hotline.models.tip import OFFICER as OFFICER
from hotline.rules import triage as rules
from hotline.rules.gazetteer import gazetteer
from hotline.rules.text import Span, parse
from hotline.services import alarms, assignment, audit, places, transcripts
from hotline.services.indexing import index as index

log = structlog.get_logger()

# Ten of the longest texts, or a quarter of an hour of speech: what a tip is about is said by then.
READ_MAX = 16_000
# So many of the newest texts are also read each by itself, at 5 ms: who writes hundreds holds up nobody.
ALONE_MAX = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A text of the tip: "message:<id>" or "recording:<id>", what it says, how sure each word was heard."""

    name: str
    text: str
    heard: tuple[float, ...] = ()


def run(
    session: Session, tip_id: uuid.UUID, now: datetime, read: Callable[..., rules.Triage] = rules.triage
) -> bool:
    """Triage a tip whose text has changed since the last time; False when there was nothing to do.

    A tip is urgent when all its words are or one text by itself is. Urgent words that are new to a tip read before
    raise its alarm anew, and stand against an officer's "not urgent", which was said of the older ones. `read` is what
    understands a text; should it raise, the tip still goes to an officer.
    """
    tip = session.get_one(Tip, tip_id, with_for_update=True)
    sources = texts(tip)
    if tip.triaged >= tip.triage_wanted:
        return False
    tip.triaged = tip.triage_wanted
    if not any(source.text.strip() for source in sources):
        return False
    try:
        found, alone = _readings(session, sources, read)
    except Exception as error:
        # Whatever a text does to the rules, its tip must reach an officer, and the next text must be read.
        log.error("triage_failed", tip_id=str(tip.id), version=rules.version(), error=type(error).__name__)
        choice = assignment.choose(session, tip, (), now, because="triage_failed")
        audit.record(session, None, "triage_failed", tip.id, now=now, version=rules.version())
        if choice is not None:
            assignment.assign(session, tip, choice, None, now)
        return True
    locate = _Locator(sources)
    crying = [source for source, reading in alone if reading.urgent]
    news = tip.triage_version is not None and any(source in crying for source in _unread(tip, sources))
    tip.triage_version, tip.words_read = rules.version(), [source.name for source in sources]
    tip.is_tip, tip.secrecy_requested = found.is_tip, tip.secrecy_requested or found.secrecy_requested
    was_urgent = tip.urgent
    tip.machine_urgent = found.urgent or bool(crying)
    outdated = news and tip.urgent_by_officer and not tip.urgent
    if outdated:
        tip.urgent_by_officer = False
    if not tip.urgent_by_officer:
        tip.urgent = tip.machine_urgent
    tip.urgent_evidence = _why_urgent(found, alone, locate)
    tip.entities = found.to_dict()["entities"]
    _set_categories(session, tip, found, locate)
    places.store(session, tip, _places(found, locate))
    index(session, tip, (source.text for source in sources))
    session.flush()
    choice = assignment.choose(session, tip, places.in_force(tip), now)
    audit.record(
        session, None, "tip_triaged", tip.id, now=now, version=rules.version(), urgent=tip.urgent,
        categories=[category.code for category in found.categories],
    )  # fmt: skip
    if outdated:
        audit.record(session, None, "urgency_renewed", tip.id, now=now)
    if choice is not None:
        assignment.assign(session, tip, choice, None, now)
    alarms.follow(session, tip, was_urgent, now, news=news)
    return True


def texts(tip: Tip) -> list[Source]:
    """What the resident wrote and said, in the order it came."""
    written = [(m.at, Source(f"message:{m.id}", m.body or "")) for m in tip.messages if m.inbound]
    spoken = [
        (
            r.started_at or r.created_at,
            Source(f"recording:{r.id}", said.text, said.heard),
        )
        for r in tip.recordings
        if (said := transcripts.in_force(r)) is not None
    ]
    return [source for _, source in sorted(written + spoken, key=lambda pair: pair[0])]


def waiting(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Tips whose text changed and was not read yet."""
    return session.scalars(select(Tip.id).where(Tip.triaged < Tip.triage_wanted).limit(limit)).all()


def _readings(
    session: Session, sources: Sequence[Source], read: Callable[..., rules.Triage]
) -> tuple[rules.Triage, list[tuple[Source, rules.Triage]]]:
    """The tip as a whole, and the newest of its texts each by itself: between many calm ones a cry is lost."""
    near = _home_communes(session)
    whole = read(_joined(sources), near=near, word_confidence=_confidence(sources))
    if len(sources) == 1:
        return whole, [(sources[0], whole)]
    newest = [source for source in sources if source.text.strip()][-ALONE_MAX:]
    return whole, [
        (one, read(_joined([one]), near=near, word_confidence=_confidence([one]))) for one in newest
    ]


def _joined(sources: Sequence[Source]) -> str:
    return "\n".join(source.text for source in sources)[:READ_MAX]


def _unread(tip: Tip, sources: Sequence[Source]) -> Sequence[Source]:
    """The texts that came since the tip was read; the newest one for a tip read before that was noted."""
    known = tip.words_read
    return sources[-1:] if known is None else [source for source in sources if source.name not in known]


def _confidence(sources: Sequence[Source]) -> list[float] | None:
    """How sure each word of the joined text was heard, 1 for typed ones; None when all were typed."""
    if not any(source.heard for source in sources):
        return None
    found: list[float] = []
    for source in sources:
        words = len(parse(source.text).words)
        found += source.heard if len(source.heard) == words else [1.0] * words
    return found


class _Locator:
    """Turns a span of the joined text into one of the text it came from."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._starts = [0]
        for source in sources[:-1]:
            self._starts.append(self._starts[-1] + len(source.text) + 1)

    def __call__(self, span: Span) -> dict[str, Any]:
        at = bisect_right(self._starts, span.start) - 1
        offset = self._starts[at]
        return {
            "text": span.text,
            "source": self._sources[at].name,
            "start": span.start - offset,
            "end": span.end - offset,
        }


def _why_urgent(
    found: rules.Triage, alone: Sequence[tuple[Source, rules.Triage]], locate: _Locator
) -> list[dict[str, Any]]:
    """The signs in the whole, or, where it is not urgent as a whole, in the texts that are by themselves."""
    seen = [(locate, found)] if found.urgent else [(_Locator([source]), reading) for source, reading in alone]
    return [
        place(reason.span) | {"reason": reason.kind}
        for place, reading in seen
        for reason in reading.urgent_evidence
    ]


def _set_categories(session: Session, tip: Tip, found: rules.Triage, locate: _Locator) -> None:
    corrected = any(category.source == OFFICER for category in tip.categories)
    tip.categories = [category for category in tip.categories if category.source == OFFICER]
    session.flush()
    for rank, category in enumerate(found.categories):
        row = TipCategory(
            id=uuid.uuid4(), tip_id=tip.id, code=category.code, rank=rank, score=category.score, source=MACHINE,
            in_force=not corrected,
        )  # fmt: skip
        tip.categories.append(row)
        session.flush()
        row.evidence = [locate(span) for span in category.evidence]


def _places(found: rules.Triage, locate: _Locator) -> list[dict[str, Any]]:
    return [
        {**shown, "evidence": locate(Span(place.start, place.end, place.mention))}
        for place, shown in zip(found.places, found.to_dict()["places"], strict=True)
    ]


def _home_communes(session: Session) -> frozenset[str]:
    """Our own communes: those of units, and all of the provinces that are whole ones' of units."""
    provinces = frozenset(session.scalars(select(UnitProvince.province_code)))
    within = (commune.code for commune in gazetteer().communes if commune.province_code in provinces)
    return frozenset(session.scalars(select(UnitArea.commune_code))) | frozenset(within)
