"""Texts coming in: one tip for one matter, nothing twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.models import Attachment, Message, Tip
from hotline.models.message import MessageState
from hotline.rules import replies
from hotline.rules.lifecycle import Outcome, Status
from hotline.rules.tip_code import is_code
from hotline.services import audit, followup, intake
from hotline.telephony.simulator.sids import new_sid
from tests.builders import NOW, count, create_call, receive
from tests.concurrency import at_once

OTHER = "+84900000013"
pytestmark = pytest.mark.usefixtures("world")


def seen(database, model, *conditions) -> int:
    with database.reading() as session:
        return count(session, model, *conditions)


def test_a_text_becomes_a_tip_with_a_code_that_is_read_back(database):
    with database.begin() as session:
        received = receive(session, "Có trộm ở thôn 3")
        tip = session.get_one(Tip, received.tip_id)
        assert is_code(tip.code)
        assert (tip.channel, tip.status, tip.sender, tip.unit.is_duty) == (
            "sms",
            Status.NEW,
            "+84900000012",
            True,
        )
        assert [m.body for m in tip.messages] == ["Có trộm ở thôn 3", received.reply]
        assert tip.code in received.reply.replace(" ", "")
        assert tip.due_at - tip.received_at == timedelta(days=20)
    assert seen(database, Tip) == 1


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("later", "second", "joins"),
    [
        pytest.param(23 * HOUR, {}, True, id="within the window"),
        pytest.param(24 * HOUR, {}, False, id="when it has passed"),
        pytest.param(HOUR, {"sender": OTHER}, False, id="another number"),
        pytest.param(HOUR, {"sender": None}, False, id="a withheld number"),
        pytest.param(90 * 24 * HOUR, {"code": True}, True, id="the code, much later"),
        pytest.param(HOUR, {"code": True, "sender": OTHER}, True, id="the code, from another number"),
        pytest.param(HOUR, {"code": True, "sender": None}, True, id="the code, from a withheld number"),
        pytest.param(0 * HOUR, {"window": timedelta()}, False, id="no window configured"),
    ],
)
def test_which_texts_join_a_thread(database, later, second, joins):
    second = dict(second)
    with database.begin() as session:
        first = receive(session)
        code = session.get_one(Tip, first.tip_id).code
        body = f"Thêm cho tin {code}" if second.pop("code", False) else "Thêm"
        again = receive(session, body, at=NOW + later, **second)
        assert (again.tip_id == first.tip_id) is joins
        assert count(session, Tip) == (1 if joins else 2)
        tip = session.get_one(Tip, again.tip_id)
        assert tip.triage_wanted == (2 if joins else 1)
        if again.reply is not None:
            assert again.reply == replies.received(tip.code, first=not joins, diacritics=True)
        assert audit.verify(session).broken_seq is None


def test_the_window_runs_from_the_last_text(database):
    with database.begin() as session:
        tips = {receive(session, at=NOW + n * 20 * HOUR).tip_id for n in range(4)}
    assert len(tips) == 1


def test_a_closed_tip_is_joined_only_by_its_code(database, world):
    with database.begin() as session:
        first = receive(session)
        code = session.get_one(Tip, first.tip_id).code
        followup.set_outcome(session, world.admin.viewer, first.tip_id, Outcome.MEDIATED, "", NOW)
        assert receive(session).tip_id != first.tip_id
        assert receive(session, f"{code} lại xảy ra").tip_id == first.tip_id
        tip = session.get_one(Tip, first.tip_id)
        assert (tip.status, tip.unread) == (Status.CLOSED, True)


def test_a_text_does_not_join_a_call(database):
    with database.begin() as session:
        call = create_call(session)
        assert receive(session).tip_id != call.tip_id


@pytest.mark.parametrize(
    ("sender", "stored", "answered"),
    [
        ("+84900000012", "+84900000012", True),
        ("Vietcombank", "Vietcombank", False),
        ("1900", "1900", False),
        (None, None, False),
    ],
)
def test_every_kind_of_sender_is_taken(database, sender, stored, answered):
    with database.begin() as session:
        received = receive(session, sender=sender)
        tip = session.get_one(Tip, received.tip_id)
        assert (tip.sender, tip.sender_withheld) == (stored, stored is None)
        assert (received.reply is not None) is answered
        assert (followup.reply_way(tip) is not None) is answered
        assert len(tip.messages) == 1 + answered


def test_withheld_senders_are_never_taken_for_one_person(database):
    with database.begin() as session:
        assert receive(session, sender=None).tip_id != receive(session, sender=None).tip_id


@pytest.mark.parametrize("body", ["", "0", "\x00", "a" * 1600, "ễ" * 1600, "🚨", "' OR 1=1 --", "<b>"])
def test_any_body_is_kept_as_it_is(database, body):
    with database.begin() as session:
        tip_id = receive(session, body).tip_id
    with database.reading() as session:
        assert session.get_one(Tip, tip_id).messages[0].body == body


def test_a_repeated_text_changes_nothing_and_is_answered_alike(database):
    sid, media = new_sid("MM"), [(new_sid("ME"), "image/jpeg")] * 2
    with database.begin() as session:
        first = receive(session, message_sid=sid, attachments=media)
    with database.begin() as session:
        again = receive(session, message_sid=sid, attachments=media, at=NOW + HOUR)
    assert (again.tip_id, again.reply, again.attachment_ids) == (first.tip_id, first.reply, ())
    assert (seen(database, Message), seen(database, Attachment), seen(database, Tip)) == (2, 2, 1)


@pytest.mark.both_databases
@pytest.mark.parametrize("sender", ["+84900000012", None])
def test_the_same_text_at_the_same_moment_is_one_row(database, sender):
    sid = new_sid("SM")
    done = at_once(database, *[lambda session: receive(session, message_sid=sid, sender=sender)] * 4)
    assert len({received.tip_id for received in done}) == 1, done
    assert seen(database, Message, Message.state == MessageState.RECEIVED) == seen(database, Tip) == 1


@pytest.mark.both_databases
def test_different_texts_of_one_number_at_the_same_moment_are_one_tip(database):
    done = at_once(database, *[lambda session, n=n: receive(session, f"phần {n}") for n in range(4)])
    assert len({received.tip_id for received in done}) == 1, done
    assert seen(database, Message, Message.state == MessageState.RECEIVED) == 4
    with database.reading() as session:
        code = session.scalars(select(Tip)).one().code
    assert [received.reply for received in done].count(
        replies.received(code, first=True, diacritics=True)
    ) == 1


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["sent", "sending"], "sent"),
        (["sending", "sent", "failed"], "failed"),
    ],
)
def test_delivery_reports_never_go_backwards(database, world, reports, end):
    sid = new_sid("SM")
    with database.begin() as session:
        tip_id = receive(session).tip_id
        reply = followup.reply(session, world.admin.viewer, tip_id, "Cảm ơn", NOW)
        reply.state, reply.provider_sid = MessageState.SENDING, sid
        for report in reports:
            intake.message_delivery(
                session, sid, MessageState(report), "provider-30005" if report == "failed" else None
            )
        assert reply.state == end
        assert (reply.failure is not None) == (end == "failed")
        intake.message_delivery(session, new_sid("SM"), MessageState.SENT, None)


def test_a_delivery_report_cannot_touch_a_residents_text(database):
    sid = new_sid("SM")
    with database.begin() as session:
        tip = session.get_one(Tip, receive(session, message_sid=sid).tip_id)
        intake.message_delivery(session, sid, MessageState.FAILED, None)
        assert tip.messages[0].state == MessageState.RECEIVED


def test_letters_and_short_codes_are_told_apart_from_numbers():
    senders = ("+84900000012", "113", "ZALO", None)
    assert [replies.can_reach(sender) for sender in senders] == [True, False, False, False]
