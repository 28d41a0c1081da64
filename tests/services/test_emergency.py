"""Whom to ring at once: read in time or not at all."""

from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from hotline.services import emergency

FIRE = "cháy nhà ở chợ Bến Cát, cứu với"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (FIRE, ("114",)),
        ("chay nha o cho Ben Cat, cuu voi", ("114",)),
        ("xe máy đụng ô tô, người nằm bất tỉnh máu chảy nhiều", ("115",)),
        ("có người đuối nước, cứu với", ("114", "115")),
        ("năm ngoái nhà ông Ba bị cháy", ()),
        ("Nhà bà Tư tối nào cũng đánh bạc", ()),
        ("làm căn cước cần giấy tờ gì", ()),
        ("", ()),
        ("\x00🚨", ()),
    ],
)
def test_which_numbers(text, numbers):
    assert emergency.numbers_to_call(text) == numbers


def test_only_as_much_is_read_as_a_text_can_hold():
    lengths = []

    def read(text):
        lengths.append(len(text))
        raise RuntimeError(text)

    assert emergency.numbers_to_call("a" * 100_000, read=read) == ()
    assert lengths == [emergency.READ_MAX]


def test_a_failure_is_named_without_a_word_of_the_text():
    def read(text):
        raise KeyError(text)

    with capture_logs() as logged:
        assert emergency.numbers_to_call(FIRE, read=read) == ()
    assert [entry["error"] for entry in logged] == ["KeyError"]
    assert "cháy" not in str(logged)


def test_nobody_waits_for_a_reader_that_does_not_end():
    hangs = threading.Event()
    with capture_logs() as logged:
        assert emergency.numbers_to_call(FIRE, read=lambda _text: hangs.wait(), within_s=0.01) == ()
    assert [entry["error"] for entry in logged] == ["Timeout"]
    hangs.set()
