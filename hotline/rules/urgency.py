"""Whether something is happening now or someone is in danger now, and which service to call."""

from dataclasses import dataclass
from functools import cache

from hotline.rules.phrases import Hit, Phrase, PhraseIndex
from hotline.rules.tagging import Category, is_risky
from hotline.rules.taxonomy import category, data
from hotline.rules.text import Span, Text

# Points from which a message is urgent: one clear sign with a little support, or two signs.
URGENT = 2.0
# Categories that are mostly reported while they happen get a head start.
BY_DEFAULT = 0.9
# Nobody takes the time to write more than this while a robbery is going on, nor so little later.
TERSE, SAID_AT_ONCE = 14, 1.2
# Told without any word of the past, these mean that someone is in danger now.
LIFE = frozenset({"CUU_NAN", "CHAY_NO", "GIET_NGUOI", "BAT_GIU_NGUOI", "MAT_TICH"})
# "đang" within so many words of what the tip is about is worth that much more.
REACH, OF_THE_MATTER = 3, 0.8
NOW, INJURY, ACCIDENT = "happening_now", "injury_or_death", "GIAO_THONG"
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


def judge(categories: tuple[Category, ...], is_tip: bool, *readings: Text) -> Urgency:
    """Urgency of a message already tagged, most important category first."""
    evidence = [span for found in categories for span in found.evidence]
    reasons = _reasons(readings, evidence)
    points = sum(reason.points for reason in reasons)
    injured = any(reason.kind == INJURY for reason in reasons)
    first = category(categories[0].code)
    if first.urgent_by_default or (injured and first.code == ACCIDENT):
        points += BY_DEFAULT
    at_once = first.code in LIFE or (first.urgent_by_default and len(readings[0].words) <= TERSE)
    if at_once and all(reason.points > 0 for reason in reasons):
        points += SAID_AT_ONCE
    urgent = is_tip and points >= URGENT
    return Urgency(
        urgent,
        round(points, 2),
        tuple(reason for reason in reasons if reason.points > 0) if urgent else tuple(reasons),
        _services(readings, evidence) if urgent else frozenset(),
    )


def _reasons(readings: tuple[Text, ...], evidence: list[Span]) -> list[Reason]:
    found: dict[tuple[str, Span], Reason] = {}
    for text in readings:
        for hit in _index().find(text):
            span = text.span(hit.first, hit.last)
            if not _counts(text, hit, span, evidence):
                continue
            points = hit.phrase.weight
            if hit.phrase.key == NOW:
                begins = text.words[hit.last].start
                reach = text.words[min(hit.last + REACH, len(text.words) - 1)].end
                # "đang" right before what the tip is about; a bare "vẫn" counts for nothing else.
                points += OF_THE_MATTER * any(begins <= other.start < reach for other in evidence)
            if points:
                found.setdefault((hit.phrase.key, span), Reason(hit.phrase.key, span, round(points, 2)))
    kept: list[Reason] = []
    for reason in sorted(found.values(), key=lambda r: (r.span.start - r.span.end, r.span.start, r.kind)):
        same = [other for other in kept if other.kind == reason.kind]
        apart = all(not _overlap(reason.span, other.span) for other in same)
        if apart and len(same) < COUNTED:
            kept.append(reason)
    return sorted(kept, key=lambda reason: (reason.span.start, reason.span.end, reason.kind))


def _counts(text: Text, hit: Hit, span: Span, evidence: list[Span]) -> bool:
    """Guessed single words never do; risky guesses only where tagging took them at their word."""
    if hit.thin:
        return False
    return not is_risky(text, hit) or any(_overlap(span, other) for other in evidence)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _services(readings: tuple[Text, ...], evidence: list[Span]) -> frozenset[str]:
    return frozenset(
        hit.phrase.key
        for text in readings
        for hit in _emergency_index().find(text)
        if _counts(text, hit, text.span(hit.first, hit.last), evidence)
    )
