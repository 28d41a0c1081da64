"""The second engine: the real loader and decoder, on a tiny model that hears tones."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from speech.cli import main
from speech.engine import load
from speech.errors import ModelProblem, UnreadableAudio
from speech.model_folder import SHERPA, verify
from speech.models import DEMO_MODEL
from speech.sherpa_engine import LONGEST_S, SherpaEngine
from speech.transcript import Transcript
from speech.vosk_engine import VoskEngine
from tests.speech.tiny_transducer import create_tiny_transducer, tones

FIRE = ((1.0, 1.3, 500.0), (1.35, 1.7, 1000.0), (3.0, 3.3, 2000.0))  # "cháy nhà", a pause, "rồi"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_tiny_transducer(tmp_path_factory.mktemp("models") / "sherpa-onnx-zipformer-vi-tiny")


@pytest.fixture(scope="module")
def engine(tiny: Path) -> SherpaEngine:
    return SherpaEngine.load(tiny)


def hear(engine: SherpaEngine, samples: np.ndarray, rate: int = 16_000) -> Transcript:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return engine.transcribe(file)


def test_the_structure_of_the_folder_picks_the_engine(tiny: Path) -> None:
    assert isinstance(load(tiny), SherpaEngine)
    assert isinstance(load(DEMO_MODEL), VoskEngine)
    folder = verify(tiny)
    assert (folder.engine, folder.language, folder.sample_rate) == (SHERPA, "vi", 16_000)
    assert not folder.is_demonstration


def test_words_times_and_segments_are_what_was_heard(engine: SherpaEngine) -> None:
    heard = hear(engine, tones(*FIRE))
    assert [segment.text for segment in heard.segments] == ["cháy nhà", "rồi"]
    assert [word.start for word in heard.words] == pytest.approx([start for start, _, _ in FIRE], abs=0.06)
    assert all(a.end <= b.start for a, b in zip(heard.words, heard.words[1:], strict=False))
    assert all(0 < word.end - word.start < 0.5 and word.channel is None for word in heard.words)
    assert (heard.model, heard.sound) == (engine.folder.name, "speech")
    assert Transcript.from_dict(heard.to_dict()).to_dict() == heard.to_dict()


def test_what_is_faint_is_less_sure(engine: SherpaEngine) -> None:
    loud, faint = (hear(engine, tones(FIRE[2], level=level)) for level in (0.5, 0.07))
    assert [w.word for w in loud.words] == [w.word for w in faint.words] == ["rồi"]
    assert 0.5 < faint.words[0].conf < 0.95 < loud.words[0].conf <= 1


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_any_rate_gives_the_same_words(engine: SherpaEngine, rate: int) -> None:
    heard = hear(engine, tones(*FIRE, rate=rate), rate)
    assert heard.text == "cháy nhà rồi"
    assert heard.words[2].start == pytest.approx(3.0, abs=0.06)


def test_two_speakers_are_heard_apart(engine: SherpaEngine) -> None:
    caller, officer = tones(FIRE[0], FIRE[2]), tones((2.0, 2.3, 1000.0), (3.0, 3.3, 50.0))
    heard = hear(engine, np.stack([caller, officer], axis=1))
    assert [(segment.text, segment.channel) for segment in heard.segments] == [
        ("cháy", 0), ("nhà", 1), ("rồi", 0),
    ]  # fmt: skip


def test_a_long_recording_is_cut_where_nobody_speaks(engine: SherpaEngine) -> None:
    """A word a second, some of them across where a cut of even length would fall: each is heard, once and in time."""
    hertz = (500.0, 1000.0, 2000.0)
    starts = [0.7 + n for n in range(4 * LONGEST_S)]
    heard = hear(engine, tones(*((s, s + 0.6, hertz[n % 3]) for n, s in enumerate(starts))))
    assert heard.text == " ".join(["cháy", "nhà", "rồi"][n % 3] for n in range(len(starts)))
    assert [word.start for word in heard.words] == pytest.approx(starts, abs=0.06)


def test_nothing_said_is_named(engine: SherpaEngine) -> None:
    for samples, sound in ((np.zeros(16_000), "silence"), (np.zeros(0), "silence")):
        heard = hear(engine, samples)
        assert (heard.words, heard.sound) == ((), sound)
    with pytest.raises(UnreadableAudio):
        engine.transcribe(io.BytesIO(b"<html>"))


def test_progress_runs_to_the_end(engine: SherpaEngine) -> None:
    steps: list[float] = []
    file = io.BytesIO()
    soundfile.write(file, tones(*FIRE), 16_000, format="WAV", subtype="PCM_16")
    engine.transcribe(file, on_progress=steps.append)
    assert steps == sorted(steps)
    assert steps[-1] == pytest.approx(1.0)


def test_the_fingerprint_is_of_the_content(tiny: Path, tmp_path: Path, engine: SherpaEngine) -> None:
    same = create_tiny_transducer(tmp_path / "same")
    other = create_tiny_transducer(tmp_path / "other")
    with (other / "tokens.txt").open("a", encoding="utf-8") as tokens:
        tokens.write("▁KHÁC 7\n")
    assert verify(same).fingerprint() == engine.fingerprint
    assert verify(other).fingerprint() != engine.fingerprint


def test_two_models_are_compared_on_the_same_recordings(tiny: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "call.wav", tones(*FIRE), 16_000, subtype="PCM_16")
    (tmp_path / "set.json").write_text(json.dumps([{"file": "call.wav", "text": "Cháy nhà rồi!"}]))
    arguments = ["evaluate", str(tmp_path / "set.json"), "--model", str(DEMO_MODEL), "--model", str(tiny)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.partition("== compared\n")[2].splitlines()
    compared = [line for line in lines if ", model " in line]
    assert compared[0] == f"  0.00%  0 of 3 words, model {tiny.name}"
    assert compared[1].endswith(f"of 3 words, model {DEMO_MODEL.name}")
    assert f"== {tiny.name}\n  0.00%  call.wav  cháy nhà rồi\n" in result.stdout


BROKEN = {
    "no joiner": (lambda f: next(f.glob("joiner*")).unlink(), "joiner"),
    "no encoder": (lambda f: next(f.glob("encoder*")).unlink(), "encoder"),
    "no tokens": (lambda f: (f / "tokens.txt").unlink(), "tokens.txt"),
    "tokens without numbers": (lambda f: (f / "tokens.txt").write_text("a\nb\n"), "tokens.txt"),
    "tokens with a gap": (lambda f: (f / "tokens.txt").write_text("a 0\nb 2\n"), "from 0"),
    "a pointer": (lambda f: next(f.glob("decoder*")).write_text("version https://git-lfs"), "decoder"),
    "streaming": (
        lambda f: next(f.glob("encoder*")).write_bytes(b"\x08\x08" + b"decode_chunk_len"),
        "streaming",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "named"), BROKEN.values(), ids=BROKEN.keys())
def test_a_model_that_is_not_whole_is_refused_before_it_is_loaded(tmp_path: Path, damage, named) -> None:
    folder = create_tiny_transducer(tmp_path / "model")
    damage(folder)
    with pytest.raises(ModelProblem, match=named) as problem:
        verify(folder)
    assert problem.value.code == "model-broken"


def test_a_damaged_network_is_a_broken_model(tmp_path: Path) -> None:
    folder = create_tiny_transducer(tmp_path / "model")
    encoder = next(folder.glob("encoder*"))
    encoder.write_bytes(encoder.read_bytes()[:100])
    with pytest.raises(ModelProblem, match="install it again") as problem:
        load(folder)
    assert problem.value.code == "model-broken"


FORKED = """
import os, sys
from pathlib import Path
from speech.engine import load
engine = load(Path(sys.argv[1]))
assert len(os.listdir("/proc/self/task")) == 1, "loading started a thread"
for _ in range(2):
    child = os.fork()
    if not child:
        print(engine.transcribe(sys.argv[2]).text, flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
MISSING = """
import sys
from pathlib import Path
sys.modules["sherpa_onnx"] = None  # as if it were not installed
from speech.engine import load
from speech.errors import ModelProblem
try:
    load(Path(sys.argv[1]))
except ModelProblem as problem:
    print(problem.code, problem)
"""


def test_children_forked_after_loading_transcribe_and_a_missing_engine_names_its_command(
    tiny: Path, tmp_path: Path
) -> None:
    call = tmp_path / "call.wav"
    soundfile.write(call, tones(*FIRE), 16_000, subtype="PCM_16")

    def run(code: str) -> str:
        command = [sys.executable, "-W", "error", "-c", code, str(tiny), str(call)]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert run(FORKED) == 2 * "cháy nhà rồi\n"
    assert run(MISSING).startswith("engine-missing ")
    assert "requirements-sherpa.txt" in run(MISSING)
