"""The same message as others would have typed it or a recogniser would have heard it.

Every function takes a message and a seeded random source, so that training is repeatable.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from hotline.rules.taxonomy import abbreviations
from hotline.rules.text import fold

Variant = Callable[[str, Random], str]
WORD = re.compile(r"[^\W\d_]+")

# Teencode that people type without thinking; the rest comes from the abbreviations of the taxonomy.
_LETTERS = (
    ("ph", "f"),
    ("qu", "w"),
    ("ng", "g"),
    ("nh", "h"),
    ("ch", "k"),
    ("gi", "j"),
    ("ô", "o"),
    ("ơi", "ui"),
)
# What a recogniser trained on other accents confuses: onsets of North, Centre and South, rimes, tones.
_ONSETS = (
    ("tr", "ch"),
    ("ch", "tr"),
    ("s", "x"),
    ("x", "s"),
    ("gi", "d"),
    ("r", "d"),
    ("d", "gi"),
    ("v", "d"),
    ("l", "n"),
    ("n", "l"),
)
_ENDINGS = (("t", "c"), ("c", "t"), ("n", "ng"), ("ng", "n"), ("ch", "t"), ("nh", "n"))
_TONES = ("\u0309", "\u0303")  # hỏi, ngã
_TELEX_TONES = MappingProxyType({"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"})
_TELEX_SHAPES = MappingProxyType({"\u0302": "{0}{0}", "\u0306": "{0}w", "\u031b": "{0}w"})
_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def unaccented(text: str, _: Random) -> str:
    """No diacritics at all, letter case kept as typed on an old phone."""
    return fold(text)


def half_accented(text: str, random: Random) -> str:
    """Diacritics left out of every other word or so."""
    return WORD.sub(lambda word: fold(word[0]) if random.random() < 0.5 else word[0], text)


def teencode(text: str, random: Random) -> str:
    """Abbreviations and shortened endings, lower case."""
    short = _shortened()

    def replace(match: re.Match[str]) -> str:
        word = match[0]
        if word in short and random.random() < 0.7:
            return short[word]
        if random.random() < 0.25:
            for long, brief in _LETTERS:
                if long in word and len(word) > len(long):
                    return word.replace(long, brief, 1)
        return word

    return WORD.sub(replace, text.lower())


def _shortened() -> Mapping[str, str]:
    return {meaning: short for short, meaning in abbreviations().items() if " " not in meaning}


def stuck_together(text: str, random: Random) -> str:
    """A space in eight missing."""
    return re.sub(r"(?<=\w) (?=\w)", lambda _: "" if random.random() < 0.12 else " ", text)


def stretched(text: str, random: Random) -> str:
    """Last letters held down: "lắmmm"."""
    return WORD.sub(lambda word: word[0] + word[0][-1] * 2 if random.random() < 0.1 else word[0], text)


def telex(text: str, random: Random) -> str:
    """Words typed as if the input method were off: "dduwowngf"."""
    return WORD.sub(lambda word: _keys(word[0]) if random.random() < 0.2 else word[0], text)


def _keys(word: str) -> str:
    keys: list[str] = []
    tone = ""
    for char in unicodedata.normalize("NFD", word.replace("đ", "dd").replace("Đ", "Dd")):
        if char in _TELEX_TONES:
            tone = _TELEX_TONES[char]
        elif char in _TELEX_SHAPES and keys:
            keys.append(_TELEX_SHAPES[char].format(keys.pop()))
        else:
            keys.append(char)
    return "".join(keys) + tone


def heard(text: str, random: Random) -> str:
    """As a recogniser writes it: lower case, no punctuation, digits said, some syllables confused."""
    words = re.sub(r"[^\w\s]", " ", re.sub(r"\d", lambda d: f" {_DIGITS[int(d[0])]} ", text)).lower().split()
    return " ".join(_misheard(word, random) if random.random() < 0.08 else word for word in words)


def _misheard(word: str, random: Random) -> str:
    kind = random.randrange(3)
    if kind == 0:
        for onset, other in _ONSETS:
            if word.startswith(onset) and len(word) > len(onset):
                return other + word[len(onset) :]
    elif kind == 1:
        for ending, other in _ENDINGS:
            if word.endswith(ending) and len(word) > len(ending) + 1:
                return word[: -len(ending)] + other
    hook, tilde = _TONES
    apart = unicodedata.normalize("NFD", word)
    swapped = apart.replace(hook, "\0").replace(tilde, hook).replace("\0", tilde)
    return unicodedata.normalize("NFC", swapped)


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "unaccented": unaccented,
        "half accented": half_accented,
        "teencode": teencode,
        "stuck together": stuck_together,
        "stretched": stretched,
        "telex": telex,
        "heard": heard,
    }
)
