"""What the agreement of two tips is worth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.rules.similarity import Marks, Shared, compare, joined, marks, words_alike
from hotline.rules.text import Span

OWN = marks("lửa cháy kho vải thôn 7 xe 49C 12345", (), ["49C12345"], ["0900000045"])
WORDS = frozenset(OWN.words)
SOME = frozenset({"f:lua", "f:chay"})
HOUR = timedelta(hours=1)


def shared(**what: object) -> Shared:
    usual = {
        "marks": frozenset(), "size": 2 * len(OWN.words), "first_category": True, "any_category": True,
        "categorised": True, "doubtful": False, "commune": False, "other_commune": False, "sender": False,
        "apart": timedelta(hours=20),
    }  # fmt: skip
    return Shared(**(usual | what))


@pytest.mark.parametrize(
    ("what", "suggested", "reasons"),
    [
        pytest.param({"marks": WORDS}, True, {"category", "words"}, id="the same words"),
        pytest.param({}, False, {"category"}, id="the same kind only"),
        pytest.param({"commune": True, "apart": HOUR}, False, {"place", "category"}, id="kind, commune and hour"),
        pytest.param({"marks": SOME, "commune": True, "apart": HOUR}, True, None, id="and some words"),
        pytest.param({"marks": SOME, "other_commune": True, "apart": HOUR}, False, None, id="elsewhere"),
        pytest.param({"marks": SOME | {"k:thon"}, "commune": True, "apart": HOUR}, False, None,
                     id="another village of the commune"),
        pytest.param({"marks": SOME | {"k:thon", "p:thon 7"}, "commune": True, "apart": HOUR}, True, None,
                     id="the same village"),
        pytest.param({"marks": frozenset({"e:plate 49C12345", "k:plate"})}, True, {"plate", "category"},
                     id="the same plate"),
        pytest.param({"marks": SOME | {"k:plate"}, "commune": True, "apart": HOUR}, False, None,
                     id="another plate"),
        pytest.param({"marks": frozenset({"e:phone 0900000045"})}, True, {"phone", "category"}, id="telephone"),
        pytest.param({"marks": SOME, "first_category": False, "any_category": False, "commune": True,
                      "apart": HOUR}, False, None, id="another kind"),
        pytest.param({"marks": WORDS, "doubtful": True}, False, None, id="perhaps no tip"),
        pytest.param({"marks": WORDS | OWN.entities, "doubtful": True}, True, None, id="no tip, but its number"),
        pytest.param({"sender": True, "apart": HOUR, "commune": True}, False, None, id="the same sender only"),
        pytest.param({"sender": True, "marks": SOME | {"f:kho"}, "commune": True}, True, None,
                     id="the sender and more words"),
    ],
)  # fmt: skip
def test_what_is_suggested_and_why(what, suggested, reasons):
    found = compare(OWN, shared(**what))
    assert found.suggested is suggested, found
    assert reasons is None or set(found.reasons) == reasons


@pytest.mark.parametrize(
    ("text", "spots", "kinds"),
    [
        ("trộm ở thôn 3 xã Đức Lập", {"p:thon 3"}, {"k:thon"}),
        ("trom o thon ba duc lap", {"p:thon 3"}, {"k:thon"}),
        ("nhà em kp9 La Gi", {"p:khu pho 9"}, {"k:khu pho"}),
        ("khu phố 9 La Gi", {"p:khu pho 9"}, {"k:khu pho"}),
        ("gần chợ Kim Phát cũ", {"p:cho kim phat"}, set()),
        ("gan cho kim phat", {"p:cho kim phat"}, set()),
        ("cho em hỏi", set(), set()),
        ("cho em hoi", set(), set()),
        ("", set(), set()),
    ],
)
def test_spots(text, spots, kinds):
    found = marks(text, (), (), ())
    assert (found.spots, found.kinds) == (spots, kinds)


def test_rare_words_weigh_more_and_names_of_places_do_not_count_twice():
    text = "có cháy ở xã Đức Lập"
    found = marks(text, [Span(10, 20, text[10:20])], (), ())
    assert set(found.words) == {"f:co", "f:chay", "f:o"}
    assert found.words["f:chay"] > found.words["f:co"] > 0


def test_alike_is_from_nothing_to_one():
    assert words_alike(OWN, shared()) == 0
    assert words_alike(OWN, shared(marks=WORDS)) > 0.8
    assert words_alike(OWN, shared(marks=WORDS, size=1)) == 1
    assert words_alike(OWN, shared(marks=WORDS, size=1000)) < 0.3
    nothing: Marks = joined([])
    assert words_alike(nothing, shared(size=0)) == 0
