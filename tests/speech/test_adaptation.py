"""A language model learns phrases, stays a proper one, and libvosk hears the difference."""

from __future__ import annotations

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from speech import models
from speech.adaptation import folder, ngram_fst
from speech.adaptation.counts import count
from speech.adaptation.merge import adapt
from speech.adaptation.model import LanguageModel
from speech.adaptation.origin import origin
from speech.adaptation.text import in_words
from speech.cli import main
from speech.errors import ModelProblem
from speech.models import DEMO_MODEL
from speech.vosk_engine import VoskEngine
from tests.speech.tiny_transducer import create_tiny_transducer

GRAPH = DEMO_MODEL / "graph" / "Gr.fst"
PLACES = Path(__file__).parents[1] / "data" / "place_names"
ADAPTED = f"{DEMO_MODEL.name}-adapted-"
LEARNED = "xã Hàm Kiệm\nthôn Suối Máu\nMăng Tố\nở Măng Tố\nHiệp Thạnh\nở Hiệp Thạnh\nphường 12\n"


@pytest.fixture(scope="module")
def base() -> tuple[LanguageModel, dict[str, int]]:
    fst, numbers = folder.base_language_model(models.verify(DEMO_MODEL))
    return LanguageModel(fst), numbers


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    file = tmp_path / "places.txt"
    file.write_text(LEARNED, "utf-8")
    return file


def run(*arguments: str | Path, models_dir: Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--models-dir", str(models_dir)])


def sum_of_words(model: LanguageModel, state: int) -> float:
    words = np.arange(1, model.end + 1)
    return float(np.exp(-model.costs(np.full(len(words), state), words)).sum())


def small_model(words: int) -> LanguageModel:
    """A trigram of a few words: every word as likely, then adapted to a fixed text."""
    fst = ngram_fst.read(GRAPH)
    start = np.array([-1, 0])
    flat = replace(
        fst,
        parent=start,
        older=start,
        backoff=np.array([np.inf, 0]),
        final=np.array([np.log(words + 1), np.inf]),
        first=np.array([0, words, words]),
        words=np.arange(1, words + 1),
        costs=np.full(words, np.log(words + 1)),
    )
    text = np.random.default_rng(5).zipf(1.5, (60, 6)) % words + 1
    return LanguageModel(adapt(LanguageModel(flat), count(map(tuple, text.tolist()), 3), 0.5))


def test_a_file_is_written_as_it_was_read() -> None:
    assert ngram_fst.to_bytes(ngram_fst.read(GRAPH)) == GRAPH.read_bytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "model-broken"),
        (b"<html>", "model-broken"),
        (GRAPH.read_bytes()[:60], "model-broken"),
        (GRAPH.read_bytes()[:900_000], "model-broken"),
        (GRAPH.read_bytes()[:65] + b"\xff" * 24, "model-broken"),
        (GRAPH.read_bytes()[:65] + bytes(24), "model-broken"),
        (b"\xd6\xfd\xb2\x7e\xff\xff\xff\x7fngram", "model-broken"),
        ((DEMO_MODEL / "graph" / "HCLr.fst").read_bytes(), "not-adaptable"),
        (GRAPH.read_bytes().replace(b"\x04\0\0\0\0\0\0\0", b"\x05\0\0\0\0\0\0\0", 1), "not-adaptable"),
    ],
)
def test_a_graph_that_is_damaged_or_another_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "Gr.fst").write_bytes(content)
    with pytest.raises(ModelProblem) as problem:
        ngram_fst.read(tmp_path / "Gr.fst")
    assert problem.value.code == code


def test_damage_anywhere_is_an_error_or_a_model(tmp_path: Path) -> None:
    rng, whole = np.random.default_rng(3), GRAPH.read_bytes()
    for _ in range(40):
        damaged = bytearray(whole)
        for at in rng.integers(0, 200, 4) if rng.random() < 0.5 else rng.integers(0, len(whole), 400):
            damaged[at] = rng.integers(0, 256)
        (tmp_path / "Gr.fst").write_bytes(damaged)
        try:
            ngram_fst.read(tmp_path / "Gr.fst")
        except ModelProblem as problem:
            assert problem.code in ("model-broken", "not-adaptable")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=7).map(tuple), min_size=1, max_size=30),
    st.floats(0.001, 0.9),
)
def test_the_words_after_every_context_have_the_sum_of_one(
    phrases: list[tuple[int, ...]], weight: float
) -> None:
    base = small_model(30)
    assert base.order == 3
    counts = count(phrases, base.order)
    fst = adapt(base, counts, weight)
    new = LanguageModel(fst)
    assert fst.states >= base.fst.states
    for state in range(fst.states):
        assert sum_of_words(new, state) == pytest.approx(1, abs=1e-4)
    for context in counts:
        assert new.states(np.array([context], np.int64).reshape(1, -1))[1] == [len(context)]
    again = ngram_fst.parse(ngram_fst.to_bytes(fst))
    assert (again.parent == fst.parent).all() and (again.words == fst.words).all()
    assert np.allclose(again.costs, fst.costs, atol=1e-4) and np.allclose(
        again.backoff[1:], fst.backoff[1:], atol=1e-4
    )


