"""One reading of a message: what, how urgent, where, who, and whether it is a tip at all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hotline.rules import classifier
from hotline.rules.classifier import NO_TIP_OTHER, NOT_A_TIP, URGENT, Scores
from hotline.rules.entities import Entities, Entity, find_entities
from hotline.rules.features import signs
from hotline.rules.phrases import Phrase, PhraseIndex
from hotline.rules.places import Place, find_places
from hotline.rules.tagging import NOTHING, SUREST, Category, Weighed, tag, weigh
from hotline.rules.taxonomy import abbreviations, data
from hotline.rules.text import Span, Text, expand, parse
from hotline.rules.urgency import Reason, cry, reasons, services

RULES = "rules-2"
ADMINISTRATIVE = "HANH_CHINH"
# The kind of reason when no sign of the rules says why, only the words the classifier weighed.
WORDING = "wording"
# That a message is no tip is believed only where its words leave that much room for it (0..1).
IDLE = 0.3
# Words of a transcript the recogniser was less sure of than this are not taken for evidence of urgency.
UNSURE = 0.35


@dataclass(frozen=True, slots=True)
class Triage:
    """What the rules make of a message; every Span is a slice of it.

    `emergency` holds those of "113", "114", "115" the sender should be told to call at once.
    """

    categories: tuple[Category, ...]
    urgent: bool
    urgent_evidence: tuple[Reason, ...]
    emergency: frozenset[str]
    is_tip: bool
    places: tuple[Place, ...]
    entities: Entities
    secrecy_requested: bool

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `python -m hotline triage`, without the id."""
        return {
            "categories": [
                {"code": c.code, "score": c.score, "evidence": [_span(span) for span in c.evidence]}
                for c in self.categories
            ],
            "urgent": self.urgent,
            "urgent_evidence": [{**_span(r.span), "reason": r.kind} for r in self.urgent_evidence],
            "emergency": sorted(self.emergency),
            "is_tip": self.is_tip,
            "places": [_place(place) for place in self.places],
            "entities": {
                "plates": _values(self.entities.plates),
                "phones": _values(self.entities.phones),
                "money_vnd": _values(self.entities.money_vnd),
                "times": _values(self.entities.times),
            },
            "secrecy_requested": self.secrecy_requested,
            "version": version(),
        }


