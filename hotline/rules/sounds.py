"""What a recogniser hears alike: syllables that differ only in an onset, an ending or a tone that accents merge.

North: tr/ch, s/x, d/gi/r, l/n. South: v/d/gi, final n/ng, t/c, hỏi/ngã. North Centre: hỏi/ngã/nặng.
Sources: the accents that speech models of Vietnamese are known to confuse (docs/domain.md, language).
"""

from functools import lru_cache

from hotline.rules.syllables import analyse

_ONSETS = {
    "tr": "ch", "x": "s", "gi": "z", "d": "z", "r": "z", "v": "z", "l": "n", "ngh": "ng", "gh": "g", "c": "k", "qu": "kw",
}  # fmt: skip
_ENDINGS = (("ch", "t"), ("c", "t"), ("nh", "n"), ("ng", "n"))
_TONES = {"\u0303": "\u0309"}


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """One key for all words that may be heard for each other; the word itself when it is no syllable."""
    parts = analyse(word)
    if parts is None:
        return word
    rime = parts.rime
    for ending, heard in _ENDINGS:
        if rime.endswith(ending) and len(rime) > len(ending):
            rime = rime[: -len(ending)] + heard
            break
    return _ONSETS.get(parts.onset, parts.onset) + rime + _TONES.get(parts.tone, parts.tone)
