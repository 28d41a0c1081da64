"""The queue: tabs, filters, order, search, and how little it asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from hotline.clock import utcnow
from hotline.db import Database
from hotline.models import Staff, Tip, TipKey
from hotline.queries.inbox import PAGE_SIZE, Filter, Tab, inbox
from hotline.queries.search import search
from hotline.rules.lifecycle import Outcome, Value
from hotline.rules.tip_code import grouped
from hotline.services import triage
from tests.admin.conftest import Officer
from tests.builders import RESIDENT, World, create_tip, receive

OTHER = "+84900000034"


def told(session: Session, body: str, *, sender: str | None = RESIDENT, hours: float = 0) -> Tip:
    """A text read by triage, some hours ago."""
    at = utcnow() - timedelta(hours=hours)
    tip_id = receive(session, body, sender=sender, at=at, window=timedelta(0)).tip_id
    triage.run(session, tip_id, at)
    return session.get_one(Tip, tip_id)


@pytest.mark.both_databases
def test_tabs_hold_what_they_say(database: Database, world: World, database_kind: str) -> None:
    now = utcnow()
    with database.begin() as session:
        mine = create_tip(session, world.duc_lap, at=now, officer=world.officer)
        urgent = create_tip(session, world.duc_lap, at=now - timedelta(hours=5))
        urgent.urgent = True
        overdue = create_tip(session, world.duc_lap, at=now - timedelta(days=21), officer=world.colleague)
        done = create_tip(session, world.duc_lap, at=now, outcome=Outcome.MEDIATED)
        done.unread = False
        # Closed, and then the resident added something.
        added_to = create_tip(session, world.duc_lap, at=now - timedelta(days=30), outcome=Outcome.MEDIATED)
        create_tip(session, world.song_luy, at=now)
        muted = create_tip(session, world.duc_lap, at=now - timedelta(days=22))
        muted.muted = True
        wanted = {
            Tab.MINE: [mine.id],
            Tab.URGENT: [urgent.id],
            Tab.OVERDUE: [overdue.id],
            Tab.UNIT: [urgent.id, mine.id, overdue.id, added_to.id],
            Tab.UNASSIGNED: [urgent.id],
            Tab.DONE: [done.id, added_to.id],
            Tab.MUTED: [muted.id],
        }
        for tab, ids in wanted.items():
            page = inbox(session, world.officer.viewer, Filter(tab=tab), 1, now)
            assert [row.id for row in page.rows] == ids, tab
            assert page.counts == {name: len(found) for name, found in wanted.items()}
        assert inbox(session, world.duty.viewer, Filter(), 1, now).total == 5


@pytest.mark.both_databases
def test_filters_narrow_a_tab(database: Database, world: World, database_kind: str) -> None:
    now = utcnow()
    with database.begin() as session:
        voice = create_tip(session, world.duc_lap, at=now, channel="voice", category="MA_TUY")
        old = create_tip(session, world.song_luy, at=now - timedelta(days=9), officer=world.stranger)
        old.value = Value.VALUABLE
        for narrow, ids in (
            ({"channel": "voice"}, [voice.id]),
            ({"category": "MA_TUY"}, [voice.id]),
            ({"status": "assigned"}, [old.id]),
            ({"unit_id": world.song_luy.id}, [old.id]),
            ({"officer_id": world.stranger.id}, [old.id]),
            ({"value": "valuable"}, [old.id]),
            ({"since": now - timedelta(days=1)}, [voice.id]),
            ({"until": now - timedelta(days=1)}, [old.id]),
            ({"channel": "sms", "category": "MA_TUY"}, []),
        ):
            page = inbox(session, world.duty.viewer, Filter(tab=Tab.UNIT, **narrow), 1, now)  # type: ignore[arg-type]
            assert [row.id for row in page.rows] == ids, narrow


def test_an_address_that_makes_no_sense_shows_the_whole_tab(officer: Officer) -> None:
    address = (
        "/tips?tab=x&status=x&category=x&channel=x&unit=x&officer=x&value=x&since=x&until=9999-12-31&page=-4"
    )
    assert officer.get(address).status_code == 200


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("đánh bài", {"accented"}),
        ("danh bai", {"accented", "plain"}),
        ("DANH BAI", {"accented", "plain"}),
        ("đánh bai", {"accented"}),
        ("danh", {"accented", "plain", "fight"}),
        ("danh cháy", set()),
        ("!!!", set()),
        (RESIDENT, {"accented", "fight"}),
        ("0900 000 012", {"accented", "fight"}),
    ],
)
def test_search_finds_words_and_numbers(
    database: Database, world: World, query: str, finds: set[str], database_kind: str
) -> None:
    with database.begin() as session:
        tips = {
            "accented": told(session, "Nhà bà Tư đánh bài ăn tiền"),
            "plain": told(session, "toi nao cung danh bai o thon 3", sender=OTHER),
            "fight": told(session, "Có người đánh nhau"),
        }
        found = search(session, world.duty.viewer, query, utcnow())
        assert {name for name, tip in tips.items() if tip.id in [row.id for row in found.rows]} == finds


def test_only_leaders_may_ask_who_wrote(database: Database, world: World) -> None:
    with database.begin() as session:
        tip = create_tip(session, world.duc_lap, sender=RESIDENT)
        for person, total in ((world.leader, 1), (world.duty, 1), (world.officer, 0)):
            assert search(session, person.viewer, RESIDENT, utcnow()).total == total
        code = grouped(tip.code or "")
        assert search(session, world.officer.viewer, code, utcnow()).tip_id == tip.id
        assert search(session, world.stranger.viewer, code, utcnow()).tip_id is None


def test_a_search_leaves_its_words_out_of_the_address(duty: Officer, database: Database) -> None:
    with database.begin() as session:
        tip = told(session, "Nhà bà Tư đánh bài ăn tiền")
        code = tip.code
    answer = duty.post("/search", query="đánh bài")
    assert answer.status_code == 302
    assert "%" not in answer.location and "danh" not in answer.location
    page = duty.client.get(answer.location).text
    assert "Nhà bà Tư" in page and "1 tin có “đánh bài”" in page
    assert duty.client.get("/admin/tips?q=forged").status_code == 200
    by_code = duty.post("/search", query=code)
    assert duty.client.get(by_code.location).location == f"/admin/tips/{tip.id}"


def test_a_page_of_tips_takes_as_many_questions_as_one_tip(database: Database, world: World) -> None:
    def asked(tips: int) -> int:
        with database.begin() as session:
            for _ in range(tips):
                create_tip(session, world.duc_lap, at=utcnow(), officer=world.officer, category="MA_TUY")
        questions: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            questions.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        with database.reading() as session:
            page = inbox(session, world.officer.viewer, Filter(tab=Tab.MINE), 1, utcnow())
        event.remove(database.engine, "before_cursor_execute", note)
        assert len(page.rows) == min(PAGE_SIZE, page.total)
        return len(questions)

    few = asked(2)
    assert asked(PAGE_SIZE + 5) == few


def test_a_long_queue_is_read_in_pages(officer: Officer, database: Database, world: World) -> None:
    with database.begin() as session:
        for n in range(PAGE_SIZE + 1):
            create_tip(session, world.duc_lap, at=utcnow() - timedelta(minutes=n), officer=world.officer)
    first, second, beyond = (officer.get(f"/tips?tab=mine&page={n}").text for n in (1, 2, 99))
    assert first.count('class="open"') == PAGE_SIZE
    assert second.count('class="open"') == beyond.count('class="open"') == 1
    assert "Trang 2/2, 51 tin" in second


def test_a_tip_whose_key_is_gone_stays_as_a_stub(
    signed_in: Callable[[Staff], Officer], database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = told(session, "có người đánh bạc ở xã Đức Lập")
        session.delete(session.get_one(TipKey, tip.id))
    leader = signed_in(world.leader)
    assert "Nội dung đã bị xóa" in leader.get("/tips?tab=unit").text
    assert leader.get(f"/tips/{tip.id}").status_code == 410


def test_an_officer_who_names_a_category_settles_whether_it_is_a_tip(
    officer: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tip = told(session, "Làm căn cước ở xã Đức Lập cần giấy tờ gì ạ, thứ bảy có làm không")
        assert not tip.is_tip
    doubt = "Có thể không phải tin báo"
    assert doubt in officer.get("/tips?tab=unit").text and doubt in officer.get(f"/tips/{tip.id}").text
    officer.post(f"/tips/{tip.id}/categories", codes=["KHAC"])
    assert (
        doubt not in officer.get("/tips?tab=unit").text and doubt not in officer.get(f"/tips/{tip.id}").text
    )


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31", "2026-02-30", "01/10/2026", "x"]
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_day_that_cannot_be_is_left_out_and_said(duty: Officer, name: str, day: str) -> None:
    answer = duty.get(f"/tips?{name}={day}")
    assert (answer.status_code, "Ngày không hợp lệ" in answer.text) == (200, True)


@pytest.mark.parametrize("address", ["", "since=", "since=2000-01-01", "until=2100-12-31"])
def test_a_day_that_can_be_is_not_refused(duty: Officer, address: str) -> None:
    assert "refusal" not in duty.get("/tips?" + address).text


def test_no_words_turn_the_page_around(duty: Officer, database: Database, world: World) -> None:
    with database.begin() as session:
        sent = "Trộm\u202e xe\u2066 máy\x07\x1b\u200f ở\u2028 xã\u061c Đức Lập\u200b\n👨\u200d👩\u200d👧"
        tip = told(session, sent)
        tip.urgent = True
    for page in (duty.get("/tips?tab=unit").text, duty.get(f"/tips/{tip.id}?tab=unit").text):
        assert "<bdi>Trộm" in page.replace('<mark class="is-tag">', "").replace(
            '<mark class="is-urgent">', ""
        )
        assert not set("\u202e\u2066\x07\x1b\u200f\u2028\u061c\u200b") & set(page)
        assert "👨\u200d👩\u200d👧" in page
