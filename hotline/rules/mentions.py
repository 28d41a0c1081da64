"""Names of places in a message, before they are put together to addresses.

A name counts after its kind ("xã", "p.", "thôn"), after a word of place ("ở", "chợ"), beside another
place, or written with capitals; names that are also ordinary words need one of the first two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.rules.gazetteer import (
    COMMUNE,
    DISTRICT,
    HIGHLAND,
    LONGEST_NAME,
    PROVINCE,
    Unit,
    gazetteer,
    place_key,
)
from hotline.rules.placewords import (
    BUSINESS,
    DIGITS,
    ENDS,
    FOLDED_NUMBERS,
    FULL_KINDS,
    HAMLETS,
    KINDS,
    LANDMARK,
    LETTERS,
    NUMBERED_WARD,
    NUMBERS,
    SHORT,
    TITLES,
    VILLAGE,
    WORDS_OF_PLACE,
    Phrases,
)
from hotline.rules.text import Text, Word

DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `first` to `last` name a place; `prefixed` when its kind was said, `kind` which ("phường")."""

    first: int
    last: int
    level: str
    units: tuple[Unit, ...]
    prefixed: bool
    kind: str = ""


def mentions(text: Text, near: frozenset[str]) -> list[Mention]:
    """All place names of a message in reading order, not overlapping."""
    return _Reader(text, near).read()


