"""Whatever callers, provider and workers do in whatever order: every call ends in one tip with all its audio."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from hotline.telephony.simulator.faults import NO_FAULTS, random_call_faults
from hotline.telephony.simulator.http import serve
from tests.journeys.call_storm import AFTER, DIALLED, KEYS, NUMBERS, CallStorm, Plan
from workers import runtime

FAULTS = st.one_of(
    st.just(NO_FAULTS), st.integers(0, 2**32).map(lambda seed: random_call_faults(random.Random(seed)))
)
PLANS = st.builds(
    Plan,
    number=st.sampled_from(NUMBERS),
    keys=st.builds(
        lambda menu, after: "".join(menu) + after,
        st.lists(st.sampled_from(KEYS), max_size=3),
        st.sampled_from(AFTER),
    ),
    said=st.lists(st.sampled_from((0.6, 1.0)), max_size=3).map(tuple),
    hang_up_after_s=st.sampled_from((None, None, 0.0, 0.5, 9.0)),
    dial=st.sampled_from(DIALLED),
    faults=FAULTS,
)


class Calls(RuleBasedStateMachine):
    """Calls, work, time and deaths of workers, in any order."""

    def __init__(self, storm: CallStorm) -> None:
        super().__init__()
        self.storm = storm

    @rule(plan=PLANS)
    def call(self, plan: Plan) -> None:
        self.storm.call(plan)

    @rule(most=st.integers(1, 5))
    def work(self, most: int) -> None:
        self.storm.work(most)

    @rule(minutes=st.sampled_from((1, 3, 11)))
    def time_passes(self, minutes: int) -> None:
        self.storm.pass_time(minutes)

    @rule()
    def a_worker_dies(self) -> None:
        self.storm.die()

    def teardown(self) -> None:
        self.storm.settle()
        self.storm.check()


@pytest.fixture
def storm(environ, monkeypatch, parts, world, account, loaded_engine, jobs, request):
    with serve(account) as api:
        monkeypatch.setenv("TWILIO_API_BASE", api)
        monkeypatch.setenv("RECORD_SILENCE_SECONDS", "2")
        monkeypatch.setenv("REDIS_URL", f"unix://{environ['DATA_DIR']}/away")
        client = request.getfixturevalue("client")
        runtime.set_engine(loaded_engine)
        seeds = itertools.count()
        yield lambda: CallStorm(runtime.parts(), client, account, random.Random(next(seeds)))


def test_every_call_ends_in_one_tip_with_all_its_audio(storm):
    run_state_machine_as_test(
        lambda: Calls(storm()),
        settings=settings(
            max_examples=8, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
