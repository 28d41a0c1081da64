from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.errors import BadConfiguration
from hotline.secret_store import Secrets
from hotline.settings import LONGEST_SOCKET_PATH, Settings
from hotline.vault import KeyRing

ROOT = Path(__file__).parents[2]
REAL = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "tw-s3cret",
    "TWILIO_NUMBER": "+84900000098",
    "PUBLIC_URL": "https://hotline.example.vn",
}
BAD = {
    "PORT": "70000",
    "WEB_WORKERS": "٣",
    "HOTLINE_LANG": "fr",
    "PUBLIC_URL": "hotline.example.vn",
    "TWILIO_API_BASE": "http://[::1",
    "TWILIO_NUMBER": "0900 000 098",
    "DATABASE_URL": "mysql://h/d",
    "REDIS_URL": "http://127.0.0.1",
    "STORAGE_URL": "s3://bucket",
    "REPLY_DIACRITICS": "maybe",
    "THREAD_WINDOW_HOURS": "-1",
    "RECORD_MAX_SECONDS": "5m",
    "TRUSTED_PROXIES": "6",
}


def read(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(tmp_path / "data"), **environ})


def test_one_error_names_every_bad_key_and_makes_nothing(tmp_path):
    with pytest.raises(BadConfiguration) as refused:
        read(tmp_path, **BAD)
    named = [line.strip().partition(":")[0] for line in str(refused.value).splitlines()[1:]]
    assert set(BAD) <= {key for keys in named for key in keys.split(", ")}
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("key", sorted(BAD))
def test_each_bad_value_is_refused_alone(tmp_path, key):
    with pytest.raises(BadConfiguration, match=key):
        read(tmp_path, **{key: BAD[key]})


@pytest.mark.parametrize(
    ("key", "given", "field", "seen"),
    [
        ("DATABASE_URL", "postgres://u@h/d", "database_url", "postgresql+psycopg://u@h/d"),
        ("DATABASE_URL", "postgresql://u@h/d", "database_url", "postgresql+psycopg://u@h/d"),
        ("DATABASE_URL", "postgresql+psycopg://h/d", "database_url", "postgresql+psycopg://h/d"),
        ("DATABASE_URL", "sqlite:////var/h.db", "database_url", "sqlite:////var/h.db"),
        ("PUBLIC_URL", "https://h.vn/", "public_url", "https://h.vn"),
        ("REDIS_URL", "rediss://h:6379/1", "redis_embedded", False),
        ("REDIS_URL", "  ", "redis_embedded", True),
        ("PORT", "8010", "public_url", "http://127.0.0.1:8010"),
        ("PORT", "8010", "twilio_api_base", "http://127.0.0.1:8010/simulator/twilio"),
        ("HOTLINE_LANG", "EN", "lang", "en"),
        ("REPLY_DIACRITICS", "no", "reply_diacritics", False),
        ("VOSK_MODEL", "", "vosk_model", None),
    ],
)
def test_spellings(tmp_path, key, given, field, seen):
    assert getattr(read(tmp_path, **{key: given}), field) == seen


@pytest.mark.parametrize(
    ("key", "given", "says"),
    [
        ("PUBLIC_URL", "https://hotline.example.vn/tips", "has the path /tips"),
        ("PUBLIC_URL", "https://hotline.example.vn//", None),
        ("PUBLIC_URL", "https://lan:s3cret@hotline.example.vn", "holds a user name or password"),
        ("PUBLIC_URL", "https://lan@hotline.example.vn", "holds a user name or password"),
        ("PUBLIC_URL", "ftp://hotline.example.vn", "must be an address such as https://"),
        ("TWILIO_API_BASE", "http://lan:s3cret@127.0.0.1/twilio", "holds a user name or password"),
        ("TWILIO_API_BASE", "http://127.0.0.1/twilio", None),
    ],
)
def test_an_address_is_bare_and_its_password_never_repeated(tmp_path, key, given, says):
    if says is None:
        assert getattr(read(tmp_path, **{key: given}), key.lower()) == given.rstrip("/")
        return
    with pytest.raises(BadConfiguration, match=says) as refused:
        read(tmp_path, **{key: given})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "exposed"),
    [
        ({}, False),
        ({"PUBLIC_URL": "http://localhost:8000"}, False),
        ({"PUBLIC_URL": "http://[::1]:8000"}, False),
        ({"PUBLIC_URL": "https://hotline.example.vn"}, True),
        ({"PUBLIC_URL": "http://192.0.2.7:8000"}, True),
        ({"PUBLIC_URL": "https://localhost"}, True),
        (REAL, False),
    ],
)
def test_whether_strangers_reach_the_simulator(tmp_path, environ, exposed):
    assert read(tmp_path, **environ).simulator_exposed is exposed


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER"])
def test_half_a_twilio_account_is_refused(tmp_path, missing):
    with pytest.raises(BadConfiguration, match="set all three"):
        read(tmp_path, **{key: value for key, value in REAL.items() if key != missing})


def test_a_real_number_needs_https_and_leaves_the_simulator(tmp_path):
    with pytest.raises(BadConfiguration, match="https://"):
        read(tmp_path, **REAL | {"PUBLIC_URL": "http://hotline.example.vn"})
    real = read(tmp_path, **REAL)
    assert not real.simulated
    assert (real.twilio_auth_token, real.twilio_number) == ("tw-s3cret", "+84900000098")
    assert real.twilio_api_base == "https://api.twilio.com"
    assert read(tmp_path).simulated


def test_shown_settings_hide_every_secret(tmp_path):
    found = read(
        tmp_path, **REAL, DATABASE_URL="postgresql://u:s3cret:db@s3cret@h/d?sslpassword=key-s3cret&sslmode=require",
        REDIS_URL="redis://:queue-s3cret@h", SECRET_KEY="session-s3cret", METRICS_TOKEN="metrics-s3cret",
    )  # fmt: skip
    assert "s3cret" not in json.dumps(found.shown()) + repr(found)
    assert "sslmode=require" in found.shown()["database_url"]
    assert {found.secrets.session_key, found.secrets.metrics_token} == {"session-s3cret", "metrics-s3cret"}


def test_a_deep_folder_still_has_a_short_socket(tmp_path):
    deep = Settings.from_env({"DATA_DIR": str(tmp_path / ("đ" * 60))})
    assert len(os.fsencode(deep.redis_url.removeprefix("unix://"))) <= LONGEST_SOCKET_PATH


@pytest.mark.parametrize("name", ["secrets.json", "keyring.json"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b'{"active": "a", "wrapping": {}, "index": "AA=="}']
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path, name, content):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(content)
    load = Secrets.load_or_create if name == "secrets.json" else KeyRing.load_or_create
    with pytest.raises(BadConfiguration, match="damaged"):
        load(folder, {})
    assert (folder / name).read_bytes() == content


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(BadConfiguration, match="Set DATA_DIR"):
        read(tmp_path)


def test_processes_that_start_together_share_one_set_of_secrets(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from hotline.secret_store import Secrets; from hotline.vault import KeyRing, Vault\n"
        "folder = Path(sys.argv[1]); print('ready', flush=True); sys.stdin.readline()\n"
        "print(Secrets.load_or_create(folder, {}).session_key, Vault(KeyRing.load_or_create(folder, {})).fingerprint)"
    )
    folder = tmp_path / "data"
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdout.readline() == "ready\n"
    answers = {process.communicate("go\n")[0] for process in started}
    assert len(answers) == 1
    assert len(answers.pop()) > 60
    assert sorted(path.name for path in folder.iterdir()) == ["keyring.json", "secrets.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
