"""Recorded prompts: checked before they are played, played under their own names only, and never a call's end."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from hotline.app import create_app
from hotline.cli import main
from hotline.context import EXTENSION
from hotline.settings import Settings
from hotline.telephony.prompt_files import PromptFiles, PromptRefused
from hotline.telephony.prompts import DIGITS, PROMPTS
from hotline.telephony.simulator import audio, codes
from hotline.telephony.simulator.account import from_settings
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.telephony.simulator.transport import FlaskTransport
from tests.conftest import close

NUMBER = "+84900000012"
NOBODY = 65534
WORDS = audio.write_wav(array("h", [3000, -3000] * 4000))


def sound(
    path: Path, seconds: float = 1.0, *, rate: int = 8000, channels: int = 1, level: float = 0.3, **kind: str
) -> Path:
    """A tone that is as loud as speech."""
    wave = level * np.sin(np.arange(int(seconds * rate)) * 0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.repeat(wave[:, None], channels, axis=1), rate, **kind)
    return path


@pytest.fixture
def files(settings) -> PromptFiles:
    return PromptFiles(settings.data_dir)


@pytest.fixture
def line(account, client, settings) -> SimulatedPhone:
    return SimulatedPhone(account, settings.public_url, FlaskTransport(client))


def prompts(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["prompts", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_recorded_prompt_is_played_and_its_length_counts(line, files, settings, tmp_path):
    before = line.call(NUMBER, WORDS)
    assert prompts("add", "greeting", sound(tmp_path / "chao.wav", 9))[0] == 0
    after = line.call(NUMBER, WORDS)
    played = f"{settings.public_url}/twilio/prompts/vi/greeting.wav?v={files.find('vi', 'greeting').version}"
    assert after.said[0] == played and after.said[1:6] == before.said[1:6] and after.error == ""
    assert after.duration_s - before.duration_s == pytest.approx(9 - len(before.said[0]) / 15, abs=1)
    # Another recording has another address, because the provider keeps what it has fetched.
    assert prompts("add", "greeting", sound(tmp_path / "chao.mp3", 3))[0] == 0
    assert line.call(NUMBER, WORDS).said[0].startswith(played.partition("greeting")[0] + "greeting.mp3?v=")


def test_a_code_is_read_by_recorded_digits_when_all_ten_are_there(line, files, tmp_path):
    digit = sound(tmp_path / "so.wav", 0.5)
    for key in DIGITS[:9]:
        files.add(key, digit, "vi")
    assert not any("digit_" in said for said in line.call(NUMBER, WORDS).said)
    files.add(DIGITS[9], digit, "vi")
    result = line.call(NUMBER, WORDS)
    assert sum("digit_" in said for said in result.said) == 18
    assert len(codes.tip_code(result.said)) == 9 and codes.tip_code(result.said[:-1]) == codes.tip_code(
        result.said
    )


def test_a_file_that_cannot_be_played_is_said_instead(line, files):
    broken = files.folder / "vi" / "greeting.wav"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"RIFF no sound at all")
    assert line.call(NUMBER, WORDS).said[0] == PROMPTS["greeting"].vi
    status, output = prompts("check")
    assert status == 1 and "not sound that can be played" in output


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """A folder that is somebody else's: root, who may open everything, is nobody meanwhile."""
    root, mode = os.geteuid() == 0, folder.stat().st_mode
    folder.chmod(0)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(mode)


def test_a_folder_that_is_closed_to_the_hotline_ends_no_call(monkeypatch, tmp_path):
    with tempfile.TemporaryDirectory() as data_dir:  # pytest's folders are closed to others themselves
        Path(data_dir).chmod(0o755)
        monkeypatch.setenv("DATA_DIR", data_dir)
        files = PromptFiles(Path(data_dir))
        files.add("greeting", sound(tmp_path / "chao.wav"), "vi")
        with closed(files.folder):
            assert files.find("vi", "greeting") is None and files.digits("vi") is None
            status, output = prompts("check")
        assert status == 1 and f"{files.folder} is closed to this user" in output