def test_the_text_is_evidence_and_the_old_model_the_prior() -> None:
    """By the formula of merge.py, for a context that both have and one that only the text has."""
    base = small_model(30)
    rare = next(word for word in range(1, 31) if base.states(np.array([[word, word]]))[1] < 2)
    phrases = [(1, 2, 3), (1, 2, 5), (1, 2, 3), (rare, rare, 7)]
    new = LanguageModel(adapt(base, count(phrases, 3), 0.2))

    def probability(model: LanguageModel, context: tuple[int, ...], word: int) -> float:
        states, _ = model.states(np.array([context], np.int64).reshape(1, -1))
        return float(np.exp(-model.costs(states, np.array([word])))[0])

    for context, word, times, seen, kinds in (
        ((1, 2), 3, 2, 3, 2),
        ((1, 2), 5, 1, 3, 2),
        ((rare, rare), 7, 1, 1, 1),
    ):
        expected = probability(base, (), context[0]) * probability(base, context[:1], context[1])
        prior = kinds + 5000 * 0.8 / 0.2 * expected
        wanted = (times + prior * probability(base, context, word)) / (seen + prior)
        assert probability(new, context, word) == pytest.approx(wanted, rel=1e-6)


def test_the_shipped_model_stays_a_proper_one(base: tuple[LanguageModel, dict[str, int]]) -> None:
    model, numbers = base
    text = in_words(LEARNED.splitlines(), numbers)
    new = LanguageModel(adapt(model, count(text.phrases, model.order), 0.1))
    for state in np.random.default_rng(1).integers(0, new.fst.states, 40).tolist():
        assert sum_of_words(new, state) == pytest.approx(1, abs=1e-4)
    assert new.perplexity(text.phrases) < model.perplexity(text.phrases) / 20


def test_common_speech_keeps_its_words_and_a_name_gets_its_own(
    base: tuple[LanguageModel, dict[str, int]],
) -> None:
    model, numbers = base
    text = in_words(LEARNED.splitlines(), numbers)
    new = LanguageModel(adapt(model, count(text.phrases, model.order), 0.1))

    def probability(of: LanguageModel, *words: str) -> float:
        *context, word = (numbers[word] for word in words)
        return float(np.exp(-of.costs(of.states(np.array([context]))[0], np.array([word])))[0])

    assert probability(model, "xã", "hàm", "kiệm") < 0.02 < 0.15 < probability(new, "xã", "hàm", "kiệm")
    for usual in (("công", "an"), ("có", "người"), ("tôi", "ở")):
        assert probability(new, *usual) == pytest.approx(probability(model, *usual), rel=0.05)


@pytest.mark.parametrize(
    ("line", "words", "unknown"),
    [
        ("Xã HÀM KIỆM, huyện Hàm Thuận Nam.", ["xã hàm kiệm huyện hàm thuận nam"], []),
        ("Phường 12", ["phường mười hai"], []),
        ("tổ 105; thôn 21, số 35", ["tổ một trăm linh năm thôn hai mươi mốt số ba mươi lăm"], []),
        ("xã Hoà Thắng", ["xã hòa thắng"], []),
        ("xa\u0303 Ta\u0302n Ha\u0300", ["xã tân hà"], []),
        ("xã Đắk Wil gần Cư Jút", ["xã", "gần cư"], ["đắk", "wil", "jút"]),
        ("0900000012", [], ["0900000012"]),
    ],
)
def test_lines_become_the_models_words(
    base: tuple[LanguageModel, dict[str, int]], line: str, words: list[str], unknown: list[str]
) -> None:
    numbers = base[1]
    names = {number: name for name, number in numbers.items()}
    text = in_words([line, "xã"], numbers)
    assert [" ".join(names[number] for number in phrase) for phrase in text.phrases[:-1]] == words
    assert list(text.unknown) == unknown


def test_a_text_in_one_line_takes_time_by_its_length_only(base: tuple[LanguageModel, dict[str, int]]) -> None:
    model, numbers = base
    sentence = tuple(numbers[word] for word in ["ở", "xã", "tân", "hà", "có", "đánh", "bạc"])
    often, ever = (
        model.perplexity([sentence] * 100),
        model.perplexity([sentence * 1500]),
    )  # else it never ends
    assert 0.5 < ever / often < 2


def test_an_adapted_model_hears_the_names_of_places(
    learned: Path, tmp_path: Path, engine: VoskEngine
) -> None:
    done = run("adapt", learned, models_dir=tmp_path / "models")
    assert done.exit_code == 0, done.output
    assert "7 lines, 19 words" in done.output
    made = models.locate(None, tmp_path / "models")
    assert made.name.startswith(ADAPTED) and made.is_demonstration
    listed = run("model", "list", models_dir=tmp_path / "models").output
    assert f"* {made.name}" in listed and f"adapted from {DEMO_MODEL.name} on 20" in listed
    adapted = VoskEngine.load(made)
    for file, name in (("ld01", "hàm kiệm"), ("ld07", "suối máu"), ("ld28", "măng tố")):
        assert name not in engine.transcribe(PLACES / f"{file}.wav").text
        assert name in adapted.transcribe(PLACES / f"{file}.wav").text


