"""Whether something is happening now or someone is in danger now, and which service to call."""

from dataclasses import dataclass
from functools import cache

from hotline.rules.phrases import Phrase, PhraseIndex
from hotline.rules.taxonomy import category, data
from hotline.rules.text import Span, Text

# Points from which a message is urgent: one clear sign with a little support, or two signs.
URGENT = 2.0
# Categories that are mostly reported while they happen get a head start.
BY_DEFAULT = 0.9
# A third sign of the same kind tells no more than two.
COUNTED = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign of urgency: which kind, where, and its points (below zero lowers)."""

    kind: str
    span: Span
    points: float


@dataclass(frozen=True, slots=True)
class Urgency:
    """The verdict with its reasons; `emergency` are numbers the sender should call at once."""

    urgent: bool
    points: float
    reasons: tuple[Reason, ...]
    emergency: frozenset[str]


@cache
def _index() -> PhraseIndex:
    cues = data("urgency_vi")
    phrases = [
        Phrase(pattern, kind, entry["weight"])
        for part in ("reasons", "lowering")
        for kind, entry in cues[part].items()
        for pattern in entry["phrases"]
    ]
    return PhraseIndex(phrases)


@cache
def _emergency_index() -> PhraseIndex:
    return PhraseIndex(
        Phrase(pattern, number)
        for number, patterns in data("urgency_vi")["emergency"].items()
        for pattern in patterns
    )


def judge(codes: tuple[str, ...], is_tip: bool, *readings: Text) -> Urgency:
    """Urgency of a message already tagged with `codes`, most important first."""
    reasons = _reasons(readings)
    points = sum(reason.points for reason in reasons)
    if category(codes[0]).urgent_by_default:
        points += BY_DEFAULT
    urgent = is_tip and points >= URGENT
    return Urgency(
        urgent,
        round(points, 2),
        tuple(reason for reason in reasons if reason.points > 0) if urgent else tuple(reasons),
        _services(readings) if urgent else frozenset(),
    )


def _reasons(readings: tuple[Text, ...]) -> list[Reason]:
    found: dict[tuple[str, Span], Reason] = {}
    for text in readings:
        for hit in _index().find(text):
            span = text.span(hit.first, hit.last)
            found.setdefault((hit.phrase.key, span), Reason(hit.phrase.key, span, hit.phrase.weight))
    kept: list[Reason] = []
    for reason in sorted(found.values(), key=lambda r: (r.span.start - r.span.end, r.span.start, r.kind)):
        same = [other for other in kept if other.kind == reason.kind]
        apart = all(
            reason.span.end <= other.span.start or reason.span.start >= other.span.end for other in same
        )
        if apart and len(same) < COUNTED:
            kept.append(reason)
    return sorted(kept, key=lambda reason: (reason.span.start, reason.span.end, reason.kind))


def _services(readings: tuple[Text, ...]) -> frozenset[str]:
    return frozenset(hit.phrase.key for text in readings for hit in _emergency_index().find(text))
