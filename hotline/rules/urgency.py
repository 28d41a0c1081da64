"""Signs that something is happening now or someone is in danger now, and which service to call."""

from dataclasses import dataclass
from functools import cache

from hotline.rules.phrases import Hit, Phrase, PhraseIndex
from hotline.rules.tagging import is_risky
from hotline.rules.taxonomy import data
from hotline.rules.text import Span, Text

# Points from which a short message is urgent whatever the classifier says: all 8 such messages it was
# tried on were. Nobody takes the time to write more than TERSE words while a robbery is going on.
URGENT, TERSE = 2.0, 16
# "đang" within so many words of what the tip is about is worth that much more.
REACH, OF_THE_MATTER = 3, 0.8
NOW = "happening_now"
# A third sign of the same kind tells no more than two.
COUNTED = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign of urgency: which kind, where, and its points (below zero lowers)."""

    kind: str
    span: Span
    points: float


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


def reasons(readings: tuple[Text, ...], evidence: list[Span]) -> tuple[Reason, ...]:
    """Signs for and against urgency; `evidence` are the spans that say what the message is about."""
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
    return tuple(sorted(kept, key=lambda reason: (reason.span.start, reason.span.end, reason.kind)))


def cry(found: tuple[Reason, ...], words: int) -> bool:
    """Whether so few words hold enough signs of urgency, and none against it, to need no further reading."""
    return (
        words <= TERSE
        and sum(reason.points for reason in found) >= URGENT
        and all(reason.points > 0 for reason in found)
    )


def _counts(text: Text, hit: Hit, span: Span, evidence: list[Span]) -> bool:
    """Guessed single words never do; risky guesses only where tagging took them at their word."""
    if hit.thin:
        return False
    return not is_risky(text, hit) or any(_overlap(span, other) for other in evidence)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def services(readings: tuple[Text, ...], evidence: list[Span]) -> frozenset[str]:
    """Those of "113", "114", "115" that an urgent message calls for."""
    return frozenset(
        hit.phrase.key
        for text in readings
        for hit in _emergency_index().find(text)
        if _counts(text, hit, text.span(hit.first, hit.last), evidence)
    )
