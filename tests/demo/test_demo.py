"""The demonstration, built once on a real database file: genuine history, sound figures, nobody's words or numbers."""

from __future__ import annotations

import itertools
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline import demo, schema
from hotline.cli.first_run import prepare
from hotline.clock import LOCAL
from hotline.db import Database
from hotline.demo import calendar, stories
from hotline.models import (
    Alarm,
    AuditEvent,
    Call,
    Message,
    MutedSender,
    Note,
    Page,
    Recording,
    Staff,
    SuggestedLink,
    Tip,
    TipCategory,
    Unit,
)
from hotline.models.call import RecordingState
from hotline.models.duty import PageState
from hotline.models.message import MessageState
from hotline.models.sealed import data_key
from hotline.rules.access import Role
from hotline.rules.gazetteer import gazetteer
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.rules.speech_models import identity
from hotline.rules.taxonomy import categories
from hotline.services import audit, calls, duty, register, staff, statistics, tips, triage, work
from hotline.services.calls import CallNotice
from hotline.storage import AudioStore
from hotline.vault import KeyRing, Vault
from speech.model_folder import DEMO_MODEL, verify

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data"
NUMBER = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .]?\d){8,10}(?!\d)")
# The start, middle and end of months, and a leap day.
MOMENTS = [
    NOW,
    datetime(2026, 11, 1, 0, 30, tzinfo=LOCAL),
    datetime(2027, 3, 31, 23, 59, tzinfo=LOCAL),
    datetime(2028, 2, 29, 12, tzinfo=LOCAL),
]


class Built:
    """A hotline with the demonstration in it."""

    def __init__(self, folder: Path) -> None:
        self.database = create_database(folder)
        self.store = AudioStore(f"file://{folder}/audio")
        prepare(self.database, "vi", NOW)
        self.progress: list[tuple[int, int]] = []
        self.accounts = demo.build(self.database, self.store, NOW, lambda *step: self.progress.append(step))


def create_database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder}/hotline.db", Vault(KeyRing.load_or_create(folder, {})))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = Built(tmp_path_factory.mktemp("demo"))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def session(built):
    with built.database.reading() as session:
        yield session


def words() -> list[str]:
    """Every text of the demonstration's residents."""
    told = stories.load()
    return [s.text for s in told if s.text] + [text for s in told for _, text in s.more]


def officers_words() -> list[str]:
    found = []
    for story in stories.load():
        found += [*story.notes, story.reply, story.weak, story.detail]
        if story.reopened is not None:
            found += [story.reopened.why, story.reopened.detail]
    return [text for text in found if text]


def counts(session, column):
    return dict(session.execute(select(column, func.count()).group_by(column)).all())


def test_about_three_hundred_tips_all_marked_over_thirteen_months(built, session):
    channels = counts(session, Tip.channel)
    assert 225 <= channels["sms"] <= 250
    assert 65 <= channels["voice"] <= 75
    assert counts(session, Tip.demonstration) == {True: sum(channels.values())}
    first, last = session.execute(select(func.min(Tip.received_at), func.max(Tip.received_at))).one()
    assert datetime(2025, 11, 1, tzinfo=LOCAL) <= first < datetime(2025, 11, 8, tzinfo=LOCAL)
    assert NOW - timedelta(hours=1) < last < NOW
    assert built.progress == [(n, sum(channels.values())) for n in range(1, sum(channels.values()) + 1)]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (Tip.status, [*Status]),
        (Tip.value, [*Value]),
        (Tip.outcome, [*Outcome, None]),
        (Tip.urgent, [True, False]),
        (Tip.unread, [True, False]),
        (Tip.is_tip, [True, False]),
        (Tip.sender_withheld, [True, False]),
        (Tip.urgent_by_officer, [True, False]),
        (TipCategory.source, [triage.MACHINE, triage.OFFICER]),
        (Call.silent, [True, False]),
        (Recording.state, [RecordingState.TRANSCRIBED, RecordingState.ABSENT, RecordingState.FAILED]),
        (Message.state, [MessageState.RECEIVED, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED]),
    ],
    ids=str,
)  # fmt: skip
def test_every_kind_is_there(session, column, values):
    assert set(counts(session, column)) == set(values)


def test_there_is_something_to_do_and_something_special(session):
    still_open = Tip.status != Status.CLOSED
    assert 3 <= session.scalar(select(func.count()).where(still_open, Tip.due_at < NOW)) <= 10
    assert session.scalar(select(func.count()).where(still_open, Tip.urgent)) >= 4
    assert session.scalar(select(func.count(Note.id))) > 100
    threads = (
        select(Message.tip_id)
        .where(Message.state == MessageState.RECEIVED)
        .group_by(Message.tip_id)
        .having(func.count() > 1)
    )
    assert len(session.scalars(threads).all()) >= 8
    kinds = counts(session, AuditEvent.kind)
    assert kinds["tip_reopened"] >= 3
    assert kinds["text_joined"] >= 8


