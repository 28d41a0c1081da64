"""`simulate sms` and `simulate call`, as typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hotline.settings import Settings
from hotline.telephony.simulator.cli import simulate
from hotline.telephony.simulator.codes import tip_code

from .conftest import VOICEMAIL
from .scripted_hotline import Page, ScriptedHotline, serving

RESIDENT = "+84900000012"
REPLY = "<Message>Đã nhận. Mã tin 482 913 605</Message>"


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[tuple[ScriptedHotline, dict[str, str]]]:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    hotline = ScriptedHotline(settings.twilio_auth_token)
    with serving(hotline.app()) as address:
        hotline.base_url = address
        yield hotline, {"DATA_DIR": str(tmp_path), "PUBLIC_URL": address}


def run(environ: dict[str, str], *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(simulate, arguments, env=environ, input=stdin)


@pytest.mark.parametrize(
    ("arguments", "stdin", "pages", "status", "output"),
    [
        (["sms", "--from", RESIDENT, "có cháy"], "", {"/twilio/sms": REPLY}, 0, "Đã nhận. Mã tin 482 913 605\ncode: 482913605\n"),
        (["sms", "--from", RESIDENT], "có cháy\n", {"/twilio/sms": REPLY}, 0, "code: 482913605"),
        (["sms", "--from", RESIDENT, "a", "--fault", "repeat=1"], "", {"/twilio/sms": REPLY}, 0, "code: 482913605"),
        (["sms", "--from", RESIDENT, "a"], "", {"/twilio/sms": Page("", status=403)}, 1, "refused the signature"),
        (["sms", "--from", RESIDENT, "a", "--fault", "bang=1"], "", {}, 1, "not known"),
        (["sms", "--from", RESIDENT, "a", "--url", "http://127.0.0.1:9"], "", {}, 1, "Is the hotline running?"),
        (["sms", "--from", RESIDENT], "", {}, 2, "write a TEXT"),
        (["sms", "a"], "", {}, 2, "--from"),
        (["call", "--from", RESIDENT, str(VOICEMAIL), "--hang-up"], "", {"/twilio/voice": "<Say>Mời nói</Say><Record/>"}, 0, "Mời nói\ncall: CA"),
        (["call", "--from", RESIDENT, "--digits", "1"], "", {"/twilio/voice": "<Gather numDigits='1' action='/x'/>", "/x": "<Say>4 8 2 9 1 3 6 0 5</Say>"}, 0, "code: 482913605"),
        (["call", "--from", RESIDENT], "", {"/twilio/voice": Page("no", status=500)}, 1, "HTTP 500"),
        (["call", "--from", RESIDENT, __file__], "", {}, 1, "not audio"),
        (["call", "--from", RESIDENT, "missing.wav"], "", {}, 2, "does not exist"),
    ],
)  # fmt: skip
def test_commands(
    configured: tuple[ScriptedHotline, dict[str, str]],
    arguments: list[str],
    stdin: str,
    pages: dict[str, Any],
    status: int,
    output: str,
) -> None:
    hotline, environ = configured
    hotline.script(pages)
    result = run(environ, *arguments, stdin=stdin)
    assert (result.exit_code, output in result.output) == (status, True), result.output
    assert all(one.signed for one in hotline.received)


def test_pictures(configured: tuple[ScriptedHotline, dict[str, str]], tmp_path: Path) -> None:
    hotline, environ = configured
    picture = tmp_path / "ảnh.png"
    picture.write_bytes(b"png")
    result = run(environ, "sms", "--from", RESIDENT, "--media", str(picture))
    assert result.exit_code == 0
    assert hotline.params("/twilio/sms")[0]["MediaContentType0"] == "image/png"


def test_refused_when_a_real_provider_is_configured(tmp_path: Path) -> None:
    real = {
        "DATA_DIR": str(tmp_path),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_NUMBER": "+84900000099",
        "PUBLIC_URL": "https://hotline.example.vn",
    }
    result = run(real, "sms", "--from", RESIDENT, "a")
    assert result.exit_code == 1
    assert "a real provider is configured" in result.output
    assert not (tmp_path / "simulator").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mã 482 913 605. Cảm ơn", "482913605"),
        ("Mã 482913605", "482913605"),
        ("Mã 4, 8, 2. 9, 1, 3. 6, 0, 5.", "482913605"),
        ("Gọi +84900000012 hoặc 0900 000 012", ""),
        ("Ngày 22 11 2026", ""),
        ("", ""),
    ],
)
def test_tip_code(text: str, code: str) -> None:
    assert tip_code(["Xin chào", text]) == code
