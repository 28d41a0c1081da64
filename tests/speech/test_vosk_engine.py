"""Real libvosk on real files: the engine's own text, nothing lost on the way."""

from __future__ import annotations

import subprocess
import sys
import time
import wave
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile

from bench.voicemails import bare_loop, bare_model
from speech.errors import ModelProblem, UnreadableAudio
from speech.evaluation import WordErrors, read_manifest, word_errors
from speech.models import DEMO_MODEL
from speech.transcript import Transcript
from speech.vosk_engine import VoskEngine
from tests.speech.conftest import FIRE, VOICEMAILS
from tests.speech.odd_files import keypad

REFERENCES = read_manifest(VOICEMAILS / "voicemails.json")
SPOKEN = next(reference.text for reference in REFERENCES if reference.file == FIRE)


@pytest.fixture(scope="module")
def transcripts(engine: VoskEngine) -> dict[str, Transcript]:
    return {reference.file.name: engine.transcribe(reference.file) for reference in REFERENCES}


def test_word_error_rate_of_the_voicemails(transcripts: dict[str, Transcript]) -> None:
    pairs = [(reference.text, transcripts[reference.file.name].text) for reference in REFERENCES]
    total = sum((word_errors(*pair) for pair in pairs), WordErrors())
    assert len(pairs) == 12
    assert total.rate <= 0.08
    assert total.rate == pytest.approx(
        jiwer.wer([spoken for spoken, _ in pairs], [heard for _, heard in pairs])
    )


def test_words_have_plausible_times_and_confidence(transcripts: dict[str, Transcript]) -> None:
    for transcript in transcripts.values():
        assert transcript.text == " ".join(word.word for word in transcript.words)
        assert transcript.confidence is not None and 0.7 < transcript.confidence <= 1
        assert 0.5 * transcript.duration_s < transcript.speech_s <= transcript.duration_s
        ends = 0.0
        for word in transcript.words:
            assert ends - 0.001 <= word.start < word.end <= transcript.duration_s + 0.1
            ends = word.end


@pytest.mark.parametrize(
    "name", ["vm08_fight.wav", "vm10_suspicious_stranger.wav", "vm12_suspicious_car.wav"]
)
def test_the_text_is_that_of_a_bare_loop(transcripts: dict[str, Transcript], name: str) -> None:
    expected = bare_loop(bare_model(), VOICEMAILS / name)
    assert [(w.word, w.start, w.end, w.conf) for w in transcripts[name].words] == expected


@pytest.mark.parametrize("name", ["mulaw.wav", "voice.mp3", "opus.ogg", "low.wav"])
def test_other_forms_of_a_recording_say_much_the_same(
    engine: VoskEngine, recordings: dict[str, Path], name: str
) -> None:
    heard = engine.transcribe(recordings[name])
    # 4 kHz sampling leaves half of the telephone's band: only gist can be asked of it.
    assert word_errors(SPOKEN, heard.text).rate <= (0.8 if name == "low.wav" else 0.2)
    assert heard.words


@pytest.mark.parametrize("name", ["silence.wav", "noise.wav", "no-frames.wav"])
def test_a_call_without_speech_is_an_empty_transcript(
    engine: VoskEngine, recordings: dict[str, Path], name: str
) -> None:
    transcript = engine.transcribe(recordings[name])
    assert (transcript.text, transcript.confidence, transcript.segments) == ("", None, ())
    assert transcript.sound == ("noise" if name == "noise.wav" else "silence")


def test_a_pause_begins_a_segment_and_progress_reaches_the_end(engine: VoskEngine, tmp_path: Path) -> None:
    joined = tmp_path / "joined.wav"
    with wave.open(str(FIRE)) as file, wave.open(str(joined), "wb") as out:
        samples = file.readframes(4 * 8000)
        out.setparams(file.getparams())
        # With what the file begins with, a second: too little for the engine to end a sentence by itself.
        out.writeframes(samples + bytes(2 * 2400) + samples)
    steps: list[float] = []
    transcript = engine.transcribe(joined, on_progress=steps.append)
    before, after = transcript.segments
    assert before.end < 4 and after.start > 4.8
    assert steps == sorted(steps) and len(steps) == 17 and steps[-1] == 1


