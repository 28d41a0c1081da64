"""The command line: lazy, one clear line for an error, exit statuses, units, staff, audit, doctor."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from hotline import cli
from hotline.cli.first_run import ROOT_CODE, prepare
from hotline.cli.run import addresses
from hotline.clock import utcnow
from hotline.db import Database
from hotline.models import Unit
from hotline.rules.access import Role
from hotline.services import alarms, staff, tips
from hotline.settings import Settings
from hotline.vault import KeyRing, Vault
from speech.models import DEMO_MODEL

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str | None]:
    unset = {"DATABASE_URL", "REDIS_URL", "PORT", "PUBLIC_URL", "HOTLINE_KEYRING", "TWILIO_ACCOUNT_SID"}
    return dict.fromkeys(unset) | {"DATA_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def call(environ, tmp_path, monkeypatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **extra: str) -> Result:
        return CliRunner().invoke(cli.main, arguments, env=environ | extra)

    return call


@pytest.fixture
def database(environ, call) -> Database:
    assert call("migrate").exit_code == 0
    settings = Settings.from_env({"DATA_DIR": environ["DATA_DIR"]})
    return Database(settings.database_url, Vault(KeyRing.load_or_create(settings.data_dir, {})))


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(call, name):
    result = call(name, "--help")
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_the_list_of_commands_and_triage_load_no_database():
    code = "import sys, hotline.cli; hotline.cli.main(['{}', '--help'][{}:], standalone_mode=False)"
    for arguments in (("x", 1), ("triage", 0)):
        check = f"{code.format(*arguments)}; sys.exit('sqlalchemy' in sys.modules or 'flask' in sys.modules)"
        assert (
            subprocess.run([sys.executable, "-c", check], cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0
        )


def test_every_bad_setting_is_named_at_once(call):
    result = call("config", "show", PORT="eighty", HOTLINE_LANG="fr", TWILIO_NUMBER="0900", WEB_WORKERS="0")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    for key in ("PORT", "HOTLINE_LANG", "TWILIO_NUMBER", "WEB_WORKERS"):
        assert key in result.stderr
    assert call("no-such-command").exit_code == 2


def test_config_show_hides_every_secret(call, environ):
    output = call("config", "show", DATABASE_URL="postgresql://hotline:s3cret@127.0.0.1/hotline").output
    secrets = (Path(str(environ["DATA_DIR"])) / "secrets.json").read_text()
    for secret in ["s3cret", *re.findall(r'(?:session_key|metrics_token|auth_token)": "([^"]+)', secrets)]:
        assert secret not in output


def test_dotenv_is_read_and_the_environment_wins(call, tmp_path):
    (tmp_path / ".env").write_text("# ours\nPORT=8055\nHOTLINE_LANG=en\nTHREAD_WINDOW_HOURS='12'\n")
    shown = call("config", "show", HOTLINE_LANG="vi", THREAD_WINDOW_HOURS="12").output
    assert re.search(r"^port +8055$", shown, re.M)
    assert re.search(r"^lang +vi$", shown, re.M)
    (tmp_path / ".env").write_text("PORT='80\n")
    assert ".env cannot be read" in call("config", "show").stderr


def test_env_example_names_what_is_read(tmp_path):
    class Asked(dict[str, str]):
        names: set[str] = set()  # noqa: RUF012

        def get(self, key, default=None):
            self.names.add(key)
            return super().get(key, default)

    asked = Asked(DATA_DIR=str(tmp_path))
    KeyRing.load_or_create(Settings.from_env(asked).data_dir, asked)
    listed = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert listed == asked.names | {"LOG_FORMAT"}


UNITS = """code,name,parent_code,is_duty,communes
PA,Công an tỉnh,,1,
PA-1,Công an xã Một,PA,,00004 00008
PA-2,Công an xã Hai,PA-1,0,00025
"""


def test_units_are_added_moved_and_renamed_as_a_whole(call, database, tmp_path):
    file = tmp_path / "units.csv"
    for content in (UNITS, UNITS.replace(",", ";"), "\ufeff" + UNITS):
        file.write_text(content)
        assert call("unit", "import", str(file)).exit_code == 0
    moved = "code,name,parent_code,is_duty,communes\nPA-2,Công an phường Hai,PA,0,00025 00070\n"
    file.write_text(moved)
    assert call("unit", "import", str(file)).output == "1 units imported\n"
    with database.reading() as session:
        units = {u.code: (u.name, u.path, len(u.areas)) for u in session.scalars(select(Unit))}
    assert units == {
        "PA": ("Công an tỉnh", "/PA/", 0),
        "PA-1": ("Công an xã Một", "/PA/PA-1/", 2),
        "PA-2": ("Công an phường Hai", "/PA/PA-2/", 2),
    }
    assert "  PA-2  Công an phường Hai  (2 communes)" in call("unit", "list").output
    file.write_text(UNITS.replace("PA,", "TINH,", 1).replace(",PA,", ",TINH,"))
    assert call("unit", "import", str(file)).exit_code == 0
    with database.reading() as session:
        assert set(session.scalars(select(Unit.path))) == {"/TINH/", "/TINH/PA-1/", "/TINH/PA-1/PA-2/"}


def test_phrases_for_the_speech_model_are_those_around_a_unit(call, database, tmp_path):
    assert "no unit has communes" in call("speech-phrases", "--out", str(tmp_path / "none.txt")).output
    file, units = tmp_path / "phrases.txt", tmp_path / "units.csv"
    units.write_text(UNITS)
    assert call("unit", "import", str(units)).exit_code == 0
    assert call("speech-phrases", "--unit", "PA-2", "--out", str(file)).exit_code == 0
    lines = file.read_text("utf-8").splitlines()
    assert {"ở phường Giảng Võ", "phường Ba Đình", "đập đá"} <= set(lines)
    assert "ở phường Ba Đình" not in lines  # of PA-1
    assert "ở phường Ba Đình" in call("speech-phrases").output
    unknown = call("speech-phrases", "--unit", "PA-9")
    assert unknown.exit_code == 1 and "there is no unit PA-9" in unknown.output


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("PA,Tỉnh,,1,\nX,Xã,NO,0,", "line 3: X belongs to NO, which does not exist"),
        ("PA,Tỉnh,,1,\nA,a,B,0,\nB,b,A,0,", "line 3: A lies below itself"),
        ("PA,Tỉnh,,1,\nPB,Tỉnh,,1,", "exactly one unit must have no parent_code; without one are: PA, PB"),
        ("PA,Tỉnh,,0,", "no unit has is_duty 1"),
        ("PA,Tỉnh,,1,\nPA,Tỉnh,,1,", "lines 2, 3: PA stands twice"),
        ("PA,Tỉnh,,1,\nA,a,PA,0,\na,b,PA,0,", "lines 3, 4: the codes A and a differ in nothing but capitals"),
        ("PA,Tỉnh,,1,\nA,a,PA,0,00004\nB,b,PA,0,00004", "lines 3, 4: commune 00004 is given to A and B"),
        ("PA,Tỉnh,,1,4", "line 2, column communes: 4 is no commune's code"),
        ("PA,Tỉnh,,maybe,", "line 2: is_duty is 'maybe'"),
        ("/,Tỉnh,,1,", "line 2: the code '/' must be"),
        ("PA,,,1,", "line 2: PA has no name"),
        ("", "there is no line with a unit"),
    ],
)
def test_a_file_with_a_mistake_changes_nothing(call, database, tmp_path, lines, problem):
    file = tmp_path / "units.csv"
    file.write_text(f"code,name,parent_code,is_duty,communes\n{lines}\n")
    result = call("unit", "import", str(file))
    assert (result.exit_code, problem in result.stderr) == (1, True), result.stderr
    with database.reading() as session:
        assert session.scalars(select(Unit.code)).all() == [ROOT_CODE]


SPECIAL = """code,name,parent_code,is_duty,communes,provinces,categories
PA,Công an tỉnh,,1,,01,
PA-1,Công an xã Một,PA,,00004,,
PC04,Phòng ma túy,PA,,,,MA_TUY
PC02,Đội hình sự,PA,,00004,01,TROM_CAP CUOP_GIAT
"""


def test_units_take_provinces_and_categories(call, database, tmp_path):
    file = tmp_path / "units.csv"
    file.write_text(SPECIAL)
    assert call("unit", "import", str(file)).output == "4 units imported\n"

    def units() -> dict[str, tuple[list[str], list[str], list[str]]]:
        with database.reading() as session:
            return {
                u.code: (
                    [area.commune_code for area in u.areas],
                    [area.province_code for area in u.provinces],
                    sorted(listed.category for listed in u.categories),
                )
                for u in session.scalars(select(Unit))
            }

    wanted = {
        "PA": ([], ["01"], []),
        "PA-1": (["00004"], [], []),
        "PC04": ([], [], ["MA_TUY"]),
        "PC02": (["00004"], ["01"], ["CUOP_GIAT", "TROM_CAP"]),
    }
    assert units() == wanted
    assert "PC04  Phòng ma túy  (MA_TUY)" in call("unit", "list").output
    # A file without the further columns leaves them as they are; one with them empties or changes them.
    file.write_text("code,name,parent_code,is_duty,communes\nPC02,Đội hình sự,PA,0,00004\n")
    assert call("unit", "import", str(file)).exit_code == 0
    assert units() == wanted
    file.write_text("code,name,parent_code,is_duty,communes,categories\nPC02,Đội,PA,0,,TROM_CAP\n")
    assert call("unit", "import", str(file)).exit_code == 0
    assert units() == wanted | {"PC02": ([], ["01"], ["TROM_CAP"])}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("X,x,PA,0,,1,", "line 3, column provinces: 1 is no province's code"),
        ("X,x,PA,0,,,MA_TUY ma_tuy", "line 3, column categories: ma_tuy is no category's code"),
        ("X,x,PA,0,00004 5,01,KHONG", "line 3, column communes: 5 is no commune's code"),
        ("X,x,PA,0,00004 5,01,KHONG", "line 3, column categories: KHONG is no category's code"),
        ("X,x,PA,0,,01,", "lines 2, 3: province 01 is given to PA and X"),
    ],
)
def test_a_wrong_code_is_named_with_its_line_and_column(call, database, tmp_path, line, problem):
    file = tmp_path / "units.csv"
    file.write_text(f"code,name,parent_code,is_duty,communes,provinces,categories\nPA,Tỉnh,,1,,01,\n{line}\n")
    result = call("unit", "import", str(file))
    assert (result.exit_code, problem in result.stderr) == (1, True), result.stderr
    with database.reading() as session:
        assert session.scalars(select(Unit.code)).all() == [ROOT_CODE]


def test_people_and_the_audit_chain(call, database, tmp_path):
    (tmp_path / "units.csv").write_text(UNITS)
    call("unit", "import", str(tmp_path / "units.csv"))
    created = call("officer", "create", "lan", "--name", "Lan", "--role", "leader", "--unit", "PA-1")
    assert re.search(r"one-time password: [a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\n", created.output)
    assert call("officer", "create", "lan", "--name", "Lan", "--unit", "PA-1").exit_code == 1
    assert call("officer", "create", "an", "--name", "An", "--unit", "NO").exit_code == 1
    assert "one-time password" in call("officer", "reset-password", "lan").output
    assert call("officer", "disable", "lan").exit_code == 0
    assert call("audit", "verify").output == "5 events, whole\n"
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_event SET kind = 'login' WHERE seq = 2"))
    broken = call("audit", "verify")
    assert broken.exit_code == 1
    assert "broken at event 2" in broken.stderr


def test_the_first_password_is_renewed_until_somebody_signs_in(call, database):
    now = utcnow()
    first, second = prepare(database, "vi", now), prepare(database, "vi", now)
    assert first and second and first != second
    with database.begin() as session:
        assert staff.authenticate(session, "admin", first, now) is None
        assert staff.authenticate(session, "admin", second, now)
    assert prepare(database, "vi", now) is None


def test_a_database_that_does_not_answer_is_one_clear_line(call):
    result = call("migrate", DATABASE_URL="postgresql://hotline@127.0.0.1:1/hotline")
    assert result.exit_code == 1
    assert "Check DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr


def test_doctor_tells_what_is_wrong_and_what_to_do(call, database, environ):
    healthy = call("doctor")
    assert healthy.exit_code == 0, healthy.output
    assert "✓ database: sqlite" in healthy.output
    (Path(str(environ["DATA_DIR"])) / "keyring.json").chmod(0o644)
    result = call("doctor")
    assert result.exit_code == 1
    assert "✗ keyring.json is open to others" in result.output
    assert "chmod 600" in result.output


def test_doctor_tells_whether_anybody_can_be_paged(call, database, tmp_path):
    assert "! alarms: nobody has a duty telephone" in call("doctor").output
    with database.begin() as session:
        person, _ = staff.create(
            session, None, username="lan", display_name="Lan", role=Role.DUTY, unit_code=ROOT_CODE, now=utcnow()
        )  # fmt: skip
        person.duty_phone = "+84900000012"
        tip = tips.create(session, "sms", None, utcnow())
        alarms.raise_alarm(session, tip, utcnow())
    output = call("doctor", PAGE_MINUTES="7").output
    assert "✓ alarms: 1 people can be paged by text, a step every 7 min" in output
    assert "! alarms: 1 urgent tips wait for an answer" in output


@pytest.mark.parametrize(
    ("model", "seen"),
    [
        ("/nowhere", "✗ speech model: none is in use: "),
        ("vosk-model-vn-0.4", "✗ speech model: none is in use: the model vosk-model-vn-0.4 is not in"),
        (str(DEMO_MODEL.resolve()), f"! speech model: {DEMO_MODEL.name}"),
        ("", f"! speech model: {DEMO_MODEL.name}"),
    ],
)
def test_doctor_looks_at_the_model_that_is_set(call, database, model, seen):
    result = call("doctor", VOSK_MODEL=model)
    assert seen in result.output
    assert result.exit_code == ("✗" in seen)


def test_a_simulator_that_strangers_reach_is_told(call, database, environ):
    public = {"DATA_DIR": str(environ["DATA_DIR"]), "PUBLIC_URL": "https://127.0.0.1:1"}
    warning = "anybody who can open https://127.0.0.1:1/phone can send made-up tips"
    assert f"! provider: {warning}\n  → set TWILIO_ACCOUNT_SID" in call("doctor", **public).output
    assert "made-up tips" not in call("doctor").output
    for lang, said in (("en", warning), ("vi", "ai mở được https://127.0.0.1:1/phone cũng gửi được tin giả")):
        banner = addresses(Settings.from_env(public | {"HOTLINE_LANG": lang}), None, 1.0)
        assert said in "\n".join(banner)


def test_what_the_machine_refuses_is_one_clear_line(call, database, tmp_path):
    period = ("--from", "2026-10-01", "--to", "2026-10-31")
    full = f"{os.strerror(errno.ENOSPC)}. Check"
    (tmp_path / "locked" / "run.lock").mkdir(parents=True)
    (tmp_path / "var" / "simulator").write_text("not a folder")
    for arguments, extra, said in (
        (("report", *period, "--out", "/nope/x.csv"), {}, "/nope/x.csv: No such file or directory. Check"),
        (("export", "tips", *period, "--out", "/nope/x.csv"), {}, "/nope/x.csv: No such file or directory. Check"),
        (("report", *period, "--out", "/dev/full"), {}, full),
        (("simulate", "sms", "--from", "+84900000012", "có cháy"), {}, "simulator"),
        (("run",), {"DATA_DIR": str(tmp_path / "locked")}, "run.lock: Is a directory. Set DATA_DIR to a folder"),
    ):  # fmt: skip
        result = call(*arguments, **extra)
        assert (result.exit_code, said in result.stderr) == (1, True), (arguments, result.stderr)
        assert result.stderr.startswith("Error: ") and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "period",
    [("--from", "0001-01-01", "--to", "2026-10-31"), ("--from", "2026-10-01", "--to", "9999-12-31"),
     ("--month", "0001-01"), ("--month", "2101-01")],
)  # fmt: skip
@pytest.mark.parametrize("command", [("report",), ("export", "tips")])
def test_dates_of_no_hotline_are_refused(call, database, command, period):
    result = call(*command, *period)
    assert (result.exit_code, "give dates from 2000 to 2100" in result.stderr) == (2, True), result.stderr


def test_a_dash_is_standard_output(call, database, tmp_path):
    written = call("report", "--month", "2026-10", "--out", "-").output
    assert written == call("report", "--month", "2026-10").output
    assert json.loads(written)["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert not (tmp_path / "-").exists()


def test_postgresql_is_migrated_and_examined(call, new_postgres_database):
    url = new_postgres_database()
    assert call("migrate", DATABASE_URL=url).exit_code == 0
    assert call("migrate", DATABASE_URL=url).exit_code == 0
    assert "✓ database: postgresql 18" in call("doctor", DATABASE_URL=url).output
    with_other_keys = call("audit", "verify", DATABASE_URL=url, DATA_DIR="elsewhere")
    assert with_other_keys.exit_code == 1
    assert "another key ring" in with_other_keys.stderr


@contextmanager
def provider(status: int, date: str) -> Iterator[str]:
    """A provider's account page that answers with this status and clock."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (200, "✗ clock: "),
        (401, "✗ provider: refused with HTTP 401\n  → copy TWILIO_ACCOUNT_SID"),
        (503, "✗ provider: refused with HTTP 503\n  → the provider has trouble"),
    ],
)
def test_doctor_asks_a_real_provider(call, status, seen):
    with provider(status, "Thu, 01 Jan 2026 00:00:00 GMT") as address:
        result = call(
            "doctor",
            TWILIO_ACCOUNT_SID="AC" + "0" * 32,
            TWILIO_AUTH_TOKEN="t",
            TWILIO_NUMBER="+84900000099",
            TWILIO_API_BASE=address,
            PUBLIC_URL="https://127.0.0.1:1",
        )
    assert seen in result.output
    assert "✗ web: https://127.0.0.1:1/healthz does not answer" in result.output
    assert result.exit_code == 1
