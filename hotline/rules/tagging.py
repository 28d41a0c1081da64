"""Which categories a message speaks of, with the words that say so: phrases of the rules, then the classifier."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from hotline.rules.classifier import NO_TIP_OTHER, Scores
from hotline.rules.phrases import Hit, Phrase, PhraseIndex
from hotline.rules.taxonomy import data
from hotline.rules.text import Span, Text, fold

# Points: a phrase of the taxonomy names the crime, a strong cue describes it, a weak one only fits it.
NAMED, STRONG, WEAK = 2.0, 1.6, 0.4
ONE_WORD = 0.7
# Single bare words a little apart ("chong ... danh") are a guess; one alone is none.
THIN = 0.4
# A phrase that is also ordinary words once folded needs a sign worth this much beside it.
SUPPORT = 1.4
# How much is left of a general category where a specific one explains the same words.
OUTRANKED = 0.6
# Fewer points than this is no evidence for a category: two weak cues, or one risky guess.
ENOUGH = 0.75
# A further category must reach this share of the first's confidence to be named beside it: lower shows the right one
# among two more often, higher keeps wrong ones away (docs/triage.md).
BESIDE = 0.25
MOST = 3
# How far back a "không" reaches, in words, unless a pause stands between.
NEGATION_REACH = 2
# Typed bare, "chua" is as often chứa as chưa, and "no" is nó: only this one cannot be mistaken.
_BARE_NEGATION = "khong"
UNREAL_REACH = 8
UNREAL_FACTOR = 0.25
NOTHING = "KHAC"
# In so few words the name of a crime is the whole message, and the rules are as often right as the classifier
# (cross-validated, of 134 training messages 0.87 and 0.87; from 10 to 16 words 0.63 against 0.79 of 815).
BRIEF = 9
# In still fewer, words that no phrase knows mean something only if the classifier is sure of it.
SCRAP, GUESS = 8, 0.85
# Never beside another: a question about procedure, and nothing in particular.
ALONE = frozenset({"HANH_CHINH", NOTHING})
# Nothing read from words is certain.
SUREST = 0.999


@dataclass(frozen=True, slots=True)
class Category:
    """A category with its confidence (0..1) and the words in the original that speak for it."""

    code: str
    score: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Points and evidence of every category a phrase speaks for; `denied` when all of them were denied."""

    points: Mapping[str, float]
    evidence: Mapping[str, tuple[Span, ...]]
    denied: bool

    def spans(self) -> list[Span]:
        """The evidence that is worth something."""
        return [
            span for code, total in self.points.items() if total >= ENOUGH for span in self.evidence[code]
        ]

    def plainly(self, words: int) -> str | None:
        """The category that a message of so few words names, if it does."""
        if words > BRIEF or not self.points:
            return None
        best = min(self.points, key=lambda code: (-self.points[code], code))
        return best if self.points[best] >= NAMED * ONE_WORD else None


class Evidence(NamedTuple):
    """A hit with the points left to it after negation and doubt."""

    hit: Hit
    points: float


_CUE_SETTINGS = frozenset({"note", "outranks", "fold_risky"})


@cache
def _risky_folds() -> frozenset[str]:
    """Folded spellings that are ordinary words as well ("an cap", "tu tu", "dang chay")."""
    listed = [phrase for entry in data("taxonomy_vi")["categories"] for phrase in entry["fold_risky"]]
    return frozenset(fold(phrase) for phrase in (*listed, *data("cues_vi")["fold_risky"]))


def is_risky(text: Text, hit: Hit) -> bool:
    """Whether the hit rests on guessed diacritics or sounds and may as well be something harmless."""
    words = " ".join(word.folded for word in text.words[hit.first : hit.last + 1])
    if hit.trust < 1:
        return True
    return hit.folded and (hit.phrase.fold_risky or words in _risky_folds())


@cache
def _category_index() -> PhraseIndex:
    phrases: dict[tuple[str, str], Phrase] = {}
    for entry in data("taxonomy_vi")["categories"]:
        risky = set(entry["fold_risky"])
        for pattern in entry["phrases"]:
            weight = NAMED if " " in pattern else NAMED * ONE_WORD
            phrases[entry["code"], pattern] = Phrase(pattern, entry["code"], weight, pattern in risky)
    for code, cues in data("cues_vi").items():
        if code in _CUE_SETTINGS:
            continue
        for strength, weight in (("strong", STRONG), ("weak", WEAK)):
            for pattern in cues[strength]:
                risky_word = " " not in pattern and pattern != fold(pattern)
                phrases.setdefault((code, pattern), Phrase(pattern, code, weight, risky_word))
    return PhraseIndex(phrases.values())


@cache
def _scope_index() -> PhraseIndex:
    cues = data("urgency_vi")
    return PhraseIndex(
        Phrase(pattern, kind) for kind in ("negation", "not_negation", "unreal") for pattern in cues[kind]
    )


