"""One reading of a message: what, how urgent, where, who, and whether it is a tip at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hotline.rules.entities import Entities, Entity, find_entities
from hotline.rules.phrases import Phrase, PhraseIndex
from hotline.rules.places import Place, find_places
from hotline.rules.tagging import NOTHING, Category, tag
from hotline.rules.taxonomy import abbreviations, data
from hotline.rules.text import Span, Text, expand, parse
from hotline.rules.urgency import Reason, judge

# Recorded with every result, so that a count can tell which rules it was made by.
VERSION = "rules-1"
ADMINISTRATIVE = "HANH_CHINH"
# A message about nothing we know is still a tip unless it is as short as a greeting: losing one costs more.
SHORT = 5
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
            "version": VERSION,
        }


def triage(
    text: str,
    *,
    near: frozenset[str] = frozenset(),
    word_confidence: Sequence[float] | None = None,
) -> Triage:
    """Read a message or transcript.

    `near` are codes of the communes the unit covers, which come first among candidates.
    `word_confidence` (0..1, one for each word of a transcript) leaves words the recogniser guessed
    out of the evidence; it is ignored when the number of words differs.
    """
    written = parse(text)
    heard = _sure(written, word_confidence)
    expanded = expand(heard, abbreviations())
    readings = (heard,) if expanded == heard else (heard, expanded)
    categories = tag(*readings)
    is_tip = _is_tip(categories, readings)
    if not is_tip and categories[0].code != ADMINISTRATIVE:
        categories = (Category(NOTHING, 0.0, ()),)
    urgency = judge(categories, is_tip, *readings)
    entities = find_entities(written)
    return Triage(
        categories=categories,
        urgent=urgency.urgent,
        urgent_evidence=urgency.reasons if urgency.urgent else (),
        emergency=urgency.emergency,
        is_tip=is_tip,
        places=find_places(written, near=near),
        entities=entities,
        secrecy_requested=any(
            hit.phrase.key == _SECRECY for text in readings for hit in _asides().find(text)
        ),
    )


_SECRECY = "secrecy"


@cache
def _asides() -> PhraseIndex:
    """Requests for secrecy, and what marks a message that is no tip."""
    cues = data("urgency_vi")
    phrases = [Phrase(pattern, _SECRECY) for pattern in cues[_SECRECY]]
    phrases += [Phrase(pattern, _SECRECY) for pattern in data("taxonomy_vi")["secrecy_request"]]
    phrases += [Phrase(pattern, kind) for kind, patterns in cues["not_a_tip"].items() for pattern in patterns]
    return PhraseIndex(phrases)


def _sure(text: Text, confidence: Sequence[float] | None) -> Text:
    """Without the words a recogniser merely guessed; a pause stays where they were."""
    if confidence is None or len(confidence) != len(text.words):
        return text
    kept = tuple(word for word, sure in zip(text.words, confidence, strict=True) if sure >= UNSURE)
    return Text(text.original, kept)


def _is_tip(categories: tuple[Category, ...], readings: tuple[Text, ...]) -> bool:
    """False for questions about procedure, adverts, greetings, tests and wrong numbers."""
    first = categories[0]
    if first.code == ADMINISTRATIVE:
        return False
    signs = {hit.phrase.key for text in readings for hit in _asides().find(text)} - {_SECRECY}
    if first.code == NOTHING and not first.evidence:
        return not signs and len(readings[0].words) >= SHORT
    adverts = {hit.first for text in readings for hit in _asides().find(text) if hit.phrase.key == "advert"}
    return len(adverts) < 2


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
