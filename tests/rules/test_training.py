import json
import zlib
from collections import Counter
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest

from hotline.rules import classifier
from hotline.rules.classifier import NO_TIP_OTHER, NOT_A_TIP, URGENT
from hotline.rules.taxonomy import categories
from hotline.rules.text import fold
from hotline.rules.triage import look, prepare, read
from training.fit import fit, pack
from training.messages import FOLDER, Message, load, repeats
from training.train import variants
from training.variants import VARIANTS, teencode, telex
from training.vectors import see

DATA = Path(__file__).parents[1] / "data"
MEASURED_ON = ("labelled_dev.json", "sample_messages_vi.json")


def test_no_message_repeats_one_that_is_measured_on_or_another() -> None:
    texts = [message.text for message in load()]
    measured = [
        message["text"]
        for name in MEASURED_ON
        for message in json.loads((DATA / name).read_text(encoding="utf-8"))
    ]
    held_out = (FOLDER.parent / "heldout.jsonl").read_text(encoding="utf-8").splitlines()
    measured += [json.loads(line)["text"] for line in held_out]
    assert list(repeats(texts, measured)) == []
    assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_a_near_copy_is_found() -> None:
    text = "Tối nào nhà ông Ba cũng kêu con nít tới chơi bài rồi lấy tiền"
    copy = "toi nao nha ong Ba cung keu con nit toi choi bai roi lay tien cua tui nho"
    assert list(repeats([copy], ["Cháy nhà ở chợ, cứu với", text])) == [(copy, text)]


def test_every_category_is_learned_from_many_messages() -> None:
    count = Counter(message.categories[0] for message in load())
    assert {info.code for info in categories()} == {code for code, times in count.items() if times >= 80}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{bad", r"x\.jsonl:1: no labelled message"),
        ('{"text": "a", "categories": ["NO"], "urgent": false, "is_tip": true}', r"x\.jsonl:1: unknown cat"),
        ('{"text": "a", "categories": [], "urgent": false, "is_tip": true}', r"x\.jsonl:1: unknown cat"),
        ('{"text": "a", "urgent": false, "is_tip": true}', r"x\.jsonl:1: no labelled message"),
    ],
)
def test_a_badly_labelled_message_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match=problem):
        load([path])


@pytest.mark.parametrize(
    ("make", "text", "written"),
    [
        (VARIANTS["unaccented"], "Đường vắng, tối thui", "duong vang, toi thui"),
        (VARIANTS["heard"], "Xe 61, tới!", "xe sáu một tới"),
        (teencode, "không được", "kh dk"),
        (telex, "đường", "dduwowngf"),
    ],
)
def test_variants_are_what_people_type(make, text: str, written: str) -> None:
    """Chance decides where; over many tries the expected form is among them."""
    assert written in {make(text, Random(seed)) for seed in range(60)}


def test_variants_are_repeatable() -> None:
    message = Message("Đang cháy nhà ở chợ Bến Cát, tới ngay", ("CHAY_NO",), True, True, "accented")
    assert variants(message) == variants(message)


def test_the_model_answers_what_it_was_trained_to() -> None:
    """A small model, through its file and the scorer that runs: the same margins as in training."""
    messages = [m for m in load() if m.label in {"CHAY_NO", "TROM_CAP", "HANH_CHINH", NO_TIP_OTHER}][:240]
    groups = [[see(message.text)] for message in messages]
    linear = fit(messages, groups)
    content = pack(linear, {URGENT: 0.25}, 3.0)
    assert content == pack(fit(messages, groups), {URGENT: 0.25}, 3.0)
    small = classifier.load(content)
    assert small.labels[-2:] == (URGENT, NOT_A_TIP)
    expected = linear.margins([group[0] for group in groups])
    for message, margins in zip(messages[:40], expected, strict=False):
        readings = prepare(message.text)
        _, _, signs = look(*readings)
        got = classifier.score(readings[-1], signs, small).by_label
        assert got[URGENT] == pytest.approx(margins[-2] - 0.25, abs=0.2)
        for label, margin in zip(linear.labels[:-2], margins, strict=False):
            assert got[label] == pytest.approx(margin, abs=0.05)


def test_a_damaged_model_is_refused() -> None:
    whole = zlib.decompress(files("hotline").joinpath("data", classifier.MODEL).read_bytes())
    with pytest.raises(ValueError, match="damaged"):
        classifier.load(zlib.compress(whole[:-1]))


def test_words_that_weighed_most_are_shown() -> None:
    text = "Sáng ra chuồng trống trơn, gần chục con gà biến đâu mất sạch, khóa bị bẻ"
    readings = prepare(text)
    spans = read(*readings).scores.evidence("TROM_CAP")
    assert spans
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert any(word in fold(span.text) for span in spans for word in ("mat", "khoa", "ga", "be"))
