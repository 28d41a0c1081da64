"""A person's words beside the machine's: times, differences, and how often the machine was right."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.alignment import BANDS, band, bands, compare, timed


def machine(said: str, conf: float = 0.9) -> list[dict[str, Any]]:
    """Words of half a second, a gap of half a second between them."""
    return [{"word": w, "start": float(n), "end": n + 0.5, "conf": conf} for n, w in enumerate(said.split())]


@pytest.mark.parametrize(
    ("said", "person", "times"),
    [
        ("a lô tôi", "a lô tôi", [(0, 0.5), (1, 1.5), (2, 2.5)]),
        ("a lô tôi", "a lo tôi", [(0, 0.5), (1, 1.5), (2, 2.5)]),  # replaced
        ("một hai ba", "một ba", [(0, 0.5), (2, 2.5)]),  # deleted
        ("một ba", "một hai ba", [(0, 0.5), (0.5, 1.0), (1, 1.5)]),  # inserted: in the gap
        ("một ab ba", "một cc dd ba", [(0, 0.5), (1, 1.25), (1.25, 1.5), (2, 2.5)]),  # split
        ("một hai ba tư", "một haiba tư", [(0, 0.5), (1, 2.5), (3, 3.5)]),  # merged
        ("hai", "một hai", [(0, 0), (0, 0.5)]),
        ("một", "một hai", [(0, 0.5), (0.5, 0.55)]),
        ("", "a b", [(0, 0.025), (0.025, 0.05)]),
        ("a b", "", []),
    ],
)
def test_when_a_persons_words_were_said(said: str, person: str, times: list[tuple[float, float]]) -> None:
    found = timed(machine(said), person.split())
    assert [word["word"] for word in found] == person.split()
    assert [(word["start"], word["end"]) for word in found] == [pytest.approx(pair) for pair in times]


def test_signs_capitals_and_spelling_variants_are_no_change() -> None:
    assert [part.same for part in compare(["xã", "hòa", "bình"], ["Xã", "Hoà", "Bình,"])] == [True]


def test_a_speaker_stays_with_the_word() -> None:
    words = [word | {"channel": 1} for word in machine("a lô")]
    assert [word["channel"] for word in timed(words, ["a", "lô", "nghe"])] == [1, 1, 1]


def test_how_often_words_of_a_band_were_right() -> None:
    words = machine("một hai ba tư năm sáu", 0.96)
    words[1]["conf"], words[5]["conf"] = 0.3, 1.0
    assert bands(words, ["một", "hay", "ba", "tư", "năm"]) == [
        {"from": 0.0, "right": 0, "of": 1},
        {"from": 0.95, "right": 4, "of": 4},
        {"from": 0.99, "right": 0, "of": 1},
    ]
    # Of words that figures stand for nothing is known.
    assert bands(machine("số không chín không"), ["số", "090"]) == [{"from": 0.9, "right": 1, "of": 1}]


@pytest.mark.parametrize(
    ("confidence", "edge"), [(-0.1, 0.0), (0, 0.0), (0.5, 0.5), (0.9499, 0.9), (1.0, 0.99)]
)
def test_bands(confidence: float, edge: float) -> None:
    assert band(confidence) == edge


WORDS = st.lists(st.sampled_from(["a", "lô", "tôi", "ở", "thôn", "ba", "xã", "12", ","]), max_size=25)


@given(WORDS, WORDS)
def test_nothing_is_lost_and_time_goes_forward(said: list[str], person: list[str]) -> None:
    heard = machine(" ".join(said))
    parts = compare(said, person)
    assert [at for part in parts for at in part.machine] == list(range(len(said)))
    assert [at for part in parts for at in part.person] == list(range(len(person)))
    words = timed(heard, person)
    assert [word["word"] for word in words] == person
    edges = [edge for word in words for edge in (word["start"], word["end"])]
    assert all(before <= after + 0.002 for before, after in itertools.pairwise(edges))
    counted = bands(heard, person)
    assert all(one["from"] in BANDS and one["right"] <= one["of"] for one in counted)
