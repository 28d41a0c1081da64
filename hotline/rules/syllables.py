"""What a Vietnamese syllable is: onset, rime and tone, after the orthography taught in schools.

Everything here works on one lower-case word. The tables hold every onset and rime in use; a word outside
them is foreign, shortened, mistyped, or several words run together.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

ONSETS = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr",
    "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu "
    "i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot "
    "ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyp uyu "
    "ư ưa ưc ưi ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu yt ynh ych"
)
RIMES = frozenset(_RIMES.split())
TONES = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
# Rare rimes that the keys of common ones look like ("khoong"), and the words that do have them.
_KEYED_LIKE = frozenset({"oong", "ooc"})
_LOANS = frozenset({"xoong", "boong", "goong", "mooc", "xooc"})
_STOPPED = ("c", "ch", "p", "t")
_SHAPES = {"aa": "â", "aw": "ă", "ee": "ê", "oo": "ô", "ow": "ơ", "uw": "ư", "dd": "đ"}
_KEY_TONES = {key: tone for tone, key in TONES.items()}


class Syllable(NamedTuple):
    """Onset and rime with the vowel's quality, the tone as a combining mark or ""."""

    onset: str
    rime: str
    tone: str


@lru_cache(maxsize=32768)
def analyse(word: str) -> Syllable | None:
    """The parts of a syllable written with its diacritics; None when it is no Vietnamese one."""
    tone, letters = "", []
    for char in unicodedata.normalize("NFC", word):
        apart = unicodedata.normalize("NFD", char)
        marks = [mark for mark in apart if mark in TONES]
        tone = marks[0] if marks else tone
        letters.append(unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES)))
    plain = "".join(letters)
    for onset in ONSETS:
        if not plain.startswith(onset):
            continue
        rime = plain[len(onset) :]
        if onset == "gi" and rime not in RIMES:
            rime = "i" + rime  # "gì", "giếng"
        if rime in RIMES and not (rime.endswith(_STOPPED) and tone not in ("", "\u0301", "\u0323")):
            return Syllable(onset, rime, tone)
    return None


@lru_cache(maxsize=1)
def _folded() -> frozenset[str]:
    rimes = {_bare(rime) for rime in RIMES if rime not in _KEYED_LIKE}
    found = {onset.replace("đ", "d") + rime for onset in ONSETS for rime in rimes}
    return frozenset(found | {"g" + rime for rime in rimes if rime.startswith("i")} | _LOANS)


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))


def is_folded(word: str) -> bool:
    """Whether a word without diacritics can be a syllable: "duong", not "dduwowngf"."""
    return word in _folded()


@lru_cache(maxsize=8192)
def from_telex(word: str) -> str | None:
    """What keys of the Telex method would have made ("dduwowngf" -> "đường"); None when nothing sensible.

    Only for words that are no syllable as they stand.
    """
    if not word.isascii() or not word.isalpha() or is_folded(word):
        return None
    if plain := _shaped(word):
        return plain
    # The tone is typed last, or right after its vowel.
    for at in range(len(word) - 1, 0, -1):
        if word[at] in _KEY_TONES and (plain := _shaped(word[:at] + word[at + 1 :])):
            return _with_tone(plain, _KEY_TONES[word[at]])
    return None


def _shaped(keys: str) -> str | None:
    """Letters made of doubled and w-shaped keys, where they make a syllable."""
    made, at = "", 0
    while at < len(keys):
        pair = keys[at : at + 2]
        shape = _SHAPES.get(pair)
        made, at = (made + shape, at + 2) if shape else (made + keys[at], at + 1)
    # One w shapes both letters of "uo": "duowng"; but "quowis" is quới.
    return next((word for word in (made.replace("uơ", "ươ"), made) if analyse(word)), None)


def _with_tone(plain: str, tone: str) -> str | None:
    """The tone on the vowel that carries it in the new spelling (on the last but one unless a consonant ends it)."""
    if not tone:
        return plain
    parts = analyse(plain)
    if parts is None or (parts.rime.endswith(_STOPPED) and tone not in ("\u0301", "\u0323")):
        return None
    # In "gìn" the i belongs to both onset and rime.
    first = len(plain) - len(parts.rime)
    vowels = [at for at, letter in enumerate(plain) if at >= first and _bare(letter) in "aeiouy"]
    shaped = [at for at in vowels if plain[at] in "âăêôơư"]
    if shaped:
        at = shaped[-1]
    elif len(vowels) == 1 or plain[-1] not in "aeiouy":
        at = vowels[-1]
    else:
        at = vowels[-2]
    return unicodedata.normalize("NFC", plain[: at + 1] + tone + plain[at + 1 :])
