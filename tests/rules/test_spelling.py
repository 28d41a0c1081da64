import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotline.rules.syllables import ONSETS, RIMES, TONES, analyse, from_telex, is_folded
from hotline.rules.text import parse


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("đường", ("đ", "ương", "\u0300")),
        ("nghiêng", ("ngh", "iêng", "")),
        ("gì", ("gi", "i", "\u0300")),
        ("giếng", ("gi", "êng", "\u0301")),
        ("quỵt", ("qu", "yt", "\u0323")),
        ("oan", ("", "oan", "")),
        ("facebook", None),
        ("đg", None),
        ("bàt", None),  # a stopped rime has no grave
    ],
)
def test_a_syllable_has_parts(word: str, parts: tuple[str, str, str] | None) -> None:
    assert analyse(word) == parts


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("dduwowngf", "đường"),
        ("dduwfowng", "đường"),
        ("duowngf", "dường"),
        ("khoong", "không"),
        ("ddi", "đi"),
        ("giaays", "giấy"),
        ("bar", "bả"),
        ("toi", None),
        ("facebook", None),
        ("đi", None),
    ],
)
def test_telex_keys(keys: str, word: str | None) -> None:
    assert from_telex(keys) == word


_TELEX = {"\u0302": "{0}{0}", "\u0306": "{0}w", "\u031b": "{0}w"}


@given(
    st.sampled_from(sorted(ONSETS)),
    st.sampled_from(sorted(RIMES - {"ooc", "oong"})),
    st.sampled_from(sorted(TONES)),
)
def test_whatever_is_typed_by_telex_is_read_back(onset: str, rime: str, tone: str) -> None:
    """Any syllable, its tone typed last, unless its keys are a word of their own."""
    assume(analyse(onset + rime) == (onset, rime, ""))
    keys = ""
    for char in unicodedata.normalize("NFD", (onset + rime).replace("đ", "dd")):
        keys = keys[:-1] + _TELEX[char].format(keys[-1]) if char in _TELEX else keys + char
    keys += TONES[tone]
    assume(analyse(onset + rime + tone) is not None and not is_folded(keys))
    read = from_telex(keys)
    assert read is not None
    assert analyse(read) == (onset, rime, tone)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thang do dangdanh nhau o congtruong", "thang do dang danh nhau o cong truong"),
        ("đườnglộ bị đàosâu", "đường lộ bị đào sâu"),
        ("toinaonha ong Tu cung danhbai", "toi nao nha ong tu cung danh bai"),
        ("tooi sowj quas ddi", "tôi sợ quá đi"),
        ("c0ng an oi, k0 thay", "cong an oi ko thay"),
        ("cứuuuuu tôiiii vớiiii, chay nhaaaa", "cứu tôi với chay nha"),
        ("karaoke, taxi, bar, gas, facebook", "karaoke taxi bar gas facebook"),
        ("xe 51D1 cho 5tr luc t7, b1", "xe 51d1 cho 5tr luc t7 b1"),
    ],
)
def test_words_as_they_were_meant(text: str, words: str) -> None:
    assert [word.accented for word in parse(text).words] == words.split()


@given(st.text(alphabet="abcdeghiklmnopqrstuvxyđàáảãạêôơư 01349.,", max_size=60))
def test_every_word_is_a_slice_in_order(text: str) -> None:
    end = 0
    for word in parse(text).words:
        assert end <= word.start < word.end <= len(text)
        end = word.end
