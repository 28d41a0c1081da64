"""Vietnam's provinces and communes since 1 July 2025, and what the old units became.

Loaded when first asked for. Names are looked up folded and joined ("dakndrung"), so missing
diacritics, spaces, hyphens and apostrophes do not matter; whether diacritics that *are* written
agree is for the caller to ask (`Unit.agrees`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from hotline.rules.taxonomy import data
from hotline.rules.text import WORD, Word, canonical, fold

PROVINCE, DISTRICT, COMMUNE = "province", "district", "commune"
TYPES = ("Thành phố", "Thị trấn", "Thị xã", "Phường", "Huyện", "Quận", "Tỉnh", "Xã", "Đặc khu")
# Syllables of Ede, Jarai, M'nong, Bahnar and Tai names, which nobody spells with the same diacritics.
HIGHLAND = frozenset(["dak", "ea", "ia", "krong", "chu", "cu", "kon", "plei", "pleiku", "buon"])
LONGEST_NAME = 5
# Below this length one edit makes another name of its own.
MISSPELLABLE = 6


@dataclass(frozen=True, slots=True)
class Commune:
    """A current commune, ward or special zone; `code` is the General Statistics Office's."""

    code: str
    name: str
    province: str
    province_code: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A named unit, current or abolished, and the current communes it is or became."""

    level: str
    kind: str
    name: str
    words: tuple[str, ...]
    current: bool
    communes: tuple[Commune, ...]
    district: str
    provinces: tuple[str, ...]
    alias: bool = False

    @property
    def title(self) -> str:
        """Name as written in a sentence: "xã Na Ư"."""
        return f"{self.kind.lower()} {self.name}"

    def agrees(self, words: Sequence[Word]) -> bool:
        """Whether the diacritics of these words, as far as they are written, are this unit's."""
        if self.alias or not words or place_key(words[0].folded) in HIGHLAND:
            return True
        if len(words) != len(self.words):
            return all(word.bare for word in words)
        return all(word.accented == own or word.bare for word, own in zip(words, self.words, strict=True))


class Gazetteer:
    """All units by folded name."""

    def __init__(self) -> None:
        tables = data("gazetteer_vi")
        shorts = [short for _, _, short in tables["provinces"]]
        self.communes: tuple[Commune, ...] = tuple(
            Commune(code, name, shorts[province], tables["provinces"][province][0])
            for code, name, province in tables["communes"]
        )
        self.provinces: tuple[str, ...] = tuple(shorts)
        self._units: dict[str, list[Unit]] = defaultdict(list)
        in_province: dict[str, list[Commune]] = defaultdict(list)
        for commune in self.communes:
            in_province[commune.province].append(commune)
            self._add(COMMUNE, commune.name, True, (commune,), "", (commune.province,))
        for _, name, short in tables["provinces"]:
            self._add(PROVINCE, name, True, tuple(in_province[short]), "", (short,))
        old_provinces = [(name, shorts[province]) for name, province in tables["old_provinces"]]
        self._add_old(tables, old_provinces)
        self._keys_by_length: dict[int, list[str]] = defaultdict(list)
        for key, units in self._units.items():
            if any(unit.level == COMMUNE for unit in units):
                self._keys_by_length[len(key)].append(key)

    def named(self, key: str) -> tuple[Unit, ...]:
        """Units with this folded, joined name."""
        return tuple(self._units.get(key, ()))

    def within(self, provinces: Collection[str]) -> tuple[Unit, ...]:
        """Everything in these present provinces (short names), what was abolished included, once each."""
        units = {id(unit): unit for same in self._units.values() for unit in same if not unit.alias}
        return tuple(
            unit for unit in units.values() if any(commune.province in provinces for commune in unit.communes)
        )

    def misspelt(self, key: str) -> tuple[Unit, ...]:
        """Communes whose name is one edit away from this key."""
        if len(key) < MISSPELLABLE:
            return ()
        near = [name for size in (-1, 0, 1) for name in self._keys_by_length[len(key) + size]]
        found = process.extract(
            key, near, scorer=Levenshtein.distance, score_cutoff=1, limit=3, processor=None
        )
        # The first letter is rarely the wrong one, and a different one is a different place.
        return tuple(
            unit
            for name, _, _ in found
            if name[0] == key[0] and fuzz.ratio(name, key) > 80
            for unit in self._units[name]
            if unit.level == COMMUNE
        )

    def _add(
        self,
        level: str,
        full: str,
        current: bool,
        communes: tuple[Commune, ...],
        district: str,
        provinces: tuple[str, ...],
        aliases: Iterable[str] = (),
    ) -> None:
        kind, name = split_type(full)
        words = tuple(canonical(match.group()) for match in WORD.finditer(name))
        unit = Unit(level, kind, name, words, current, communes, district, provinces)
        keys = {place_key(*words), place_key(*(match.group() for match in WORD.finditer(name)))}
        for key in keys:
            self._units[key].append(unit)
        other = Unit(level, kind, name, words, current, communes, district, provinces, alias=True)
        for alias in aliases:
            if alias not in keys:
                self._units[alias].append(other)

    def _add_old(self, tables: dict[str, Any], old_provinces: list[tuple[str, str]]) -> None:
        heirs: dict[str, dict[Commune, None]] = defaultdict(dict)
        districts = []
        for full, province, found, aliases in tables["old_districts"]:
            old_province, new_province = old_provinces[province]
            communes = tuple(self.communes[position] for position in found)
            heirs[old_province].update(dict.fromkeys(communes))
            districts.append((split_type(full)[1], split_type(old_province)[1], new_province))
            self._add(DISTRICT, full, False, communes, "", districts[-1][1:], aliases)
        for full, new_province in old_provinces:
            name = split_type(full)[1]
            if name in self.provinces:
                continue
            self._add(PROVINCE, full, False, tuple(heirs[full]), "", (name, new_province))
        for full, position, found, aliases in tables["old_communes"]:
            district, old_province, new_province = districts[position]
            communes = tuple(self.communes[position] for position in found)
            if len(communes) == 1 and communes[0].name == full:
                # The commune still is what it was; only its old district is worth knowing.
                self._know_district(communes[0], district, (old_province, new_province))
                continue
            self._add(COMMUNE, full, False, communes, district, (old_province, new_province), aliases)

    def _know_district(self, commune: Commune, district: str, provinces: tuple[str, ...]) -> None:
        name = split_type(commune.name)[1]
        units = self._units[place_key(*(match.group() for match in WORD.finditer(name)))]
        for position, unit in enumerate(units):
            if unit.current and unit.communes == (commune,):
                units[position] = replace(unit, district=district, provinces=provinces)


def split_type(full: str) -> tuple[str, str]:
    """("Xã", "Na Ư") from "Xã Na Ư"."""
    kind = next(kind for kind in TYPES if full.startswith(kind + " "))
    return kind, full[len(kind) + 1 :]


def place_key(*words: str) -> str:
    """Folded and joined; Đắc, Đăk and Đắk are one."""
    joined = "".join(fold(word) for word in words)
    return "dak" + joined[3:] if joined.startswith("dac") else joined


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer, loaded on first use (about a quarter of a second)."""
    return Gazetteer()
