"""The main job on real parts: a text and voicemails go in at the webhooks and come out as tips."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select

from hotline.clock import local, utcnow
from hotline.db import Database
from hotline.models import Call, Message, Recording, Tip
from hotline.services import audit
from hotline.telephony.simulator.account import from_settings
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.vault import KeyRing, Vault
from speech.evaluation import WordErrors, word_errors
from tests import leaks
from tests.builders import count
from tests.journeys.conftest import Stack
from tests.ops.waiting import until

VOICEMAILS = Path(__file__).parents[1] / "data" / "voicemails"
SPOKEN = {e["file"]: e["transcript"] for e in json.loads((VOICEMAILS / "voicemails.json").read_text("utf-8"))}
CODE = re.compile(r"^code: (\d{9})$", re.M)
UNITS = """code,name,parent_code,is_duty,communes
PA01,Công an tỉnh Lâm Đồng,,1,
DUCLAP,Công an xã Đức Lập,PA01,0,24664
SONGLUY,Công an xã Sông Lũy,PA01,0,23023
"""
# From the webhook's answer to tags, unit and transcript: what a person waits for before looking again.
SECONDS = 15.0


@pytest.fixture(scope="module")
def units(stack: Stack) -> None:
    file = Path(stack.environ["DATA_DIR"]).parent / "units.csv"
    file.write_text(UNITS)
    stack.run("unit", "import", str(file))


def code_of(output: str) -> str:
    found = CODE.search(output)
    assert found, output
    return found[1]


def voicemail(stack: Stack, code: str) -> dict[str, Any] | None:
    """The tip of a call once it is transcribed and tagged."""
    tip = stack.tip(code)
    return tip if tip["categories"] and [r["state"] for r in tip["recordings"]] == ["transcribed"] else None


def test_a_text_and_voicemails_become_tips_with_tags_unit_and_transcript(stack, units):
    text = "Đang đánh nhau to ở xã Sông Lũy, Lâm Đồng, có người cầm dao, xe 49H1-123.45"
    code = code_of(stack.run("simulate", "sms", "--from", "+84900000012", text))
    tip = until(lambda: (t := stack.tip(code))["categories"] and t, "the text read", SECONDS)
    assert (tip["channel"], tip["unit"], tip["urgent"], tip["text"]) == ("sms", "SONGLUY", True, text)

    first, second = "vm01_theft_coffee.wav", "vm09_fire.wav"
    calls = [
        stack.start("simulate", "call", "--from", "+84900000013", str(VOICEMAILS / name))
        for name in (first, second)
    ]
    outputs = [process.communicate(timeout=60) for process in calls]
    assert [process.returncode for process in calls] == [0, 0], outputs
    codes = [code_of(output) for output, _ in outputs]
    theft, fire = (until(lambda c=c: voicemail(stack, c), "the voicemail read", SECONDS) for c in codes)
    assert (theft["unit"], theft["categories"][0]["code"]) == ("DUCLAP", "TROM_CAP")
    assert (fire["urgent"], fire["categories"][0]["code"]) == (True, "CHAY_NO")
    assert theft["assignment"]["code"] == "area"
    for tip in (theft, fire):
        transcript = tip["recordings"][0]["transcript"]
        assert all(word.keys() >= {"word", "start", "end", "conf"} for word in transcript["words"])
        assert tip["history"][0]["kind"] == "tip_received"


def test_all_voicemails_are_understood(stack, units):
    phone = SimulatedPhone(from_settings(stack.settings), stack.settings.public_url)
    heard = {}
    for number, name in enumerate(sorted(SPOKEN)):
        result = phone.call(f"+849000000{20 + number}", VOICEMAILS / name, hang_up=number % 2 == 0)
        heard[name] = result.recording_sids[0]
    database = opened(stack)
    try:
        texts = until(lambda: transcripts(database, heard.values()), "every voicemail transcribed", 60)
    finally:
        database.engine.dispose()
    errors = sum((word_errors(SPOKEN[name], texts[sid]) for name, sid in heard.items()), WordErrors())
    assert errors.rate <= 0.08, errors


def opened(stack: Stack) -> Database:
    ring = KeyRing.load_or_create(stack.settings.data_dir, {})
    return Database(stack.settings.database_url, Vault(ring))


def transcripts(database: Database, wanted: Collection[str]) -> dict[str, str] | None:
    """What each of these recordings says, once all are transcribed."""
    ours = Recording.provider_sid.in_(wanted)
    with database.reading() as session:
        if count(session, Recording, ours, Recording.transcript_sealed.is_not(None)) < len(wanted):
            return None
        return {r.provider_sid: r.transcript["text"] for r in session.scalars(select(Recording).where(ours))}


def test_the_report_counts_them_and_the_audit_is_whole(stack, units):
    today = local(utcnow()).date()
    database = opened(stack)
    with database.reading() as session:
        stored = {channel: count(session, Tip, Tip.channel == channel) for channel in ("sms", "voice")}
    database.engine.dispose()
    period = ["--from", str(today - timedelta(days=1)), "--to", str(today)]
    report = json.loads(stack.run("report", *period, "--format", "json"))
    assert {row["code"]: row["received"] for row in report["by_channel"]} == stored
    assert report["totals"]["received"] == sum(stored.values()) >= 13
    assert report["totals"]["to_resolve"] == report["totals"]["pending_in_time"]
    assert sum(row["received"] for row in report["by_unit"]) == sum(stored.values())
    assert date.fromisoformat(report["period"]["to"]) == today
    assert "whole" in stack.run("audit", "verify")


PROCESSES = {
    "web": "gunicorn",
    "worker": "workers\0default",
    "provider": "workers\0provider",
    "speech": "workers\0speech",
    "scheduler": "workers\0scheduler",
    "valkey": "valkey-server",
}


def test_killing_each_process_in_turn_loses_and_doubles_nothing(stack, units):
    phone = SimulatedPhone(from_settings(stack.settings), stack.settings.public_url, timeout_s=5)
    database = opened(stack)
    with database.reading() as session:
        tips_before, calls_before = count(session, Tip), count(session, Call)
    acknowledged: list[str] = []
    called: list[str] = []
    for number, (name, word) in enumerate(PROCESSES.items()):
        sender = f"+849000000{40 + number}"
        called += phone.call(sender, VOICEMAILS / "vm09_fire.wav", hang_up=True).recording_sids
        killed = until(lambda word=word: stack.leader(word), f"{name} runs")
        os.kill(killed, signal.SIGKILL)
        until(  # as the provider would not: a text that nobody answered counts for nothing
            lambda sender=sender: (
                (r := phone.send_sms(sender, "Có trộm")).status_code == 200
                and not acknowledged.append(r.message_sid)
            ),
            "a text acknowledged",
        )
        until(lambda word=word, killed=killed: stack.leader(word) not in (None, killed), f"a new {name}")
    try:
        done = until(lambda: transcripts(database, called), "every voicemail transcribed", 120)
        assert set(called) <= done.keys()
        with database.reading() as session:
            stored = {m.provider_sid for m in session.query(Message) if m.provider_sid}
            assert set(acknowledged) <= stored
            # Each sender wrote and called once: whatever had to be repeated joined its own tip.
            assert count(session, Tip) == tips_before + len(called) + len(PROCESSES)
            assert count(session, Call) == calls_before + len(called)
            assert count(session, Recording, Recording.provider_sid.in_(called)) == len(called)
            assert count(session, Recording) == len({r.provider_sid for r in session.query(Recording)})
            assert audit.verify(session).broken_seq is None
    finally:
        database.engine.dispose()


def test_none_of_it_is_in_the_processes_logs_or_files(stack, units):
    with Redis.from_url(stack.settings.redis_url) as redis:
        redis.save()
    numbers = leaks.of_number("+84900000020") | leaks.of_number("+84900000012")
    secrets = numbers.union(
        *(leaks.of_speech(SPOKEN[name]) for name in ("vm01_theft_coffee.wav", "vm09_fire.wav"))
    )
    data_dir, outside = stack.settings.data_dir, stack.settings.data_dir / "simulator"
    ours = [path for path in data_dir.rglob("*") if outside not in path.parents]
    assert {"hotline.db", "dump.rdb"} <= {path.name for path in ours}
    assert leaks.in_files(secrets, ours) == []
    assert "request" in stack.program.text
    assert leaks.in_bytes(secrets, stack.program.text.encode()) == []
    assert leaks.in_files(numbers, outside.rglob("*"))
