"""The figures: published arithmetic, identities that always hold, and the days of Vietnam."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hotline.clock import LOCAL
from hotline.errors import NotFound
from hotline.models import Tip, TipCategory, TipKey
from hotline.rules.lifecycle import Outcome, Value
from hotline.services import followup, matters, statistics
from hotline.services.statistics import Per, Report, Totals, month
from tests.builders import NOW, create_tip

START, END = date(2026, 10, 1), date(2026, 10, 31)


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL)


def report(session, viewer, start=START, end=END, now=None, **options) -> Report:
    return statistics.report(session, viewer, start, end, now=now or at(end, 23, 59), **options)


def create_tips(session, count: int, **what: object) -> None:
    for _ in range(count):
        create_tip(session, **what)


def test_thang_binh_288_321_and_2_are_611_of_which_6_were_transferred(database, world):
    received, ended = at(date(2026, 10, 5)), at(date(2026, 10, 20))
    with database.begin() as session:
        for count, outcome in (
            (288, Outcome.PROSECUTED), (321, Outcome.NOT_PROSECUTED), (2, Outcome.SUSPENDED),
        ):  # fmt: skip
            transferred = min(6, count - 2) if outcome == Outcome.PROSECUTED else 0
            create_tips(session, count - transferred, at=received, outcome=outcome, outcome_at=ended)
            create_tips(session, transferred, at=received, outcome=Outcome.TRANSFERRED, outcome_at=ended)
        found = report(session, world.admin.viewer)
    assert found.totals.received == 611
    assert found.totals.transferred == 6
    assert found.totals.to_resolve == found.totals.resolved == 605
    assert found.totals.resolved_rate_pct == 100


def test_tay_ninh_437_are_411_resolved_and_26_pending(database, world):
    received, ended = at(date(2026, 10, 5)), at(date(2026, 10, 20))
    outcomes = {Outcome.PROSECUTED: 329, Outcome.NOT_PROSECUTED: 80, Outcome.SUSPENDED: 2}
    with database.begin() as session:
        for outcome, count in outcomes.items():
            create_tips(session, count, at=received, outcome=outcome, outcome_at=ended)
        create_tips(session, 26, at=received)
        found = report(session, world.admin.viewer, now=at(date(2026, 10, 24)))
        late = report(session, world.admin.viewer, now=at(date(2026, 10, 26)))
    assert (found.totals.received, found.totals.resolved) == (437, 411)
    assert (found.totals.pending_in_time, found.totals.pending_overdue) == (26, 0)
    assert (late.totals.pending_in_time, late.totals.pending_overdue) == (0, 26)
    assert found.totals.resolved_rate_pct == 94.05
    assert {o: n for o, n in found.outcomes.items() if n} == outcomes


def test_valuable_tips_are_of_those_received(database, world):
    with database.begin() as session:
        create_tips(session, 350, at=at(START), value=Value.VALUABLE)
        create_tips(session, 298, at=at(START), value=Value.NOT_VALUABLE)
        create_tips(session, 9, at=at(date(2026, 9, 1)), value=Value.VALUABLE)
        found = report(session, world.admin.viewer).totals
    assert (found.received, found.valuable, found.valuable_rate_pct) == (648, 350, 54.01)


OUTSIDE, INSIDE = at(date(2026, 9, 10)), at(date(2026, 10, 10))
AFTER = at(date(2026, 11, 2))


@pytest.mark.parametrize(
    ("received", "outcome", "ended", "expected"),
    [
        (INSIDE, None, None, {"received": 1, "to_resolve": 1, "pending_in_time": 1}),
        (INSIDE, Outcome.MEDIATED, INSIDE, {"received": 1, "to_resolve": 1, "resolved": 1}),
        (INSIDE, Outcome.TRANSFERRED, INSIDE, {"received": 1, "transferred": 1}),
        (INSIDE, Outcome.MEDIATED, AFTER, {"received": 1, "to_resolve": 1, "pending_in_time": 1}),
        (INSIDE, Outcome.NOT_A_TIP, INSIDE, {}),
        (OUTSIDE, None, None, {"carried_over": 1, "to_resolve": 1, "pending_overdue": 1}),
        (OUTSIDE, Outcome.MEDIATED, INSIDE, {"carried_over": 1, "to_resolve": 1, "resolved": 1}),
        (OUTSIDE, Outcome.TRANSFERRED, INSIDE, {"carried_over": 1, "transferred": 1}),
        (OUTSIDE, Outcome.MEDIATED, OUTSIDE, {}),
        (AFTER, None, None, {}),
    ],
)
def test_where_one_tip_counts(database, world, received, outcome, ended, expected):
    with database.begin() as session:
        create_tip(session, at=received, outcome=outcome, outcome_at=ended)
        found = report(session, world.admin.viewer, now=at(date(2026, 10, 25)))
    assert found.totals == Totals(**expected)
    assert found.not_tips == (outcome == Outcome.NOT_A_TIP)


@pytest.mark.parametrize(
    ("received", "day"),
    [
        (datetime(2026, 10, 1, 16, 59, 59, 999999, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 10, 1, 17, 0, tzinfo=UTC), date(2026, 10, 2)),  # midnight in Vietnam
        (datetime(2028, 2, 28, 17, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 2, 29, 17, 0, tzinfo=UTC), date(2028, 3, 1)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
@pytest.mark.both_databases
def test_a_day_begins_at_midnight_in_vietnam(database, world, received, day):
    with database.begin() as session:
        create_tip(session, at=received)
        for shift, expected in ((-1, 0), (0, 1), (1, 0)):
            that = day + timedelta(days=shift)
            assert report(session, world.admin.viewer, that, that).totals.received == expected


@pytest.mark.parametrize(
    ("year", "number", "start_day", "expected"),
    [
        (2026, 10, 1, ("2026-10-01", "2026-10-31")),
        (2028, 2, 1, ("2028-02-01", "2028-02-29")),
        (2026, 10, 15, ("2026-09-15", "2026-10-14")),
        (2026, 1, 15, ("2025-12-15", "2026-01-14")),
        (2028, 3, 15, ("2028-02-15", "2028-03-14")),
        (2027, 3, 28, ("2027-02-28", "2027-03-27")),
    ],
)
def test_statistical_months(year, number, start_day, expected):
    assert tuple(day.isoformat() for day in month(year, number, start_day)) == expected


@given(st.integers(2020, 2040), st.integers(1, 12), st.integers(1, 28))
def test_statistical_months_follow_one_another(year, number, start_day):
    following = (year, number + 1) if number < 12 else (year + 1, 1)
    assert month(*following, start_day)[0] == month(year, number, start_day)[1] + timedelta(days=1)


def test_the_periods_to_compare_with(database, world):
    with database.begin() as session:
        for day, count in (
            (date(2028, 2, 29), 1),
            (date(2028, 2, 28), 2),
            (date(2027, 2, 28), 4),
            (date(2027, 3, 1), 8),
        ):
            create_tips(session, count, at=at(day), outcome=Outcome.MEDIATED, outcome_at=at(day))
        found = report(session, world.admin.viewer, date(2028, 2, 29), date(2028, 2, 29))
    assert [t.received for t in (found.totals, found.previous, found.same_period_last_year)] == [1, 2, 4]


days = st.integers(-60, 60).map(lambda shift: at(START) + timedelta(days=shift))
tip_sets = st.lists(
    st.fixed_dictionaries({
        "received": days,
        "lasted": st.integers(0, 90),
        "outcome": st.sampled_from([None, *Outcome]),
        "unit": st.sampled_from(["root", "duc_lap", "song_luy"]),
        "channel": st.sampled_from(["sms", "voice"]),
        "category": st.sampled_from([None, "TROM_CAP", "CHAY_NO", "KHAC"]),
        "value": st.sampled_from(Value),
        "corrected": st.booleans(),
        "event": st.sampled_from([None, None, 1, 2]),
    }),
    max_size=12,
)  # fmt: skip


@pytest.mark.both_databases
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tip_sets, st.integers(0, 45), st.integers(0, 40), st.sampled_from(Per))
def test_every_row_adds_up_whatever_tips_there_are(database, world, made, length, later, per):
    end = START + timedelta(days=length)
    with database.begin() as session:
        events: dict[int, Tip] = {}
        for what in made:
            ended = what["received"] + timedelta(days=what["lasted"])
            tip = create_tip(
                session, getattr(world, what["unit"]), at=what["received"], channel=what["channel"],
                category=what["category"], value=what["value"], outcome=what["outcome"], outcome_at=ended,
            )  # fmt: skip
            if what["corrected"] and what["category"]:
                tip.categories[0].in_force = False
                session.add(TipCategory(tip_id=tip.id, code="GAY_ROI", rank=0, score=1, source="officer"))
                session.add(TipCategory(tip_id=tip.id, code="TROM_CAP", rank=1, score=1, source="officer"))
            if what["event"] in events:
                matters.link(session, world.admin.viewer, tip.id, events[what["event"]].id, NOW)
            elif what["event"]:
                events[what["event"]] = tip
        session.flush()
        whole = report(session, world.admin.viewer, START, end, now=at(end) + timedelta(days=later), per=per)
        parts = [
            report(
                session,
                world.admin.viewer,
                START,
                end,
                now=at(end) + timedelta(days=later),
                unit_code=code,
                per=per,
            ).totals
            for code in ("DUCLAP", "SONGLUY")
        ]
        session.rollback()
    rows = [whole.by_category, whole.by_group, whole.by_channel, whole.by_unit]
    for totals in [whole.totals, *parts, *(row.totals for section in rows for row in section)]:
        pending = totals.pending_in_time + totals.pending_overdue
        assert totals.carried_over + totals.received - totals.transferred == totals.resolved + pending
        assert totals.to_resolve == totals.resolved + pending
        assert totals.valuable <= totals.received
    for section in rows:
        assert statistics._sum([row.totals for row in section]) == whole.totals
    units = {row.code: row.totals for row in whole.by_unit}
    assert parts == [units.get(code, Totals()) for code in ("DUCLAP", "SONGLUY")]
    first: dict[object, datetime] = {}
    tips = [what for what in made if what["outcome"] != Outcome.NOT_A_TIP]
    for number, what in enumerate(tips):
        event = what["event"] or f"alone {number}"
        first[event] = min(what["received"], first.get(event, what["received"]))
    period = (at(START, 0), at(end + timedelta(days=1), 0))
    assert whole.received_tips == sum(period[0] <= what["received"] < period[1] for what in tips)
    assert whole.received_events == sum(period[0] <= moment < period[1] for moment in first.values())
    assert whole.totals.received == (whole.received_tips if per is Per.TIP else whole.received_events)
    ended = whole.totals.resolved + whole.totals.transferred
    assert sum(n for outcome, n in whole.outcomes.items() if outcome != Outcome.NOT_A_TIP) == ended


def test_each_role_sees_the_figures_of_its_units(database, world):
    with database.begin() as session:
        for unit, count in ((world.root, 1), (world.duc_lap, 2), (world.song_luy, 4)):
            create_tips(session, count, unit=unit)

        def received(person, **options) -> int:
            return report(session, person.viewer, now=NOW, **options).totals.received

        seen = {
            name: received(getattr(world, name))
            for name in ("admin", "duty", "statistician", "leader", "officer", "stranger")
        }
        assert seen == {"admin": 7, "duty": 7, "statistician": 7, "leader": 2, "officer": 2, "stranger": 4}
        assert received(world.statistician, unit_code="SONGLUY") == 4
        for unit in ("SONGLUY", "PA01", "NONE"):
            with pytest.raises(NotFound):
                received(world.leader, unit_code=unit)


def test_a_reopened_tip_is_pending_again_and_a_deleted_key_still_counts(database, world):
    with database.begin() as session:
        tip = create_tip(session, at=INSIDE, outcome=Outcome.MEDIATED, outcome_at=INSIDE)
        followup.reopen(session, world.admin.viewer, tip.id, "nhầm", NOW)
        session.execute(delete(TipKey))
        found = report(session, world.admin.viewer).totals
    assert (found.resolved, found.received, found.to_resolve) == (0, 1, 1)


def test_an_event_stands_where_its_leading_tip_stands(database, world):
    with database.begin() as session:
        viewer, first, *others = world.admin.viewer, *(create_tip(session, u, at=INSIDE + timedelta(hours=n))
                                                       for n, u in enumerate((world.duc_lap, world.song_luy, None)))  # fmt: skip
        for other in others:
            matters.link(session, viewer, other.id, first.id, NOW)

        def received(**options: object) -> list[int]:
            found = [report(session, viewer, per=per, **options) for per in Per]
            return [one.totals.received for one in found]

        assert [received(unit_code=code) for code in ("PA01", "DUCLAP", "SONGLUY")] == [
            [3, 1],
            [1, 1],
            [1, 0],
        ]
        # Closed as no tip, the earliest no longer stands for the others; opened again, it does.
        followup.set_outcome(session, viewer, first.id, Outcome.NOT_A_TIP, "", NOW)
        assert [received(unit_code=code) for code in ("PA01", "DUCLAP", "SONGLUY")] == [
            [2, 1],
            [0, 0],
            [1, 1],
        ]
        followup.reopen(session, viewer, first.id, "nhầm", NOW)
        assert received(unit_code="SONGLUY") == [1, 0]
