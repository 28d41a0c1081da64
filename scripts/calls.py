"""`python -m scripts.calls 1000`: so many simulated calls with random faults, and workers killed meanwhile.

Prints the tips and the seconds of audio that should be there and that are; exit status 1 where they differ. The same
seed (second argument, 1 unless given) makes the same calls. tests/journeys/call_storm.py says what is compared.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time

from hotline import schema
from hotline.app import create_app
from hotline.context import Parts
from hotline.settings import Settings
from hotline.telephony.simulator.account import from_settings
from hotline.telephony.simulator.faults import random_call_faults
from hotline.telephony.simulator.http import serve
from speech.models import DEMO_MODEL
from speech.vosk_engine import VoskEngine
from tests.builders import create_world
from tests.journeys.call_storm import CallStorm, Difference, random_plan
from workers import runtime


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    logging.disable(logging.ERROR)  # every fault is a warning
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATA_DIR": folder,
            "RECORD_SILENCE_SECONDS": "2",
            "REDIS_URL": f"unix://{folder}/away",
        }
        Settings.from_env(os.environ)  # makes the simulator's credentials
        with serve(from_settings(Settings.from_env(os.environ))) as api:
            os.environ["TWILIO_API_BASE"] = api
            parts = Parts.build(Settings.from_env(os.environ))
            schema.migrate(parts.database)
            with parts.database.begin() as session:
                create_world(session)
            runtime.set_engine(VoskEngine.load(DEMO_MODEL))
            client = create_app(parts.settings).test_client()
            storm = CallStorm(parts, client, from_settings(parts.settings), random.Random(seed))
            run(storm, count, random.Random(seed))
            runtime.set_engine(None)


def run(storm: CallStorm, count: int, chance: random.Random) -> None:
    """Make the calls with work, deaths and time between them; then let all settle, compare and print."""
    begun, killed, died = time.monotonic(), 0, 0
    for number in range(1, count + 1):
        storm.call(random_plan(chance, random_call_faults(chance)))
        if chance.random() < 0.1:
            died += storm.die()
        if chance.random() < 0.1:
            killed += storm.kill_a_worker()
        if chance.random() < 0.7:
            storm.work(chance.randrange(1, 8))
        if chance.random() < 0.5:
            storm.pass_time(chance.choice((1, 3, 11)))
        if number % 50 == 0:
            print(f"{number} calls, {time.monotonic() - begun:.0f} s", flush=True)
    storm.settle()
    try:
        expected, found, expected_s, found_s = storm.check()
    except Difference as difference:
        sys.exit(f"seed and calls as given: {difference}")
    recordings = sum(len(made.recorded) for made in storm.made)
    print(
        f"{count} calls with random faults, {killed} workers killed and {died} left dead, {recordings} recordings:\n"
        f"tips expected {expected}, found {found}; seconds of audio expected {expected_s:.3f}, found {found_s:.3f}"
    )
    if (expected, expected_s) != (found, found_s):
        sys.exit("they differ")


if __name__ == "__main__":
    main()