def test_only_prompts_are_served_and_for_good_under_their_version(client, files, settings, tmp_path):
    file = files.add("greeting", sound(tmp_path / "chao.wav"), "vi")
    (files.folder / "vi" / "secret.wav").write_bytes(file.path.read_bytes())
    address = "/twilio/prompts/vi/greeting.wav"
    answer = client.get(f"{address}?v={file.version}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", file.path.read_bytes())
    assert "immutable" in answer.headers["Cache-Control"]
    for version in ("", "?v=000000000000"):
        assert "immutable" not in client.get(address + version).headers["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for path in (
        "vi/greeting.mp3", "vi/greeting", "vi/GREETING.wav", "en/greeting.wav", "vi/secret.wav", "fr/greeting.wav",
        "vi/danger.wav", "../keyring.json", "vi/..%2f..%2fkeyring.json", "vi/%2e%2e/greeting.wav",
        "vi/../../secrets.json", "vi/greeting.wav%00", "%2e%2e/vi/greeting.wav",
    ):  # fmt: skip
        assert client.get(f"/twilio/prompts/{path}").status_code in (404, 308), path
    assert client.post(address).status_code == 405


BAD = {
    "no such prompt": ("welcome", {}, "a.wav", "prompts list"),
    "another kind": ("greeting", {}, "a.ogg", "use a .wav or .mp3"),
    "stereo": ("greeting", {"channels": 2}, "a.wav", "in mono"),
    "too long": ("greeting", {"seconds": 15.5}, "a.wav", "lasts more than 15 s"),
    "too short": ("greeting", {"seconds": 0.1}, "a.wav", "lasts 0.1 s"),
    "a long digit": ("digit_4", {"seconds": 2.0}, "a.wav", "0.15 to 1.5"),
    "silent": ("greeting", {"level": 0.001}, "a.wav", "louder"),
    "too loud": ("greeting", {"level": 1.7}, "a.wav", "less gain"),
    "too high": ("greeting", {"rate": 96000}, "a.wav", "8000 to 48000"),
    "float samples": ("greeting", {"subtype": "FLOAT"}, "a.wav", "16-bit PCM"),
    "not what its name says": ("greeting", {"format": "OGG"}, "a.wav", "is OGG inside"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_telephones_cannot_play_is_refused_with_what_to_do(environ, files, tmp_path, name):
    key, made, file_name, advice = BAD[name]
    with pytest.raises(PromptRefused, match=advice):
        files.add(key, sound(tmp_path / file_name, **made), "vi")
    assert not files.folder.exists()


def test_the_command_lists_checks_and_adds(environ, files, tmp_path):
    assert prompts("check") == (0, "Nothing is recorded yet.\n")
    assert "19.9 s" in prompts("list")[1]
    assert prompts("add", "greeting", tmp_path / "none.wav")[0] == 2
    status, output = prompts("add", "welcome", sound(tmp_path / "a.wav"))
    assert status == 1 and "there is no prompt welcome" in output
    assert prompts("add", "goodbye", tmp_path / "a.wav", "--lang", "en")[0] == 0
    assert "1 recorded prompts" in prompts("check")[1]
    assert "*" in prompts("list", "--lang", "en")[1] and "*" not in prompts("list")[1]
    sound(files.folder / "vi" / "wellcome.wav")
    files.add("digit_1", sound(tmp_path / "d.wav", 0.5), "vi")
    files.add("record", sound(tmp_path / "r.wav", 12), "vi")
    status, output = prompts("check")
    assert status == 1
    for problem in ("wellcome.wav: no prompt has this name", "digit_0, digit_2", "s until the beep"):
        assert problem in output


def test_key_3_can_be_switched_off(environ, world):
    app = create_app(Settings.from_env(environ | {"PUT_THROUGH": "0"}))
    try:
        settings = app.extensions[EXTENSION].settings
        phone = SimulatedPhone(
            from_settings(settings), settings.public_url, FlaskTransport(app.test_client())
        )
        result = phone.call(NUMBER, WORDS, digits="3w", dial="answered")
        assert result.dialled == [] and PROMPTS["duty_none"].vi in result.said
    finally:
        close(app.extensions[EXTENSION])