def test_adapting_an_adapted_model_begins_with_its_base(learned: Path, tmp_path: Path) -> None:
    models_dir, other = tmp_path / "models", tmp_path / "other.txt"
    other.write_text("xã Tân Hà\n", "utf-8")
    made = []
    for file in (learned, other, learned):
        assert run("adapt", file, models_dir=models_dir).exit_code == 0
        made.append(models.locate(None, models_dir))
    first, _, third = made
    assert len({model.name for model in made}) == 3
    about = origin(third.path)
    assert about is not None and about.base == DEMO_MODEL.name
    assert (about.lines, about.words, about.unknown_words, about.weight) == (7, 19, 0, 0.1)
    assert (first.path / "graph" / "Gr.fst").read_bytes() == (third.path / "graph" / "Gr.fst").read_bytes()
    assert GRAPH.read_bytes() == (third.path / "graph" / "Gr.base.fst").read_bytes()


def test_a_dry_run_makes_nothing(learned: Path, tmp_path: Path) -> None:
    done = run("adapt", "--dry-run", learned, models_dir=tmp_path / "models")
    assert done.exit_code == 0 and "--weight 0.1" in done.output
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "there are no lines"),
        (b" \n\t\n", "there are no lines"),
        ("xã".encode("utf-16"), "is not UTF-8 text"),
        (b"RIFF\0\0\0\0WAVE", "is not text"),
        (b"qwerty uiop asdfgh\n", "the model knows none of the words"),
        (2 << 30, "has 2,147 MB"),
    ],
)
def test_a_text_that_is_none_is_named(content: bytes | int | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "places.txt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content:
        file.touch()
        os.truncate(file, content)  # a hole: it takes no room
    done = run("adapt", file, models_dir=tmp_path / "models")
    assert done.exit_code == 1
    assert said in done.output and "[bad-text]" in done.output


def test_a_model_with_one_fixed_graph_is_refused_with_what_to_do(learned: Path, tmp_path: Path) -> None:
    shutil.copytree(DEMO_MODEL, tmp_path / "big")
    (tmp_path / "big" / "graph" / "HCLr.fst").rename(tmp_path / "big" / "graph" / "HCLG.fst")
    create_tiny_transducer(tmp_path / "other")
    for name, why in (("big", "one fixed graph"), ("other", "sherpa-onnx")):
        done = run("adapt", learned, "--model", tmp_path / name, models_dir=tmp_path / "models")
        assert done.exit_code == 1
        assert (
            why in done.output
            and "vosk-model-small-vn-0.4" in done.output
            and "[not-adaptable]" in done.output
        )


def test_without_room_nothing_is_left(learned: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "speech",
        "adapt",
        str(learned),
        "--models-dir",
        str(tmp_path / "models"),
    ]
    # The rest of the model is small or linked; the new graph of 1.8 MB is what does not fit.
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    assert done.returncode == 1 and "[disk-full]" in done.stderr
    assert list((tmp_path / "models").iterdir()) == []


def test_words_kept_in_the_graph_are_used(tmp_path: Path) -> None:
    """As in Vosk's small models, which come without words.txt."""
    model = tmp_path / "small"
    shutil.copytree(DEMO_MODEL, model)
    names = [line.split() for line in (model / "graph" / "words.txt").read_text("utf-8").splitlines()]
    (model / "graph" / "words.txt").unlink()
    with pytest.raises(ModelProblem, match=r"words\.txt"):
        models.verify(model)
    fst = ngram_fst.read(GRAPH)
    entries = b"".join(
        struct.pack("<i", len(name.encode())) + name.encode() + struct.pack("<q", int(number))
        for name, number in names
    )
    table = struct.pack("<ii", 2125658996, 0) + struct.pack("<qq", len(names), len(names)) + entries
    prefix = fst.prefix[:29] + struct.pack("<i", 3) + fst.prefix[33:]  # flags: symbols of both sides
    (model / "graph" / "Gr.fst").write_bytes(ngram_fst.to_bytes(replace(fst, prefix=prefix + table + table)))
    (tmp_path / "places.txt").write_text(LEARNED, "utf-8")
    done = run("adapt", tmp_path / "places.txt", "--model", model, models_dir=tmp_path / "models")
    assert done.exit_code == 0, done.output
    heard = VoskEngine.load(models.locate(None, tmp_path / "models")).transcribe(PLACES / "ld28.wav")
    assert "măng tố" in heard.text


def test_the_measured_recordings_are_all_there() -> None:
    entries = json.loads((PLACES / "place_names.json").read_text("utf-8"))
    assert {entry["file"] for entry in entries} == {file.name for file in PLACES.glob("*.wav")}
    learned = [line for file in PLACES.glob("*.txt") for line in file.read_text("utf-8").splitlines()]
    texts = " | ".join(entry["text"] for entry in entries)
    assert all(len(line.split()) <= 5 for line in learned) and not set(learned) & set(texts.split(" | "))
