"""Word errors by kind, and how often words of each confidence were right."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.rules import alignment
from speech import evaluation
from speech.evaluation import Share, WordErrors, read_manifest, transcript_errors, word_errors
from speech.transcript import Segment, Transcript, Word
from speech.vosk_engine import VoskEngine

VOICEMAILS = Path(__file__).parent.parent / "data" / "voicemails" / "voicemails.json"


@pytest.mark.parametrize(
    ("reference", "heard", "found"),
    [
        ("một hai ba", "một hai ba", (3, 0, 0, 0)),
        ("Một, hai: BA!", "mo\u0323\u0302t hai ba", (3, 0, 0, 0)),
        ("một hai ba", "một hay ba", (2, 1, 0, 0)),
        ("một hai ba", "một ba", (2, 0, 1, 0)),
        ("một hai ba", "một hai hai ba", (3, 0, 0, 1)),
        ("một hai", "", (0, 0, 2, 0)),
        ("", "một hai", (0, 0, 0, 2)),
        ("", "", (0, 0, 0, 0)),
    ],
)
def test_errors_by_kind(reference: str, heard: str, found: tuple[int, ...]) -> None:
    errors = word_errors(reference, heard)
    assert (errors.hits, errors.substitutions, errors.deletions, errors.insertions) == found


def test_what_a_confidence_is_worth() -> None:
    words = [Word("một", 0, 1, 1.0), Word("hay", 1, 2, 0.3), Word("ba", 2, 3, 0.96), Word("bốn", 3, 4, 0.96)]
    errors = transcript_errors("một hai ba", Transcript("test", 4.0, (Segment(tuple(words)),)))
    assert errors.bands == {0.0: Share(0, 1), 0.95: Share(1, 2), 0.99: Share(1, 1)}
    total = errors + WordErrors(hits=200, bands={0.99: Share(190, 199)})
    assert total.to_dict()["bands"][-1] == {"from": 0.99, "right": 191, "of": 200, "pct": 95.5}
    assert total.to_dict()["bands"][0]["pct"] is None, "too few for a percentage"
    assert (total.words, total.errors) == (203, 2)


def test_the_bands_are_those_of_the_officers_corrections() -> None:
    assert evaluation.BANDS == alignment.BANDS


def test_the_twelve_voicemails(loaded_engine: VoskEngine) -> None:
    total = sum(
        (
            transcript_errors(one.text, loaded_engine.transcribe(one.file))
            for one in read_manifest(VOICEMAILS)
        ),
        WordErrors(),
    )
    assert total.words == 301 and total.rate < 0.06
    assert (
        sum(share.of for share in total.bands.values()) == total.hits + total.substitutions + total.insertions
    )
    assert sum(share.right for share in total.bands.values()) == total.hits
    sure, unsure = total.bands[0.99], total.bands[0.0]
    assert sure.right / sure.of > 0.97 > 0.8 > unsure.right / max(1, unsure.of)