def test_two_events_have_several_tips_one_pair_waits_and_one_sender_is_muted(session):
    events = session.execute(
        select(Tip.matter_id, func.count()).where(Tip.matter_id.is_not(None)).group_by(Tip.matter_id)
    ).all()
    assert sorted(count for _, count in events) == [2, 3]
    assert session.scalar(select(func.count()).select_from(Tip).where(~Tip.leads_matter)) == 3
    within = Tip.received_at.between(NOW - timedelta(hours=2.4), NOW - timedelta(hours=1.8))
    thefts = session.scalars(select(Tip).where(within)).all()
    pairs = session.execute(
        select(SuggestedLink.tip_id, SuggestedLink.other_id).where(SuggestedLink.dismissed_at.is_(None))
    ).all()
    assert {tip.id for tip in thefts} in [set(pair) for pair in pairs]
    muted = session.scalars(select(MutedSender)).one()
    assert muted.until > NOW and "Say rượu" in (muted.reason or "")
    assert session.scalar(select(func.count()).select_from(Tip).where(Tip.set_aside())) == 2


def test_somebody_is_on_duty_and_one_alarm_waits(session):
    duty_unit, post = tips.duty_unit(session), session.scalars(select(Unit).where(Unit.code == "24664")).one()
    there = duty.presence(session, [duty_unit.id, post.id], NOW)
    assert there.rostered == {duty_unit.id, post.id}
    assert len(there.on) == 2
    assert len(there.away) == 1
    assert there.specialities
    found = session.scalars(select(Alarm)).all()
    assert [alarm.acknowledged_at for alarm in found if alarm.next_at is not None] == [None]
    assert len([alarm for alarm in found if alarm.acknowledged_at is not None and alarm.step > 1]) >= 10
    assert all(
        alarm.acknowledged_at >= alarm.raised_at for alarm in found if alarm.acknowledged_at is not None
    )
    # A demonstration rings nobody's telephone.
    assert session.scalars(select(Page.state).distinct()).all() == [PageState.SHOWN]
    phones = session.scalars(select(Staff.duty_phone).where(Staff.duty_phone.is_not(None))).all()
    assert len(phones) == 7
    assert all(re.fullmatch(r"\+849000000\d\d", phone) for phone in phones)


def test_every_role_can_sign_in_and_every_post_has_its_commune_and_an_own_load(built, session):
    assert {account.role for account in built.accounts} == set(Role)
    assert all(account.username.startswith("demo.") for account in built.accounts)
    assert len({account.password for account in built.accounts}) == len(built.accounts)
    assert session.scalar(select(func.count()).where(Staff.must_change_password)) == len(built.accounts) + 1
    official = {commune.code: commune.name for commune in gazetteer().communes}
    root, *posts = session.scalars(select(Unit).order_by(Unit.path))
    assert (root.name, root.is_duty) == ("Công an tỉnh Lâm Đồng", True)
    assert len(posts) == 6
    for post in posts:
        assert [area.commune_code for area in post.areas] == [post.code]
        assert post.name.removeprefix("Công an ").lower() == official[post.code].lower()
    loads = counts(session, Tip.officer_id)
    del loads[None]
    assert len(loads) >= 15
    assert max(loads.values()) > 2 * min(loads.values())
    with built.database.begin() as writing:
        account = built.accounts[0]
        assert staff.authenticate(writing, account.username, account.password, NOW) is not None


def test_history_is_whole_and_nothing_lies_in_the_future(built, session):
    walked = audit.verify(session)
    assert walked.broken_seq is None
    assert walked.events > 2000
    assert session.scalar(select(func.max(AuditEvent.at))) <= NOW
    tip_events = select(AuditEvent.at).where(AuditEvent.tip_id.is_not(None)).order_by(AuditEvent.seq)
    late = timedelta(minutes=2)
    assert all(one - other < late for one, other in itertools.pairwise(session.scalars(tip_events)))


def test_no_worker_finds_anything_left_to_do(session):
    assert [due for task in work.TASKS for due in work.due(session, task, NOW, 10)] == []
    assert not triage.waiting(session, 10)


def test_every_recording_plays_what_its_transcript_says(built, session):
    names = {stories.voicemail(s.audio).audio: s.audio for s in stories.load() if s.audio}
    assert len(names) == 12
    heard = session.scalars(select(Recording).where(Recording.state == RecordingState.TRANSCRIBED)).all()
    assert len(heard) > 50
    # As the speech worker names the same model, so that no page offers to read them again with it.
    model = identity(DEMO_MODEL.name, verify(DEMO_MODEL).fingerprint())
    for recording in heard:
        with built.store.open(data_key(recording), recording.storage_key) as file:
            name = names[file.read()]
        assert recording.transcript == stories.voicemail(name).transcript
        assert recording.transcript_model == model
    rest = select(Recording.storage_key).where(Recording.state != RecordingState.TRANSCRIBED)
    assert set(session.scalars(rest)) == {None}


