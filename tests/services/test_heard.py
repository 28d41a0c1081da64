"""What a recogniser was not sure of counts for less when a call is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hotline.models.call import RecordingState
from hotline.rules import triage as rules
from hotline.services import recordings, triage
from tests.builders import NOW, create_recording

pytestmark = pytest.mark.usefixtures("world")


def test_a_call_is_read_with_how_sure_each_word_was(database):
    given: list[Any] = []

    def read(text: str, *, near: frozenset[str], word_confidence: Sequence[float] | None) -> rules.Triage:
        given.append(word_confidence)
        return rules.triage(text, near=near, word_confidence=word_confidence)

    heard = (("a", 0.99), ("lô", 0.4), ("chúng", 1.0), ("nó", 0.97), ("đánh", 0.3), ("bài", 0.6))
    draft = {
        "text": " ".join(word for word, _ in heard),
        "words": [{"word": word, "start": 0.0, "end": 0.1, "conf": sure} for word, sure in heard],
        "confidence": 0.7, "model": "test", "duration_s": 4.0, "speech_s": 2.0,
    }  # fmt: skip
    with database.begin() as session:
        recording = create_recording(session, state=RecordingState.TRANSCRIBING)
        recordings.transcribed(session, recording, draft, NOW)
        assert triage.run(session, recording.tip_id, NOW + timedelta(seconds=1), read)
    assert given == [[sure for _, sure in heard]]
