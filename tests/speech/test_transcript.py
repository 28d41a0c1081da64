"""Words keep their order and times through every form."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.transcript import PAUSE_S, Segment, Transcript, Word, at_pauses

LAN = Word("cháu", 0.5, 0.8, 1.0)
TEN = Word("tên", 0.8, 1.05, 0.5)
HELP = Word("cứu", 3601.5, 3602.0, 0.9)
CALL = Transcript("tiny", 3603.0, (Segment((LAN, TEN)), Segment((HELP,))))

milliseconds = st.integers(0, 10**7).map(lambda n: n / 1000)
words = st.builds(
    Word,
    st.text("aáàbđêghưy", min_size=1),
    milliseconds,
    milliseconds,
    st.integers(0, 10**4).map(lambda n: n / 10**4),
)
segments = st.builds(Segment, st.lists(words, min_size=1, max_size=25).map(tuple))
transcripts = st.builds(Transcript, st.just("tiny"), milliseconds, st.lists(segments, max_size=4).map(tuple))


@given(transcripts, st.sampled_from([None, 0, 1]), st.sampled_from([None, "speech", "tones"]))
def test_json_keeps_everything(transcript: Transcript, channel: int | None, sound: str | None) -> None:
    spoken = [[replace(word, channel=channel) for word in segment.words] for segment in transcript.segments]
    segments = tuple(Segment(tuple(words)) for words in spoken)
    transcript = replace(transcript, segments=segments, sound=sound)
    assert Transcript.from_dict(json.loads(json.dumps(transcript.to_dict()))) == transcript


@given(transcripts)
def test_every_form_has_the_same_words(transcript: Transcript) -> None:
    cues = [block.split("\n", 2)[2] for block in transcript.to_srt().split("\n\n") if block]
    expected = [word.word for word in transcript.words]
    assert transcript.text.split() == transcript.to_text().split() == " ".join(cues).split() == expected


def test_the_forms_of_a_call() -> None:
    assert CALL.to_text() == "cháu tên\ncứu\n"
    assert CALL.to_srt() == (
        "1\n00:00:00,500 --> 00:00:01,050\ncháu tên\n\n2\n01:00:01,500 --> 01:00:02,000\ncứu\n"
    )
    assert CALL.to_dict() == {
        "model": "tiny",
        "fingerprint": None,
        "duration_s": 3603.0,
        "text": "cháu tên cứu",
        "confidence": 0.8,
        "words": [
            {"word": "cháu", "start": 0.5, "end": 0.8, "conf": 1.0},
            {"word": "tên", "start": 0.8, "end": 1.05, "conf": 0.5},
            {"word": "cứu", "start": 3601.5, "end": 3602.0, "conf": 0.9},
        ],
        "speech_s": 1.05,
        "sound": None,
        "segments": [
            {"start": 0.5, "end": 1.05, "text": "cháu tên", "words": 2},
            {"start": 3601.5, "end": 3602.0, "text": "cứu", "words": 1},
        ],
    }


def test_nobody_spoke() -> None:
    empty = Transcript("tiny", 2.0, ())
    assert (empty.text, empty.confidence, empty.speech_s, empty.to_srt(), empty.to_text()) == (
        "",
        None,
        0,
        "",
        "",
    )


@pytest.mark.parametrize("counts", [[], [1], [2, 2], [3, 0]])
def test_segments_that_do_not_add_up_are_refused(counts: list[int]) -> None:
    data = CALL.to_dict() | {"segments": [{"words": count} for count in counts]}
    with pytest.raises(ValueError, match="do not add up"):
        Transcript.from_dict(data)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 0.5))))
def test_segments_part_at_every_pause_and_nowhere_else(spoken: list[tuple[float, float]]) -> None:
    words, now = [], 0.0
    for pause, length in spoken:
        words.append(Word("a", now + pause, now + pause + length, 1.0))
        now = words[-1].end
    parts = list(at_pauses(words))
    assert [word for part in parts for word in part.words] == words
    assert all(after.start - before.end > PAUSE_S for before, after in pairwise(parts))
    inside = [pair for part in parts for pair in pairwise(part.words)]
    assert all(after.start - before.end <= PAUSE_S for before, after in inside)
