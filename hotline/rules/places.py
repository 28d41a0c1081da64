"""Where: the places a message names, with every current commune each may mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hotline.rules.gazetteer import COMMUNE, DISTRICT, PROVINCE, Commune, Unit
from hotline.rules.mentions import DETAIL, Mention, mentions
from hotline.rules.text import Text, parse

# Words that may stand between the parts of one address: "xã Thái Hòa ở Lập Thạch".
_LINKS = frozenset({"o", "thuoc", "cua", "ngay", "gan", "trong", "doan"})


@dataclass(frozen=True, slots=True)
class Place:
    """A place as written, and the communes it may be, the likeliest first.

    `level` is "commune", "district", "province" or "detail" (a hamlet, street or landmark that no
    gazetteer knows). `old_unit` is the abolished unit that was named; `province` a short name.
    """

    mention: str
    start: int
    end: int
    candidates: tuple[Commune, ...]
    old_unit: str | None
    level: str
    province: str | None


def find_places(text: str | Text, *, near: frozenset[str] = frozenset()) -> tuple[Place, ...]:
    """Places in reading order; communes whose code is in `near` come first among candidates."""
    parsed = parse(text) if isinstance(text, str) else text
    found = mentions(parsed, near)
    around = [unit for mention in found for unit in mention.units if unit.level != COMMUNE]
    return tuple(_place(parsed, chain, around, near) for chain in _chains(parsed, found))


def _chains(text: Text, found: Sequence[Mention]) -> Iterator[list[Mention]]:
    """Mentions that make up one address."""
    if not found:
        return
    chain = [found[0]]
    for before, after in pairwise(found):
        between = text.words[before.last + 1 : after.first]
        linked = all(word.folded in _LINKS for word in between) and len(between) <= 1
        apart = any(word.stop for word in text.words[before.last + 1 : after.first + 1])
        second_commune = (
            after.level == COMMUNE
            and after.prefixed
            and any(part.level == COMMUNE and part.prefixed for part in chain)
        )
        if linked and not apart and not second_commune:
            chain.append(after)
        else:
            yield chain
            chain = [after]
    yield chain


def _place(text: Text, chain: list[Mention], around: list[Unit], near: frozenset[str]) -> Place:
    span = text.span(chain[0].first, chain[-1].last)
    named = [mention for mention in chain if mention.units]
    if not named:
        return Place(span.text, span.start, span.end, (), None, DETAIL, None)
    main = min(named, key=lambda mention: (_RANK[mention.level], not mention.prefixed))
    others = [mention for mention in named if mention is not main]
    within = [_bounds(mention) for mention in others if mention.level != COMMUNE or not mention.prefixed]
    units = _agreeing(main.units, within)
    nearby = [unit for unit in around if unit not in main.units]
    ranked = sorted(
        ((unit, commune) for unit in units for commune in unit.communes),
        key=lambda pair: (
            pair[1].code not in near,
            not any(_lies_in(pair[0], unit) for unit in nearby),
            main.kind != "" and pair[0].kind != main.kind,
            not pair[0].current,
            pair[0].alias,
        ),
    )
    level = main.level
    provinces = tuple(dict.fromkeys(commune.province for _, commune in ranked))
    candidates = () if level == PROVINCE else tuple(dict.fromkeys(commune for _, commune in ranked))
    return Place(
        span.text,
        span.start,
        span.end,
        candidates,
        _old_unit(ranked[0][0], others),
        level,
        provinces[0] if len(provinces) == 1 or candidates[:1] else None,
    )


_RANK = {COMMUNE: 0, DISTRICT: 1, PROVINCE: 2, DETAIL: 3}


def _bounds(mention: Mention) -> list[Unit]:
    """What a further name of an address can bound: "Gò Quao" is the old district, not the commune."""
    wider = [unit for unit in mention.units if unit.level != COMMUNE]
    return wider or list(mention.units)


def _agreeing(units: Sequence[Unit], within: list[list[Unit]]) -> list[Unit]:
    """Units inside every bound that leaves any."""
    left = list(units)
    for bound in within:
        left = [unit for unit in left if any(_lies_in(unit, outer) for outer in bound)] or left
    return left


def _lies_in(unit: Unit, outer: Unit) -> bool:
    """By name where the old hierarchy tells, else by the ground they share."""
    if outer.level == PROVINCE:
        return outer.name in unit.provinces or (
            len(unit.provinces) < 2 and not set(unit.communes).isdisjoint(outer.communes)
        )
    if unit.district and outer.level == DISTRICT:
        return unit.district == outer.name and outer.provinces[0] == unit.provinces[0]
    return not set(unit.communes).isdisjoint(outer.communes)


def _old_unit(unit: Unit, others: list[Mention]) -> str | None:
    """The abolished unit the sender used: the place itself, else the district or province around it."""
    if not unit.current:
        return unit.title
    for mention in others:
        bound = _bounds(mention)[0]
        if not any(outer.current for outer in mention.units if outer.level == bound.level):
            return bound.title
    return None