def test_the_figures_of_every_month_add_up(session):
    viewer = register.operator(session)
    carried, year, number, received = 0, 2025, 11, []
    for _ in range(13):
        start, end = statistics.month(year, number)
        report = statistics.report(session, viewer, start, end, now=NOW)
        t = report.totals
        pending = t.pending_in_time + t.pending_overdue
        assert t.carried_over == carried, (year, number)
        assert t.carried_over + t.received - t.transferred == t.to_resolve == t.resolved + pending
        assert sum(row.totals.received for row in report.by_channel) == t.received
        assert sum(row.totals.received for row in report.by_unit) == t.received
        carried, year, number = pending, year + number // 12, number % 12 + 1
        received.append(t.received)
    assert min(received) >= 10
    assert sum(received[-4:-1]) > 1.4 * sum(received[:3])


def test_the_year_is_plausible_and_has_its_seasons(session):
    viewer = register.operator(session)

    def report(start: date, end: date) -> statistics.Report:
        return statistics.report(session, viewer, start, end, now=NOW)

    year = report(date(2025, 11, 1), date(2026, 11, 22)).totals
    assert 62 <= year.valuable_rate_pct <= 69
    assert 89 <= year.resolved_rate_pct <= 95

    def received(months: range, code: str) -> int:
        found = report(date(2026, months[0], 1), statistics.month(2026, months[-1])[1])
        return {row.code: row.totals.received for row in found.by_category}.get(code, 0)

    for code, season, rest in (
        ("PHAO_NO", range(1, 3), range(3, 11)),
        ("CHAY_NO", range(2, 5), range(5, 11)),
    ):
        assert received(season, code) > 2 * received(rest, code), code


def test_texts_are_composed_distinct_and_our_own():
    texts = words()
    assert len(texts) > 240
    assert all(unicodedata.is_normalized("NFC", text) for text in texts + officers_words())
    assert [text for text, count in Counter(texts).items() if count > 1] == []
    theirs = {m["text"] for name in ("labelled_dev", "sample_messages_vi") for m in read(name)}
    assert theirs
    assert not theirs & set(texts)


def read(name: str) -> list[dict[str, str]]:
    loaded: list[dict[str, str]] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def test_only_the_numbers_of_the_demonstration_occur(session):
    for text in words() + officers_words():
        for number in NUMBER.findall(text):
            assert re.fullmatch(r"09000000\d\d", re.sub(r"\D", "", number)), text
    senders = {tip.sender for tip in session.scalars(select(Tip))} - {None}
    assert len(senders) > 90
    assert all(re.fullmatch(r"\+849000000\d\d", sender) for sender in senders)


def test_stories_use_the_codes_there_are():
    told = stories.load()
    assert {code for s in told for code in s.categories} <= {category.code for category in categories()}
    assert {s.place for s in told} - {None} == set(demo.people.POSTS)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_the_story_is_the_same_each_time_and_keeps_to_its_seasons(now):
    told = calendar.moments(stories.load(), now, random.Random(demo.SEED))
    assert told == calendar.moments(stories.load(), now, random.Random(demo.SEED))
    assert len(told) == len(stories.load())
    local = now.astimezone(LOCAL)
    begin = local.replace(year=local.year - 1, day=1, hour=0, minute=0, second=0)
    for when, story in told:
        there = when.astimezone(LOCAL)
        assert begin <= there < now, story
        assert not story.months or there.month in story.months, story
        assert story.hour is None or f"{there:%H:%M}" == story.hour, story


def test_a_second_build_changes_nothing(built):
    with built.database.reading() as session:
        before = audit.verify(session).events
    assert demo.build(built.database, built.store, NOW) == ()
    with built.database.reading() as session:
        assert audit.verify(session).events == before


def test_a_hotline_in_use_is_refused_and_left_alone(tmp_path):
    database = create_database(tmp_path)
    prepare(database, "vi", NOW)
    with database.begin() as session:
        calls.note_call(session, CallNotice("CA1", None, "answered"), NOW)
    with pytest.raises(demo.RealTips, match="DATA_DIR"):
        demo.build(database, AudioStore(f"file://{tmp_path}/audio"), NOW)
    with database.reading() as session:
        assert session.scalar(select(func.count(Unit.id))) == 1
    database.engine.dispose()


def test_a_build_that_fails_leaves_no_tip_and_no_audio(tmp_path):
    database, store = create_database(tmp_path), AudioStore(f"file://{tmp_path}/audio")
    prepare(database, "vi", NOW)

    def stop(done: int, _total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.build(database, store, NOW, stop)
    with database.reading() as session:
        assert session.scalar(select(func.count(Tip.id))) == 0
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    database.engine.dispose()


def test_a_tree_that_somebody_named_is_built_upon(tmp_path):
    database = create_database(tmp_path)
    schema.migrate(database)
    prepare(database, "vi", NOW)
    with database.begin() as session:
        root = tips.duty_unit(session)
        root.code, root.name, root.path = "PA01", "Công an tỉnh", "/PA01/"
        demo.people.settle(session, NOW)
    with database.reading() as session:
        paths = set(session.scalars(select(Unit.path)))
    assert paths == {"/PA01/"} | {f"/PA01/{code}/" for code in demo.people.POSTS}
    database.engine.dispose()