def test_a_dead_line_changes_no_word_and_costs_no_time_at_the_end(engine: VoskEngine, tmp_path: Path) -> None:
    voice, rate = soundfile.read(FIRE, frames=3 * 8000, dtype="int16")
    dead = tmp_path / "dead.wav"
    silence = np.zeros(rate, np.int16)
    soundfile.write(dead, np.concatenate([voice, np.tile(silence, 8), voice, np.tile(silence, 30)]), rate)
    model, start = bare_model(), time.process_time()
    expected, bare = bare_loop(model, dead), time.process_time()
    heard, ours = engine.transcribe(dead).words, time.process_time()
    assert [(w.word, w.start, w.end, w.conf) for w in heard] == expected
    assert heard[-1].start > 11
    # Of 44 seconds a third is listened to.
    assert ours - bare < 0.7 * (bare - start)


def test_an_unreadable_recording_is_an_error_not_an_empty_text(engine: VoskEngine, tmp_path: Path) -> None:
    page = tmp_path / "recording.wav"
    page.write_text("<html>502 Bad Gateway</html>")
    with pytest.raises(UnreadableAudio, match="error page"):
        engine.transcribe(page)


FORKED = """
import os, sys
from pathlib import Path
from speech.vosk_engine import VoskEngine
engine = VoskEngine.load(Path(sys.argv[1]))
assert len(os.listdir("/proc/self/task")) == 1, "loading started a thread"
for _ in range(2):
    child = os.fork()
    if not child:
        print(engine.transcribe(sys.argv[2]).text, flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_children_forked_after_loading_transcribe(transcripts: dict[str, Transcript]) -> None:
    command = [sys.executable, "-W", "error", "-c", FORKED, str(DEMO_MODEL), str(FIRE)]
    forked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert forked.stdout.splitlines() == [transcripts[FIRE.name].text] * 2
    assert forked.stderr == ""


def test_the_package_alone_loads_neither_libvosk_nor_numpy() -> None:
    check = (
        "import speech, speech.audio, speech.models, speech.transcript, speech.__main__, sys;"
        "print(sorted({'vosk', 'numpy', 'soundfile'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
def test_half_a_model_file_is_a_broken_model(tmp_path: Path, name: str) -> None:
    for file in DEMO_MODEL.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(DEMO_MODEL)
            copy.parent.mkdir(parents=True, exist_ok=True)
            content = file.read_bytes()
            copy.write_bytes(content[: len(content) // 2] if file == DEMO_MODEL / name else content)
    with pytest.raises(ModelProblem, match="install it again") as problem:
        VoskEngine.load(tmp_path)
    assert problem.value.code == "model-broken"


def _two_channels(folder: Path, left: np.ndarray, right: np.ndarray) -> Path:
    length = max(len(left), len(right))
    both = [np.pad(side, (0, length - len(side))) for side in (left, right)]
    soundfile.write(folder / "call.wav", np.stack(both, axis=1), 8000, subtype="PCM_16")
    return folder / "call.wav"


def test_two_speakers_on_two_channels_are_told_apart_and_heard_as_if_alone(
    engine: VoskEngine, transcripts: dict[str, Transcript], tmp_path: Path
) -> None:
    alone = [transcripts[name] for name in (FIRE.name, "vm08_fight.wav")]
    sides = [soundfile.read(VOICEMAILS / name, dtype="int16")[0] for name in (FIRE.name, "vm08_fight.wav")]
    heard = engine.transcribe(_two_channels(tmp_path, *sides))
    for channel, expected in enumerate(alone):
        spoken = [(w.word, w.start) for w in heard.words if w.channel == channel]
        assert spoken[:20] == [(w.word, w.start) for w in expected.words][:20]
    assert [s.start for s in heard.segments] == sorted(s.start for s in heard.segments)
    assert {line[:3] for line in heard.to_text().splitlines()} == {"1: ", "2: "}


def test_pressed_keys_are_no_words(engine: VoskEngine, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "keys.wav", np.concatenate([keypad(8000)] * 3), 8000)
    transcript = engine.transcribe(tmp_path / "keys.wav")
    assert (transcript.text, transcript.sound, transcript.duration_s) == ("", "tones", pytest.approx(2.4))


def test_one_voice_on_two_channels_is_written_once(
    engine: VoskEngine, transcripts: dict[str, Transcript], tmp_path: Path
) -> None:
    voice = soundfile.read(FIRE, dtype="int16")[0]
    for other in (voice, np.zeros(1, "int16")):
        assert engine.transcribe(_two_channels(tmp_path, voice, other)) == transcripts[FIRE.name]