class _Reader:
    def __init__(self, text: Text, near: frozenset[str]) -> None:
        self.text = text
        self.words = text.words
        self.near = near
        self.gazetteer = gazetteer()
        written = [self._written(index) for index in range(len(self.words))]
        self.capital = [word[:1].isupper() for word in written]
        # Capitals mean something only to those who use both sizes.
        letters = [word for word in written if word.isalpha() and len(word) > 1]
        self.cased = sum(word[0].isupper() and word[1:].islower() for word in letters) >= 2 or (
            sum(self.capital) == 1 and not self.capital[0]
        )

    def read(self) -> list[Mention]:
        found: list[Mention] = []
        position = 0
        while position < len(self.words):
            mention = (
                self._after_kind(position)
                or self._numbered_ward(position)
                or self._alone(position, found[-1] if found else None)
                or self._after_landmark(position)
            )
            if mention is None:
                position += 1
            else:
                found.append(mention)
                position = mention.last + 1
        return found

    # -- the four ways a place is named

    def _after_kind(self, at: int) -> Mention | None:
        for level, kinds in KINDS.items():
            length = self._starts_with(at, kinds)
            if not length:
                continue
            name = at + length
            if length == 1 and self.words[at].folded in LETTERS and not self._abbreviates(at):
                continue
            cooperative = at > 0 and self.words[at].folded == "xa" and self.words[at - 1].folded == "tac"
            if cooperative or not self._follows(at, name):
                continue
            best = self._longest(name, level)
            if best is not None:
                kind = FULL_KINDS.get(self.words[at].folded, "")
                return Mention(at, best[0], level, best[1], prefixed=True, kind=kind)
            if level == COMMUNE:
                last = self._free_name(name, certain=self.words[at].folded not in LETTERS)
                if last is not None:
                    return Mention(at, last, COMMUNE, (), prefixed=True)
        return None

    def _numbered_ward(self, at: int) -> Mention | None:
        match = NUMBERED_WARD.match(self.words[at].folded)
        if match is None:
            return None
        level = DISTRICT if match[0][0] == "q" else COMMUNE
        units = self._of_level(self.gazetteer.named(match[1]), level)
        return Mention(at, at, level, units, prefixed=True) if units else None

    def _after_landmark(self, at: int) -> Mention | None:
        for table in (VILLAGE, LANDMARK, BUSINESS):
            length = self._starts_with(at, table)
            if length and self._follows(at, at + length):
                break
        else:
            return None
        name = at + length
        if table is LANDMARK:
            best = self._longest(name, None)
            if best is not None and best[0] > name and (not self.cased or self.capital[name]):
                return Mention(at, best[0], best[1][0].level, best[1], prefixed=False)
        neighbour = at > 0 and self.words[at - 1].folded in {"hang", "ca", "trong", "nha"}
        if neighbour and self.words[at].folded in {"xom", "to", "pho", "lang"}:
            return None
        numbered = table is VILLAGE or self.words[name].folded.isdigit()
        last = self._number(name) if numbered and table is not BUSINESS else None
        if last is None:
            certain = table is VILLAGE and (self.words[at].folded in HAMLETS or self._kind_follows(name))
            last = self._free_name(name, certain=certain)
        return None if last is None else Mention(at, last, DETAIL, (), prefixed=True)

    def _alone(self, at: int, before: Mention | None) -> Mention | None:
        highland = self.words[at].folded in HIGHLAND
        best = self._longest(at, None) or (self._misspelt(at) if highland else None)
        if best is None:
            return None
        last, units = best
        mention = Mention(at, last, units[0].level, units, prefixed=False)
        after_place = before is not None and 0 < at - before.last <= 2 and not self.words[at].stop
        led = at > 0 and not self.words[at].stop and self._ends_with(at, WORDS_OF_PLACE)
        titled = at > 0 and not self.words[at].pause and self.words[at - 1].folded in TITLES
        capitals = self.cased and all(
            self.capital[index] or self.words[index].folded.isdigit() for index in range(at, last + 1)
        )
        long_enough = last > at or units[0].level == PROVINCE or (capitals and len(self.words[at].folded) > 3)
        if not long_enough or (titled and not after_place):
            return None
        if self.cased:
            return mention if capitals else None
        ordinary = all(self.words[index].folded in ENDS for index in range(at, last + 1))
        credible = (after_place or led or (highland and last > at)) and not ordinary
        return mention if credible else None

    # -- names

    def _longest(self, first: int, level: str | None) -> tuple[int, tuple[Unit, ...]] | None:
        """Last word and units of the longest known name that starts here."""
        for size in range(LONGEST_NAME, 0, -1):
            # "xã Đức Min" is a misspelt Đức Minh before it is a place called Đức.
            misspelt = self._misspelt(first) if size == 1 and level == COMMUNE else None
            if misspelt is not None:
                return misspelt
            last = first + size - 1
            if not self._joined(first, last):
                continue
            words = self.words[first : last + 1]
            units = tuple(
                unit for unit in self._named(words) if unit.agrees(words) and not (unit.alias and size == 1)
            )
            if level is not None:
                units = self._of_level(units, level)
            if size == 1 and level is None and not any(unit.level == PROVINCE for unit in units):
                units = tuple(unit for unit in units if unit.level == COMMUNE and unit.current)
            if units:
                return last, _by_level(units)
        return None

    def _misspelt(self, first: int) -> tuple[int, tuple[Unit, ...]] | None:
        for size in (3, 2):
            last = first + size - 1
            if self._joined(first, last):
                words = self.words[first : last + 1]
                if self.cased and not all(self.capital[first : last + 1]):
                    continue
                units = self.gazetteer.misspelt(place_key(*(word.folded for word in words)))
                if units:
                    return last, units
        return None

    def _named(self, words: Sequence[Word]) -> tuple[Unit, ...]:
        raw = place_key(*(self.text.original[word.start : word.end] for word in words))
        return self.gazetteer.named(raw) or self.gazetteer.named(place_key(*(w.folded for w in words)))

    def _of_level(self, units: tuple[Unit, ...], level: str) -> tuple[Unit, ...]:
        """Units of this level; a town may have been a commune or a district ("tp", "thị xã")."""
        if level == DISTRICT:
            return tuple(u for u in units if u.level == DISTRICT or (u.level == PROVINCE and u.current))
        return tuple(unit for unit in units if unit.level == level)

    def _free_name(self, first: int, *, certain: bool) -> int | None:
        """Last word of a name nobody knows: capitals where used, else two words at most."""
        last = None
        for index in range(first, min(first + 3, len(self.words))):
            word = self.words[index]
            if word.pause and index > first:
                break
            if last is not None and self._is_wider(index):
                break
            if self.cased:
                if last is not None and word.folded.isdigit():
                    return index
                if not self.capital[index]:
                    break
            elif not certain or index > first + 1 or word.folded in ENDS or self._opens(index):
                break
            last = index
        return last

    def _number(self, first: int) -> int | None:
        last = None
        for index in range(first, min(first + 3, len(self.words))):
            word = self.words[index]
            if index > first and word.pause:
                break
            if index == first and word.folded == "so":
                continue
            if DIGITS.match(word.folded):
                return index
            if word.accented not in NUMBERS and not (word.bare and word.folded in FOLDED_NUMBERS):
                break
            last = index
        return last

    # -- small questions

    def _written(self, index: int) -> str:
        word = self.words[index]
        return self.text.original[word.start : word.end]

    def _follows(self, at: int, name: int) -> bool:
        """Whether a name may start here: no pause before it, but for the dot of "x. Đức Minh"."""
        if name >= len(self.words):
            return False
        return not self.words[name].pause or (name == at + 1 and self.words[at].folded in SHORT)

    def _is_wider(self, index: int) -> bool:
        """Whether a known district or province starts here: "kcn Đồng Văn | Hà Nam"."""
        best = self._longest(index, DISTRICT) or self._longest(index, PROVINCE)
        return best is not None and best[0] > index

    def _joined(self, first: int, last: int | None = None) -> bool:
        """Whether these words exist and nothing pauses inside them."""
        last = first if last is None else last
        return last < len(self.words) and not any(word.pause for word in self.words[first + 1 : last + 1])

    def _starts_with(self, at: int, table: Phrases) -> int:
        for size in (3, 2, 1):
            words = self.words[at : at + size]
            entry = table.get(tuple(word.folded for word in words))
            if entry is None or not self._joined(at, at + len(words) - 1):
                continue
            if all(word.accented == own or word.bare for word, own in zip(words, entry, strict=True)):
                return len(words)
        return 0

    def _ends_with(self, before: int, table: Phrases) -> bool:
        return any(self._starts_with(before - size, table) == size for size in (2, 1) if before - size >= 0)

    def _abbreviates(self, at: int) -> bool:
        """Whether a single letter is a kind: "x. Đức Minh", "p5", "p Đông Thọ"."""
        following = self.words[at].end
        dotted = self.text.original[following : following + 1] == "."
        return dotted or (
            at + 1 < len(self.words) and (self.capital[at + 1] or self.words[at + 1].folded.isdigit())
        )

    def _opens(self, index: int) -> bool:
        return any(
            self._starts_with(index, table) for table in (*KINDS.values(), VILLAGE, LANDMARK, WORDS_OF_PLACE)
        )

    def _kind_follows(self, first: int) -> bool:
        return any(
            self._starts_with(index, table) and self._joined(first, index)
            for index in range(first + 1, min(first + 4, len(self.words)))
            for table in KINDS.values()
        )


def _by_level(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Finest first, but a name that is a province's is the province: "làm mướn ở Bình Dương"."""
    provinces = tuple(unit for unit in units if unit.level == PROVINCE)
    order = {COMMUNE: 0, DISTRICT: 1}
    return provinces or tuple(sorted(units, key=lambda unit: (order[unit.level], not unit.current)))
