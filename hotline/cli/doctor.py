"""`doctor`: every part the hotline depends on, looked at from here, each with what to do about it."""

from __future__ import annotations

import base64
import http.client
import os
import shutil
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from hotline import logs, valkey
from hotline.cli.opening import database
from hotline.clock import utcnow
from hotline.errors import HotlineError
from hotline.models import Alarm, Staff
from hotline.rules import classifier
from hotline.services import components
from hotline.settings import Settings
from hotline.storage import AudioStore
from hotline.triage_models import TriageModels

OK, NOTE, BAD = "✓", "!", "✗"
# A month of a busy province is about 2 GB of recordings; below a tenth of it there is a day left to act.
FREE_LOW, FREE_LEAST = 2 * 10**9, 2 * 10**8
CLOCK_TOLERANCE_S = 30
TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, and what to do unless all is well."""

    mark: str
    what: str
    advice: str = ""


Check = Callable[[Settings], Iterator[Finding]]


@click.command()
def doctor() -> None:
    """Check settings, disk, database, queue, web, provider, speech and clock; exit status 1 if one fails."""
    failed = False
    for finding in _examine():
        failed |= finding.mark == BAD
        click.echo(f"{finding.mark} {finding.what}")
        if finding.advice:
            click.echo(f"  → {finding.advice}")
    sys.exit(1 if failed else 0)


def _examine() -> Iterator[Finding]:
    try:
        logs.configure()
        found = Settings.from_env(os.environ)
    except HotlineError as error:
        yield Finding(BAD, "settings", str(error))
        return
    yield Finding(OK, f"settings: data in {found.data_dir}")
    for check in CHECKS:
        try:
            yield from check(found)
        except HotlineError as error:
            yield Finding(BAD, check.__name__.strip("_"), str(error))


def _disk(found: Settings) -> Iterator[Finding]:
    AudioStore(found.storage_url).check()
    free = shutil.disk_usage(found.data_dir).free
    mark = BAD if free < FREE_LEAST else NOTE if free < FREE_LOW else OK
    advice = "" if mark == OK else "free some space, or move DATA_DIR to a larger disk"
    yield Finding(mark, f"disk: audio can be written, {free / 1e9:.1f} GB free", advice)


def _key_files(found: Settings) -> Iterator[Finding]:
    names = ["secrets.json"] + ["keyring.json"] * ("HOTLINE_KEYRING" not in os.environ)
    for path in (found.data_dir / name for name in names):
        if not path.exists():
            yield Finding(NOTE, f"{path.name} does not exist yet", "it is made by `make run`")
        elif mode := stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(BAD, f"{path.name} is open to others (…{mode:03o})", f"chmod 600 {path}")
        else:
            yield Finding(OK, f"{path.name}: only this user reads it")


def _database(found: Settings) -> Iterator[Finding]:
    file = found.database_url.removeprefix("sqlite:///")
    if file != found.database_url and not Path(file).exists():
        yield Finding(
            NOTE, "database: not made yet", "start once with `make run`, or `python -m hotline migrate`"
        )
        return
    with database(found) as opened, opened.reading() as session:
        dialect = opened.engine.dialect.name
        query = select(func.sqlite_version()) if dialect == "sqlite" else text("SHOW server_version")
        yield Finding(
            OK, f"database: {dialect} {session.scalar(query)}, this program's version, our key ring"
        )
        yield _speech_worker(components.state(session, components.SPEECH, utcnow()))
        yield from _paging(session, found.page_minutes)


def _speech_worker(seen: components.Component) -> Finding:
    if seen.ready:
        return Finding(OK, f"speech worker: ready with {seen.detail.get('model', 'its model')}")
    if seen.state == components.NOT_RUNNING:
        return Finding(NOTE, "speech worker: not running", "start the hotline; recordings wait until then")
    return Finding(BAD, f"speech worker: {seen.state}", str(seen.detail.get("message", "")))


def _paging(session: Session, page_minutes: int) -> Iterator[Finding]:
    """Whether an urgent tip at night reaches a telephone, and whether one waits now."""
    waiting = session.scalar(select(func.count()).select_from(Alarm).where(Alarm.next_at.is_not(None)))
    phones = select(func.count()).select_from(Staff).where(Staff.active, Staff.duty_phone.is_not(None))
    if waiting:
        advice = "call the unit; the tip's page tells who was paged"
        yield Finding(NOTE, f"alarms: {waiting} urgent tips wait for an answer", advice)
    if with_phone := session.scalar(phones):
        yield Finding(
            OK, f"alarms: {with_phone} people can be paged by text, a step every {page_minutes} min"
        )
    else:
        yield Finding(
            NOTE,
            "alarms: nobody has a duty telephone, urgent tips are paged on the screen only",
            "enter one for whoever is on duty at night: page “Lịch trực”, then the person",
        )


def _triage_model(found: Settings) -> Iterator[Finding]:
    models = TriageModels(found.data_dir)
    in_use, trouble = next((known for known in models.known() if known.in_use), None), models.trouble()
    if trouble is not None:
        advice = "python -m hotline triage use shipped, or another that `triage models` lists"
        yield Finding(BAD, f"triage model: {trouble}; the shipped one reads in its place", advice)
    elif in_use is not None and not in_use.shipped:
        yield Finding(OK, f"triage model: {in_use.fingerprint}, trained here")
    models.refresh()
    if classifier.fingerprint() == classifier.NONE:
        advice = f"install the program anew: hotline/data/{classifier.MODEL} is missing or damaged"
        yield Finding(BAD, "triage model: none can be read, messages are tagged by phrases alone", advice)
    elif in_use is not None and in_use.shipped:
        yield Finding(OK, f"triage model: shipped, {in_use.fingerprint}")


def _queue(found: Settings) -> Iterator[Finding]:
    if valkey.answers(found.redis_url):
        yield Finding(OK, "queue: answers")
    elif found.redis_embedded:
        yield Finding(NOTE, "queue: the embedded Valkey does not run", "it is started by `make run`")
    else:
        yield Finding(
            BAD, "queue: REDIS_URL does not answer", "start the server or mend REDIS_URL; tips wait safely"
        )


def _web(found: Settings) -> Iterator[Finding]:
    address = f"{found.public_url}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S):  # noqa: S310 - settings allow http(s) only
            yield Finding(OK, f"web: {address} answers")
    except (OSError, http.client.HTTPException) as error:
        advice = "start the hotline, or mend PUBLIC_URL, its DNS name, certificate or proxy"
        yield Finding(NOTE if found.simulated else BAD, f"web: {address} does not answer ({error})", advice)


def _provider(found: Settings) -> Iterator[Finding]:
    if found.simulated:
        yield Finding(
            NOTE, "provider: simulated, no real phone is connected", "see README.md to connect a number"
        )
        if found.simulator_exposed:
            yield Finding(
                NOTE,
                f"provider: anybody who can open {found.public_url}/phone can send made-up tips",
                "set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_NUMBER, or take PUBLIC_URL away",
            )
        return
    account = f"{found.twilio_api_base}/2010-04-01/Accounts/{found.twilio_account_sid}.json"
    credentials = f"{found.twilio_account_sid}:{found.twilio_auth_token}".encode()
    request = urllib.request.Request(account)  # noqa: S310 - settings allow http(s) only
    request.add_header("Authorization", "Basic " + base64.b64encode(credentials).decode())
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            yield Finding(OK, "provider: reached, the account's credentials are right")
            yield _clock_against(response.headers["Date"])
    except urllib.error.HTTPError as error:
        error.close()
        advice = "copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew from the console"
        if error.code not in (401, 403, 404):
            advice = "the provider has trouble; its status page tells more. Tips wait and are fetched later"
        yield Finding(BAD, f"provider: refused with HTTP {error.code}", advice)
    except (OSError, http.client.HTTPException) as error:
        yield Finding(BAD, f"provider: not reached ({error})", "check this machine's way out to the internet")


def _clock_against(date: str | None) -> Finding:
    if not date:
        return Finding(NOTE, "clock: the provider names no time to compare with", "check that NTP runs")
    away = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    advice = "switch on NTP (timedatectl set-ntp true): deadlines are counted by this clock"
    return Finding(
        *(
            (OK, f"clock: {away:.0f} s from the provider's")
            if away <= CLOCK_TOLERANCE_S
            else (BAD, f"clock: {away:.0f} s from the provider's", advice)
        )
    )


def _decoders(_found: Settings) -> Iterator[Finding]:
    if find_spec("codecpod"):
        yield Finding(OK, "decoders: WAV, MP3, OGG, FLAC, and what phones record (M4A, AMR, 3GP, WebM)")
    else:
        advice = "they need codecpod, which comes for Linux on x86-64; elsewhere convert them to WAV"
        yield Finding(
            NOTE, "decoders: WAV, MP3, OGG and FLAC only; M4A, AMR, 3GP and WebM are refused", advice
        )


def _time_zone(_found: Settings) -> Iterator[Finding]:
    offset = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%z")
    if offset == "+0700":
        yield Finding(OK, "time zone: Asia/Ho_Chi_Minh is +07:00")
    else:
        yield Finding(BAD, f"time zone: Asia/Ho_Chi_Minh is {offset}", "install tzdata anew: make .venv")


def _speech_model(found: Settings) -> Iterator[Finding]:
    """Asked of the speech package in a process of its own: this one must not load the native library."""
    command = [sys.executable, "-m", "speech", "model", "list", "--models-dir", str(found.models_dir)]
    if found.vosk_model:
        command += ["--model", found.vosk_model]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own command
    used = next((line[2:] for line in seen.stdout.splitlines() if line.startswith("*")), "")
    advice = "install a real one: python -m speech model install vosk-model-small-vn-0.4"
    if seen.returncode or not used:
        reason = (seen.stderr.strip().splitlines() or ["none is in use"])[-1]
        yield Finding(BAD, f"speech model: {reason}", advice)
    elif "demonstration" in used:
        yield Finding(NOTE, f"speech model: {used}", advice)
    else:
        yield Finding(OK, f"speech model: {used}")


CHECKS: tuple[Check, ...] = (
    _disk, _key_files, _database, _triage_model, _queue, _web, _provider, _speech_model, _decoders,
    _time_zone,
)  # fmt: skip
