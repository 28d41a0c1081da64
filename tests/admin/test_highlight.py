"""Marked text loses and adds nothing, whatever the marks are."""

from dataclasses import fields
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from admin.highlight import pieces, spoken, written
from hotline.queries.tags import PLACE, TAG, URGENT, Mark
from hotline.queries.tip_views import RecordingView
from hotline.rules.readable import readable

MARKS = st.lists(
    st.builds(Mark, st.integers(-5, 60), st.integers(-5, 60), st.sampled_from([URGENT, TAG, PLACE])),
    max_size=6,
)


@given(st.text(max_size=50), MARKS)
def test_the_pieces_are_the_text(text: str, marks: list[Mark]) -> None:
    cut = pieces(text, marks)
    assert "".join(piece.text for piece in cut) == text
    offset = 0
    for piece in cut:
        touching = {m.kind for m in marks if m.start < offset + len(piece.text) and offset < m.end}
        assert (piece.kind in touching) if touching else piece.kind == ""
        if URGENT in touching:
            assert piece.kind == URGENT
        offset += len(piece.text)


def test_a_transcript_is_cut_into_runs_of_one_mark() -> None:
    texts = ["cháy", "rồi", "ở", "xã", "Đức", "Lập"]
    words = tuple({"word": w, "start": n, "end": n + 1, "conf": 0.5 + n / 10} for n, w in enumerate(texts))
    marks = (Mark(0, 8, URGENT), Mark(0, 4, TAG), Mark(11, 21, PLACE))
    told = dict.fromkeys(field.name for field in fields(RecordingView))
    recording = RecordingView(**told | {"words": words, "marks": marks})  # type: ignore[arg-type]
    runs = [
        (kind, [word.text for word in run], [word.sureness for word in run])
        for kind, run in spoken(recording)
    ]
    assert runs == [
        (URGENT, ["cháy", "rồi"], ["low", "middling"]),
        ("", ["ở"], ["middling"]),
        (PLACE, ["xã", "Đức", "Lập"], ["middling", "sure", "sure"]),
    ]


def test_a_written_token_is_as_sure_as_its_least_sure_word_and_marked_as_any() -> None:
    texts = ["có", "hai", "mươi", "ba", "người"]
    words = [
        {"word": w, "start": float(n), "end": n + 0.9, "conf": 0.9 - n * 0.15} for n, w in enumerate(texts)
    ]
    told = dict.fromkeys(field.name for field in fields(RecordingView))
    wording = SimpleNamespace(tokens=readable(words))
    recording = RecordingView(
        **told | {"words": tuple(words), "marks": (Mark(7, 11, TAG),), "wording": wording}  # type: ignore[arg-type]
    )
    runs = [
        (kind, [(word.text, word.start, word.end, word.sureness) for word in run])
        for kind, run in written(recording)
    ]
    assert runs == [
        ("", [("Có", 0.0, 0.9, "sure")]),
        (TAG, [("23", 1.0, 3.9, "low")]),
        ("", [("người.", 4.0, 4.9, "low")]),
    ]
