"""Similar tips and muted senders on the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from hotline.clock import local, utcnow
from hotline.db import Database
from hotline.models import AuditEvent, MutedSender, Staff, SuggestedLink, Tip, TipKey
from hotline.queries.matters import related
from hotline.queries.mutes import of_tip as mute_of_tip
from hotline.services import matters, mutes, suggestions, triage
from tests.admin.conftest import Officer
from tests.builders import RESIDENT, World, create_tip, receive

FIRE = ("Cháy chợ Đức Lập rồi các anh ơi, lửa cao mấy mét, cứu với", "chay cho duc lap, lua lon lam, cuu voi")
SignIn = Callable[[Staff], Officer]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def told(session: Session, body: str, sender: str = RESIDENT, days: float = 0) -> Tip:
    at = utcnow() - timedelta(days=days)
    tip_id = receive(session, body, sender=sender, at=at, window=timedelta(0)).tip_id
    triage.run(session, tip_id, at)
    suggestions.suggest(session, tip_id, timedelta(hours=72), at)
    return session.get_one(Tip, tip_id)


def suggested(session: Session, later: Tip, earlier: Tip, *reasons: str) -> None:
    session.add(
        SuggestedLink(
            tip_id=later.id, other_id=earlier.id, at=utcnow(), score=0.9, reasons=list(reasons or ["place"])
        )
    )
    session.flush()


@pytest.fixture
def fires(database: Database, world: World) -> list[uuid.UUID]:
    """Two people who tell of the same fire, one of another, all with the same post."""
    with database.begin() as session:
        bodies = (*FIRE, "cháy rẫy thôn 9 Đức Lập")
        tips = [told(session, body, f"+849000000{n + 20}") for n, body in enumerate(bodies)]
        for tip in tips:
            tip.unit_id = world.duc_lap.id
        return [tip.id for tip in tips]


def test_a_suggestion_is_taken_counted_in_the_queue_and_taken_back(
    officer: Officer, database: Database, fires: list[uuid.UUID]
) -> None:
    first, second, other = fires
    with database.reading() as session:
        codes = [session.get_one(Tip, tip).code or "" for tip in fires]
    grouped = [f"{code[:3]}\u00a0{code[3:6]}\u00a0{code[6:]}" for code in codes]
    page = officer.get(f"/tips/{second}").text
    side = words(page[page.index('id="alike"') :])
    assert (
        grouped[0].replace("\u00a0", " ") in side
        and "cùng địa điểm, cùng loại" in side
        and "Cùng vụ việc Không cùng vụ việc" in side
    )
    assert "tin cùng vụ việc" not in officer.get("/tips?tab=unit").text

    assert officer.post(f"/tips/{second}/link", other=first).status_code == 302
    assert officer.post(f"/tips/{second}/link", code=codes[2]).status_code == 302
    assert officer.get("/tips?tab=unit").text.count("3 tin cùng vụ việc") == 3
    linked = officer.get(f"/tips/{first}").text
    linked = linked[linked.index('id="matter"') : linked.index('id="alike"')]
    assert grouped[1] in linked and grouped[2] in linked
    assert "Ghép với tin cùng vụ việc" in officer.get(f"/tips/{other}").text  # its own history

    assert officer.post(f"/tips/{first}/unlink", other=other).status_code == 302
    assert officer.get("/tips?tab=unit").text.count("2 tin cùng vụ việc") == 2


def test_what_is_not_the_same_is_not_shown_again(
    officer: Officer, database: Database, fires: list[uuid.UUID]
) -> None:
    first, second, _ = fires
    assert officer.post(f"/tips/{first}/dismiss", other=second).status_code == 302
    for tip in (first, second):
        assert f'value="{second if tip == first else first}"' not in officer.get(f"/tips/{tip}").text
    assert officer.post(f"/tips/{first}/dismiss").status_code == 400
    refused = officer.post(f"/tips/{first}/link", code="12 34")
    assert refused.status_code == 400 and "Mã tin có 9 số" in refused.text and 'value="12 34"' in refused.text


def test_what_is_out_of_sight_is_only_counted(signed_in: SignIn, database: Database, world: World) -> None:
    with database.begin() as session:
        mine, theirs, linked = (
            create_tip(session, unit, at=utcnow()) for unit in (world.duc_lap, world.song_luy, world.song_luy)
        )
        suggested(session, mine, theirs, "place", "sender")
        matters.link(session, world.duty.viewer, mine.id, linked.id, utcnow())
        hidden = [tip.id for tip in (theirs, linked)]
    page, all_of_it = (signed_in(who).get(f"/tips/{mine.id}").text for who in (world.officer, world.duty))
    assert (
        "1 tin giống ở đơn vị khác, hãy hỏi trực ban" in page
        and "1 tin ở đơn vị khác, hãy hỏi trực ban" in page
    )
    assert not any(str(tip) in page for tip in hidden)
    assert all(str(tip) in all_of_it for tip in hidden) and "ở đơn vị khác" not in all_of_it
    officer = signed_in(world.officer)
    assert officer.post(f"/tips/{mine.id}/link", other=hidden[0]).status_code == 404
    assert officer.post(f"/tips/{mine.id}/unlink", other=mine.id).status_code == 302


def test_that_two_tips_have_one_sender_is_the_leaders_to_know(database: Database, world: World) -> None:
    with database.begin() as session:
        one, other = (create_tip(session, world.duc_lap, at=utcnow()) for _ in range(2))
        suggested(session, one, other, "place", "sender")
        seen = {
            person.role: related(session, person.viewer, one.id).suggested[0].reasons
            for person in (world.officer, world.leader)
        }
    assert seen == {"officer": ("place",), "leader": ("place", "sender")}


def test_tips_of_one_event_are_one_suggestion_and_stubs_are_none(database: Database, world: World) -> None:
    with database.begin() as session:
        mine, a, b, gone, *many = (create_tip(session, world.duc_lap, at=utcnow()) for _ in range(9))
        for other in (a, b, gone, *many):
            suggested(session, mine, other)
        matters.link(session, world.duty.viewer, a.id, b.id, utcnow())
        session.delete(session.get_one(TipKey, gone.id))
        session.flush()
        found = related(session, world.officer.viewer, mine.id)
        assert len(found.suggested) + found.more_suggested == 6
        assert sorted(one.of_event for one in found.suggested)[-1] in (1, 2)
        questions: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *args: questions.append(args[2]))
        session.expire_all()
        related(session, world.officer.viewer, mine.id)
    assert len(questions) < 20


def test_a_large_event_takes_no_more_questions_than_a_small_one(database: Database, world: World) -> None:
    def questions(size: int) -> int:
        with database.begin() as session:
            first, *rest = (create_tip(session, world.duc_lap, at=utcnow()).id for _ in range(size))
            for other in rest:
                matters.link(session, world.duty.viewer, first, other, utcnow())
        asked: list[str] = []
        with database.reading() as session:
            event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
            assert len(related(session, world.officer.viewer, first).linked) == size - 1
            return len(asked)

    assert questions(3) == questions(12)


def test_a_sender_is_muted_reviewed_and_brought_back(
    signed_in: SignIn, database: Database, world: World
) -> None:
    leader = signed_in(world.leader)
    with database.begin() as session:
        tip = told(session, "ê mấy ông công an ăn cơm chưa, xã Đức Lập")
        tip.unit_id = world.duc_lap.id
        tip.officer_id, tip.status = None, "new"
    day = local(utcnow()).date() + timedelta(days=40)
    path = f"/tips/{tip.id}"
    assert "Tạm gác tin của người báo" in leader.get(path).text
    assert "Tạm gác tin của người báo" not in signed_in(world.officer).get(path).text
    refused = leader.post(path + "/mute", reason="Say rượu", last_day="2020-01-01")
    assert refused.status_code == 400 and "Say rượu" in refused.text
    assert leader.post(path + "/mute", reason="Say rượu, quấy rối", last_day=day).status_code == 302
    assert "Người báo đang bị tạm gác: Say rượu, quấy rối" in leader.get(path).text
    assert leader.post(path + "/mute", reason="x", last_day=day).status_code == 409
    assert (
        ">Tạm gác <" in leader.get("/tips?tab=muted").text
        and str(tip.id) in leader.get("/tips?tab=muted").text
    )
    assert str(tip.id) not in leader.get("/tips?tab=unit").text

    listed = words(leader.get("/mutes").text)
    assert "Say rượu, quấy rối" in listed and "0 tin từ đó" in listed and "cần xem lại" not in listed
    banner = "chưa ai xem lại"
    assert banner not in listed
    with database.begin() as session:
        muted = session.scalars(select(MutedSender)).one()
        muted.at -= timedelta(days=31)
        told(session, "ê mấy ông")
    listed = words(leader.get("/mutes").text)
    assert banner in listed and "cần xem lại" in listed and "2 tin từ đó" in listed
    assert banner not in signed_in(world.officer).get("/tips").text
    assert leader.post(f"/mutes/{muted.id}/review").status_code == 302
    assert banner not in leader.get("/mutes").text
    assert leader.post(f"/mutes/{muted.id}/lift").status_code == 302
    assert leader.post(f"/mutes/{muted.id}/lift").status_code == 409
    assert "đã thôi tạm gác" in leader.get("/mutes").text and str(tip.id) in leader.get("/tips?tab=unit").text
    with database.reading() as session:
        kinds = set(session.scalars(select(AuditEvent.kind)))
    assert kinds >= {"sender_muted", "mute_reviewed", "mute_lifted"}


def test_an_urgent_tip_says_why_its_sender_is_muted(duty: Officer, database: Database, world: World) -> None:
    with database.begin() as session:
        first = create_tip(session, world.root, at=utcnow())
        last_day = local(utcnow()).date() + timedelta(days=30)
        mutes.mute(session, world.duty.viewer, first.id, "Gọi trêu mỗi đêm", last_day, utcnow())
        tip = told(session, "cháy nhà to lắm, có người kẹt trong nhà, cứu với, xã Đức Lập")
        withheld = create_tip(session, world.root, sender=None, at=utcnow())
    assert "Người báo đang bị tạm gác: Gọi trêu mỗi đêm" in duty.get(f"/tips/{tip.id}").text
    assert str(tip.id) in duty.get("/tips?tab=urgent").text
    assert "Người báo giấu số nên không tạm gác được" in duty.get(f"/tips/{withheld.id}").text


def test_why_a_sender_is_muted_is_for_who_sees_the_tip_it_was_decided_on(
    signed_in: SignIn, database: Database, world: World
) -> None:
    with database.begin() as session:
        first = create_tip(session, world.song_luy, at=utcnow())
        last_day = local(utcnow()).date() + timedelta(days=30)
        mutes.mute(session, world.duty.viewer, first.id, "Gọi trêu mỗi đêm", last_day, utcnow())
        tip = told(session, "cháy nhà to lắm, có người kẹt trong nhà, cứu với, xã Đức Lập")
        assert tip.unit_id == world.duc_lap.id
        seen = mute_of_tip(session, world.leader.viewer, tip.id, utcnow())
        assert seen is not None and (seen.code, seen.reason) == (None, None)
    for person, says, hides in (
        (world.leader, "đang bị tạm gác, lý do: hãy hỏi trực ban tỉnh", "Gọi trêu"),
        (world.duty, "đang bị tạm gác: Gọi trêu mỗi đêm", "hỏi trực ban tỉnh"),
    ):
        page = signed_in(person).get(f"/tips/{tip.id}").text
        assert says in page and hides not in page


def test_who_nobody_muted(duty: Officer) -> None:
    assert "Chưa tạm gác tin của ai" in duty.get("/mutes").text
    assert "tab=muted" not in duty.get("/tips?tab=unit").text
    assert "đang chờ" in duty.get("/tips?tab=muted").text
