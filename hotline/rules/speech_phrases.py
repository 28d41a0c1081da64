"""Phrases that callers of a unit will say, for a speech model to expect: names of places, and slang."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hotline.rules.gazetteer import Unit, gazetteer
from hotline.rules.taxonomy import data

_LINK = " - "  # "Phường Lâm Viên - Đà Lạt": people say one half or the other


def place_phrases(communes: Collection[str]) -> list[str]:
    """Names around a unit that answers for communes (codes), as said: alone and with their kind.

    All of the provinces that they lie in, with the districts and communes before July 2025, which people go on naming;
    the unit's own also after "ở", so that they come first where names sound alike.
    """
    provinces = {commune.province for commune in gazetteer().communes if commune.code in communes}
    found: dict[str, None] = {}
    for unit in gazetteer().within(provinces):
        own = any(commune.code in communes for commune in unit.communes)
        for name in _said(unit):
            found[name] = None
            if own:
                found[f"ở {name}"] = None
    return list(found)


def slang() -> list[str]:
    """What crimes are called, as the taxonomy has it; its spellings without diacritics are typed, not said."""
    phrases = (phrase for category in data("taxonomy_vi")["categories"] for phrase in category["phrases"])
    return list(dict.fromkeys(phrase for phrase in phrases if not phrase.isascii()))


def _said(unit: Unit) -> Iterator[str]:
    for half, name in enumerate(unit.name.split(_LINK)):
        if half == 0:
            yield f"{unit.kind.lower()} {name}"
        if not name.isdigit():  # a ward's number alone is no name
            yield name
