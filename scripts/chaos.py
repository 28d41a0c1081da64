"""`make chaos`: texts and calls from a misbehaving provider while processes are killed; then count.

Everything that the hotline acknowledged must be there once. CHAOS_SECONDS (default 120) and CHAOS_SEED may be set.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select  # noqa: E402

from hotline.context import Parts  # noqa: E402
from hotline.models import Call, Message, Recording, Tip  # noqa: E402
from hotline.models.call import RecordingState  # noqa: E402
from hotline.models.message import MessageState  # noqa: E402
from hotline.services import audit  # noqa: E402
from hotline.settings import Settings  # noqa: E402
from hotline.telephony.simulator.account import from_settings  # noqa: E402
from hotline.telephony.simulator.client import SimulatedPhone  # noqa: E402
from hotline.telephony.simulator.faults import random_faults  # noqa: E402

VOICEMAILS = sorted((ROOT / "tests/data/voicemails").glob("*.wav"))
SETTLE_S = 420  # leases of five minutes may have to run out, and then some
ENDS = (RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED)


def main() -> None:
    seconds, seed = int(os.environ.get("CHAOS_SECONDS", "120")), int(os.environ.get("CHAOS_SEED", "1"))
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environ = os.environ | {"DATA_DIR": folder, "PORT": str(port), "LOG_FORMAT": "json"}
        run = subprocess.Popen(
            [sys.executable, "-m", "hotline", "run"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            settings = Settings.from_env(environ)
            until(lambda: serves(settings), 90, "serving")
            acknowledged = storm(settings, run.pid, chance, seconds)
            until(lambda: serves(settings), 90, "serving again")
            check(Parts.build(settings), acknowledged)
        finally:
            run.terminate()
            run.wait(30)


def storm(settings: Settings, supervisor: int, chance: random.Random, seconds: int) -> dict[str, set[str]]:
    """Traffic and kills for so many seconds; returns the provider's ids that were answered with 200."""
    phone = SimulatedPhone(from_settings(settings), settings.public_url, timeout_s=5)
    acknowledged: dict[str, set[str]] = {"texts": set(), "calls": set(), "recordings": set()}
    end, killed, next_kill = time.monotonic() + seconds, 0, time.monotonic() + 3
    while time.monotonic() < end:
        until(lambda: serves(settings), 90, "serving again")
        number = f"+849000000{chance.randrange(10, 90)}"
        faults = random_faults(chance)
        if chance.random() < 0.7:
            text = phone.send_sms(
                number, f"tin thu {chance.random()} o thon {chance.randrange(9)}", faults=faults
            )
            if text.status_code == 200:
                acknowledged["texts"].add(text.message_sid)
        else:
            call = phone.call(number, chance.choice(VOICEMAILS), hang_up=chance.random() < 0.5, faults=faults)
            if not call.error:
                acknowledged["calls"].add(call.call_sid)
                acknowledged["recordings"] |= set(call.recording_sids)
        if time.monotonic() > next_kill:
            next_kill = time.monotonic() + chance.uniform(1, 6)
            victims = psutil.Process(supervisor).children(recursive=True)
            if victims:
                chance.choice(victims).kill()
                killed += 1
    print(
        f"killed {killed} processes; acknowledged", {kind: len(sids) for kind, sids in acknowledged.items()}
    )
    return acknowledged


def check(parts: Parts, acknowledged: dict[str, set[str]]) -> None:
    """Wait until all work is done, then compare what is stored with what was acknowledged."""
    try:
        until(lambda: not unfinished(parts), SETTLE_S, "all work done")
    except TimeoutError as late:
        raise SystemExit(f"{late}; left: {unfinished(parts)}") from late
    with parts.database.begin() as session:
        stored = {
            "texts": session.scalars(
                select(Message.provider_sid).where(Message.state == MessageState.RECEIVED)
            ).all(),
            "calls": session.scalars(select(Call.provider_sid)).all(),
            "recordings": session.scalars(select(Recording.provider_sid)).all(),
        }
        counted = select(Recording.state, func.count()).group_by(Recording.state)
        states = {row[0]: row[1] for row in session.execute(counted)}
        tips = session.scalar(select(func.count()).select_from(Tip))
        chain = audit.verify(session)
    missing = {kind: sorted(acknowledged[kind] - set(stored[kind])) for kind in acknowledged}
    doubled = {kind: len(sids) - len(set(sids)) for kind, sids in stored.items()}
    print(json.dumps({"tips": tips, "recordings": states, "missing": missing, "doubled": doubled}, indent=1))
    if any(missing.values()) or any(doubled.values()) or chain.broken_seq is not None:
        raise SystemExit("something acknowledged is missing or doubled, or the audit chain is broken")
    print("nothing acknowledged is missing, nothing is doubled, the audit chain holds")


def unfinished(parts: Parts) -> dict[str, int]:
    """What still waits for a worker, by kind and state."""
    with parts.database.reading() as session:
        by_state = select(Recording.state, Recording.failure, func.count()).where(
            Recording.state.not_in(ENDS)
        )
        found = {
            f"recording {state} {failure or ''}".strip(): count
            for state, failure, count in session.execute(
                by_state.group_by(Recording.state, Recording.failure)
            )
        }
        untagged = select(func.count()).select_from(Tip).where(Tip.triaged < Tip.triage_wanted)
        announced = select(Recording.id).where(Recording.call_id == Call.id).exists()
        unheard = select(func.count()).select_from(Call).where(Call.reconciled_at.is_(None), ~announced)
        found |= {"tip untagged": session.scalar(untagged) or 0, "call unheard": session.scalar(unheard) or 0}
    return {kind: count for kind, count in found.items() if count}


def serves(settings: Settings) -> bool:
    try:
        return requests.get(settings.public_url + "/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for: {what}")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