def triage(
    text: str,
    *,
    near: frozenset[str] = frozenset(),
    word_confidence: Sequence[float] | None = None,
) -> Triage:
    """Read a message or transcript.

    `near` are codes of the communes the unit covers, which come first among candidates.
    `word_confidence` (0..1, one for each word of a transcript, 1 for typed ones) leaves words the recogniser
    guessed out of the evidence, and lets doubtful ones stand for words that sound alike; it is ignored when the
    number of words differs.
    """
    written = parse(text)
    heard = _sure(written, word_confidence)
    readings = _readings(heard)
    evidence = read(*readings)
    categories, is_tip = _what(evidence)
    cried = cry(evidence.reasons, len(heard.words))
    is_tip = is_tip or cried
    # An address sent after the tip sounds urgent to the classifier, because urgent tips give one; it says nothing.
    says = categories[0].code != NOTHING or any(reason.points > 0 for reason in evidence.reasons)
    urgent = is_tip and (cried or (says and evidence.scores.by_label[URGENT] > 0))
    spans = [span for found in categories for span in found.evidence]
    entities = find_entities(written)
    return Triage(
        categories=categories,
        urgent=urgent,
        urgent_evidence=_why_urgent(evidence) if urgent else (),
        emergency=services(readings, spans) if urgent else frozenset(),
        is_tip=is_tip,
        places=find_places(written, near=near),
        entities=entities,
        secrecy_requested=any(
            hit.phrase.key == _SECRECY for text in readings for hit in _asides().find(text)
        ),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is known before deciding; training reads messages by it as well."""

    weighed: Weighed
    reasons: tuple[Reason, ...]
    signs: dict[str, float]
    text: Text
    scores: Scores


def version() -> str:
    """Recorded with every result, so that a count can tell what it was made by: rules and model."""
    return f"{RULES}+{classifier.fingerprint()}"


def prepare(text: str) -> tuple[Text, ...]:
    """The message as written and, where it has abbreviations, with them written out."""
    return _readings(parse(text))


def _readings(written: Text) -> tuple[Text, ...]:
    expanded = expand(written, abbreviations())
    return (written,) if expanded == written else (written, expanded)


def look(*readings: Text) -> tuple[Weighed, tuple[Reason, ...], dict[str, float]]:
    """What the rules find: categories, signs of urgency, and both as numbers for the classifier."""
    weighed = weigh(*readings)
    why = reasons(readings, weighed.spans())
    by_kind: dict[str, float] = defaultdict(float)
    for reason in why:
        by_kind[reason.kind] += reason.points
    asides = {hit.phrase.key for text in readings for hit in _asides().find(text)} - {_SECRECY}
    return weighed, why, signs(weighed.points, by_kind, sorted(asides), len(readings[0].words))


def read(*readings: Text) -> Reading:
    """What rules and classifier make of a message."""
    weighed, why, numbers = look(*readings)
    return Reading(weighed, why, numbers, readings[-1], classifier.score(readings[-1], numbers))


def _what(found: Reading) -> tuple[tuple[Category, ...], bool]:
    """Categories, and False for questions about procedure, adverts, greetings, tests and wrong numbers."""
    words = len(found.text.words)
    plain = None if _ADVERT in found.signs else found.weighed.plainly(words)
    categories = tag(found.weighed, found.scores, words, plain)
    shares = found.scores.confidence()
    idle = shares[ADMINISTRATIVE] + shares[NO_TIP_OTHER]
    is_tip = found.scores.by_label[NOT_A_TIP] <= 0 or idle < IDLE or plain not in (None, ADMINISTRATIVE)
    code = categories[0].code
    if code == ADMINISTRATIVE:
        return categories, False
    if not is_tip and code != NOTHING:
        asked = shares[ADMINISTRATIVE] > shares[NO_TIP_OTHER]
        code, share = (ADMINISTRATIVE, shares[ADMINISTRATIVE]) if asked else (NOTHING, shares[NO_TIP_OTHER])
        return (Category(code, round(min(share, SUREST), 3), ()),), False
    return categories, is_tip


def _why_urgent(found: Reading) -> tuple[Reason, ...]:
    known = tuple(reason for reason in found.reasons if reason.points > 0)
    return known or tuple(Reason(WORDING, span, 0.0) for span in found.scores.evidence(URGENT))


_SECRECY = "secrecy"
_ADVERT = "aside advert"


@cache
def _asides() -> PhraseIndex:
    """Requests for secrecy, and what marks a message that is no tip."""
    cues = data("urgency_vi")
    phrases = [Phrase(pattern, _SECRECY) for pattern in cues[_SECRECY]]
    phrases += [Phrase(pattern, _SECRECY) for pattern in data("taxonomy_vi")["secrecy_request"]]
    phrases += [Phrase(pattern, kind) for kind, patterns in cues["not_a_tip"].items() for pattern in patterns]
    return PhraseIndex(phrases)


def _sure(text: Text, confidence: Sequence[float] | None) -> Text:
    """Without the words a recogniser merely guessed, and with how sure it was of the others."""
    if confidence is None or len(confidence) != len(text.words):
        return text
    pairs = zip(text.words, confidence, strict=True)
    return Text(
        text.original, tuple(replace(word, confidence=sure) for word, sure in pairs if sure >= UNSURE)
    )


def _span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.text}


def _values(entities: tuple[Entity, ...]) -> list[str | int]:
    return [entity.value for entity in entities]


def _place(place: Place) -> dict[str, Any]:
    return {
        "mention": place.mention,
        "start": place.start,
        "end": place.end,
        "level": place.level,
        "province": place.province,
        "candidates": [
            {"commune": commune.name, "commune_code": commune.code, "province": commune.province}
            for commune in place.candidates
        ],
        "old_unit": place.old_unit,
    }
