"""Adaptation text: files with a phrase or a sentence a line, in the words that the model knows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from speech.errors import SpeechError

# A province's names and its officers' corrections of years are some megabytes; more is the wrong file.
MAX_BYTES = 50 << 20

_WORD = re.compile(r"\w+", re.UNICODE)
_TONES = "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}"
_DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


@dataclass(frozen=True, slots=True)
class Text:
    """Phrases as word numbers of the model, and how often each word was met that the model does not know.

    A phrase ends where a line does or an unknown word stands. `lines` counts the lines that hold any known word.
    """

    phrases: tuple[tuple[int, ...], ...]
    unknown: Counter[str]
    lines: int


def read_lines(files: Iterable[Path]) -> list[str]:
    """The lines that are not empty; raises SpeechError "bad-text" for a file that is no text, or when there are none."""
    lines: list[str] = []
    names = []
    for file in files:
        names.append(str(file))
        try:
            size = file.stat().st_size
            if size > MAX_BYTES:
                raise _bad(file, f"has {size / 1e6:,.0f} MB; give phrases and sentences, at most 50 MB")
            text = file.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise _bad(file, f"cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise _bad(file, f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
        if "\0" in text:
            raise _bad(file, "is not text (it has zero bytes)")
        lines += [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise SpeechError("bad-text", f"there are no lines in {', '.join(names)}; write a phrase a line")
    return lines


def in_words(lines: Iterable[str], numbers: Mapping[str, int]) -> Text:
    """Split lines into the model's words; `numbers` are its words with their numbers.

    Raises SpeechError "bad-text" when the model knows none of the words.
    """
    phrases: list[tuple[int, ...]] = []
    unknown: Counter[str] = Counter()
    used = 0
    for line in lines:
        phrase: list[int] = []
        before = len(phrases)
        for word in _words(line):
            number = numbers.get(word) or numbers.get(_other_spelling(word))
            if number:
                phrase.append(number)
                continue
            unknown[word] += 1
            if phrase:
                phrases.append(tuple(phrase))
                phrase = []
        if phrase:
            phrases.append(tuple(phrase))
        used += len(phrases) > before
    if not phrases:
        some = ", ".join(list(unknown)[:5]) or "there are none"
        raise SpeechError("bad-text", f"the model knows none of the words ({some}): is this Vietnamese text?")
    return Text(tuple(phrases), unknown, used)


def _words(line: str) -> Iterable[str]:
    for word in _WORD.findall(unicodedata.normalize("NFC", line).casefold()):
        if word.isascii() and word.isdigit() and len(word) <= 3:
            yield from _spoken(int(word))
        else:
            yield word


def _spoken(number: int) -> list[str]:
    """A number below a thousand as it is said."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_DIGITS[hundreds], "trăm"] if hundreds else []
    if tens == 0:
        if hundreds and ones:
            return [*words, "linh", _DIGITS[ones]]
        return [*words, _DIGITS[ones]] if ones or not hundreds else words
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 5:
        return [*words, "lăm"]
    if ones == 1 and tens > 1:
        return [*words, "mốt"]
    return [*words, _DIGITS[ones]] if ones else words


def _other_spelling(word: str) -> str:
    """The same syllable with its tone on the other vowel: hoà for hòa."""
    parts = unicodedata.normalize("NFD", word)
    tone = next((mark for mark in parts if mark in _TONES), "")
    bare = parts.replace(tone, "") if tone else parts
    if not tone or not re.search("(o[ae]|uy)$", bare):
        return word
    late = parts.endswith(tone)
    moved = bare[:-1] + tone + bare[-1] if late else bare + tone
    return unicodedata.normalize("NFC", moved)


def _bad(file: Path, why: str) -> SpeechError:
    return SpeechError("bad-text", f"{file} {why}")