def tag(weighed: Weighed, scores: Scores, words: int, plain: str | None) -> tuple[Category, ...]:
    """One to three categories, most important first; KHAC when what is spoken of is denied.

    `plain` is the category that few words name (`Weighed.plainly`), which then comes first.
    """
    if weighed.denied:
        return (Category(NOTHING, 0.0, ()),)
    shares: dict[str, float] = defaultdict(float)
    for label, share in scores.confidence().items():
        code = NOTHING if label == NO_TIP_OTHER else label
        shares[code] = max(shares[code], share)
    if plain is not None:
        shares[plain] = max(confidence(weighed.points[plain]), *shares.values())
    elif words <= SCRAP and not weighed.spans() and max(shares.values()) < GUESS:
        return (Category(NOTHING, 0.0, ()),)
    ranked = sorted(shares, key=lambda code: (-shares[code], code != plain, code))
    named = [code for code in ranked[:MOST] if shares[code] >= BESIDE * shares[ranked[0]]]
    if ranked[0] in ALONE:
        named = ranked[:1]
    return tuple(
        Category(code, round(min(shares[code], SUREST), 3), _evidence(code, weighed, scores))
        for code in named
        if code == ranked[0] or code not in ALONE
    )


def confidence(points: float) -> float:
    """Points to 0..1: one named crime gives 0.63, two give 0.86."""
    return 1 - math.exp(-points / 2)


def _evidence(code: str, weighed: Weighed, scores: Scores) -> tuple[Span, ...]:
    """The phrases the rules know, else the words that weighed most."""
    if weighed.points.get(code, 0) >= ENOUGH:
        return weighed.evidence[code]
    return scores.evidence(code)


def weigh(*readings: Text) -> Weighed:
    """What the phrases say; `readings` are the message as written and with its abbreviations written out."""
    found: dict[str, dict[Span, Evidence]] = defaultdict(dict)
    denied = False
    for text in readings:
        believed, silenced = _believed(text)
        denied = denied or silenced
        for item in believed:
            span = text.span(item.hit.first, item.hit.last)
            known = found[item.hit.phrase.key].get(span)
            if known is None or known.points < item.points:
                found[item.hit.phrase.key][span] = item
    points: dict[str, float] = {}
    evidence: dict[str, tuple[Span, ...]] = {}
    for code, spans in found.items():
        kept = _without_overlap(spans)
        total = _total(kept)
        if total > 0:
            points[code] = total
            evidence[code] = tuple(sorted(kept, key=lambda span: span.start))
    for specific, general in data("cues_vi")["outranks"].items():
        for code in general:
            if points.get(specific, 0) >= max(SUPPORT, OUTRANKED / 2 * points.get(code, 0)):
                points[code] = points.get(code, 0) * OUTRANKED
    return Weighed({code: total for code, total in points.items() if total}, evidence, denied and not points)


def _believed(text: Text) -> tuple[list[Evidence], bool]:
    """Hits with what is left of their points, and whether the name of a crime was denied."""
    hits = _category_index().find(text)
    scope = _scope_index().find(text)
    excused = {hit.first for hit in scope if hit.phrase.key == "not_negation"}
    negated = [
        hit.last
        for hit in scope
        if hit.phrase.key == "negation"
        and hit.first not in excused
        and not (hit.thin and text.words[hit.first].folded != _BARE_NEGATION)
    ]
    unreal = [hit.last for hit in scope if hit.phrase.key == "unreal"]
    believed = []
    silenced = False
    for hit in hits:
        points = hit.phrase.weight * hit.trust
        if any(_governs(text, cue, hit, NEGATION_REACH) for cue in negated):
            silenced = silenced or hit.phrase.weight == NAMED
            continue
        if any(_governs(text, cue, hit, UNREAL_REACH) for cue in unreal):
            points *= UNREAL_FACTOR
        if hit.thin:
            points *= THIN if hit.first < hit.last else 0
        if points:
            believed.append(Evidence(hit, points))
    return _second_signals(text, believed), silenced


def _governs(text: Text, cue: int, hit: Hit, reach: int) -> bool:
    return 0 < hit.first - cue <= reach and not any(
        word.pause for word in text.words[cue + 1 : hit.first + 1]
    )


def _second_signals(text: Text, items: list[Evidence]) -> list[Evidence]:
    """Drop risky guesses that nothing else in the message supports."""
    risky = [is_risky(text, item.hit) for item in items]
    sure = [item for item, doubt in zip(items, risky, strict=True) if not doubt and item.points >= SUPPORT]
    return [
        item
        for item, doubt in zip(items, risky, strict=True)
        if not doubt
        or any(
            other.hit.phrase.key == item.hit.phrase.key
            and (other.hit.last < item.hit.first or other.hit.first > item.hit.last)
            for other in sure
        )
    ]


def _without_overlap(spans: dict[Span, Evidence]) -> dict[Span, Evidence]:
    """The strongest, then longest, of spans that share words."""
    kept: dict[Span, Evidence] = {}
    for span in sorted(spans, key=lambda s: (-spans[s].points, s.start - s.end, s.start)):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept[span] = spans[span]
    return kept


def _total(kept: dict[Span, Evidence]) -> float:
    """Sum of points; the same phrase again adds a third, for repeating is not proving."""
    times: Counter[str] = Counter()
    total = 0.0
    for span, item in sorted(kept.items(), key=lambda pair: -pair[1].points):
        said = fold(span.text)
        total += item.points * 3.0 ** -times[said]
        times[said] += 1
    return total
