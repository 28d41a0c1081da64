"""Texts going out, and the files that came with texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotline.clock import utcnow
from hotline.models import Attachment, Message, Tip, TipKey
from hotline.models.message import AttachmentState, MessageState
from hotline.services import audit, followup, outbound, work
from hotline.telephony.simulator.faults import Faults
from tests.ops.waiting import until
from workers import jobs

NUMBER = "+84900000012"
ANSWER = "Cảm ơn bạn, chúng tôi đang xem xét."


@pytest.fixture
def reply(phone, database, world):
    """An officer's answer that waits to be sent: its id."""
    phone.send_sms(NUMBER, "Có trộm")
    with database.begin() as session:
        tip = session.scalars(select(Tip)).one()
        return followup.reply(session, world.admin.viewer, tip.id, ANSWER, utcnow()).id


def state(database, message_id) -> tuple[str, str | None]:
    with database.reading() as session:
        message = session.get_one(Message, message_id)
        return message.state, message.failure


def sent(account) -> list[str]:
    return [message["body"] for message in account.thread(NUMBER) if message["direction"] == "outbound-api"]


def test_an_answer_is_sent_once_and_its_delivery_shown(database, account, reply, later):
    later()
    assert sent(account) == [ANSWER]
    until(lambda: state(database, reply)[0] in (MessageState.SENT, MessageState.DELIVERED), "the answer sent")
    later()
    assert sent(account) == [ANSWER]
    with database.reading() as session:
        assert audit.verify(session).broken_seq is None


@pytest.mark.parametrize(
    ("faults", "reason"), [(Faults(send_500=2), "provider-20500"), (Faults(send_429=1), "provider-20429")]
)
def test_an_answer_the_provider_did_not_take_is_tried_again(database, account, reply, later, faults, reason):
    account.arm(faults)
    later()
    assert state(database, reply) == (MessageState.TO_SEND, reason)
    for _ in range(3):
        later()
    assert sent(account) == [ANSWER]


def test_an_answer_the_provider_refuses_is_shown_failed(database, account, reply, later):
    with database.begin() as session:
        session.scalars(select(Tip)).one().sender = "+849"  # a number that Twilio does not take
    later()
    assert state(database, reply) == (MessageState.FAILED, "provider-21211")
    later()
    assert sent(account) == []


@pytest.mark.parametrize(
    ("faults", "end"),
    [(Faults(undelivered=30005), "provider-30005"), (Faults(failed=30003), "provider-30003")],
)
def test_an_answer_that_does_not_arrive_is_shown_failed(database, account, reply, later, faults, end):
    account.arm(faults)
    later()
    assert sent(account) == [ANSWER]
    until(lambda: state(database, reply) == (MessageState.FAILED, end), "the failure shown")


def test_an_answer_that_may_have_gone_out_is_never_sent_again(database, account, reply, later):
    account.arm(Faults(send_timeout=1, stall_s=0.01))
    later()
    assert state(database, reply) == (MessageState.FAILED, outbound.INTERRUPTED)
    later()
    assert sent(account) == [ANSWER]


def test_an_answer_whose_worker_died_is_shown_failed_and_never_sent_again(database, account, reply, later):
    now = utcnow()
    with database.begin() as session:
        assert work.claim(session, work.SEND_MESSAGE, reply, now)
    later()
    assert state(database, reply)[0] == MessageState.SENDING  # its worker may still be at it
    with database.begin() as session:
        outbound.interrupted(session, now + work.SEND_MESSAGE.lease + timedelta(seconds=1))
    assert state(database, reply) == (MessageState.FAILED, outbound.INTERRUPTED)
    later()
    assert sent(account) == []


@pytest.mark.parametrize(
    ("content_type", "kept"),
    [
        ("image/jpeg", "image/jpeg"),
        ("IMAGE/PNG; charset=binary", "image/png"),
        ("audio/amr", "audio/amr"),
        ("video/3gpp", "video/3gpp"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("application/pdf", "application/octet-stream"),
        ("text/x-vcard", "application/octet-stream"),
        ("x/y", "application/octet-stream"),
    ],
)
def test_a_file_is_kept_as_it_came_and_only_safe_kinds_are_shown(
    phone, database, parts, work_off, content_type, kept
):
    content = b"<script>alert(1)</script>" * 9000
    phone.send_sms(NUMBER, "", [(content_type, content)])
    work_off()
    with database.reading() as session:
        attachment = session.scalars(select(Attachment)).one()
        assert (attachment.state, attachment.content_type, attachment.size) == (
            AttachmentState.STORED,
            kept,
            len(content),
        )
        key = session.get_one(TipKey, attachment.tip_id)
        with parts.store.open(
            database.vault.unwrap(key.ring_key, key.wrapped), attachment.storage_key
        ) as stored:
            assert stored.read() == content


def test_an_error_page_in_place_of_a_picture_is_not_kept(phone, database, account, work_off, later):
    phone.send_sms(NUMBER, "", [("image/jpeg", b"jpeg")])
    with database.reading() as session:
        sid = session.scalars(select(Attachment)).one().provider_sid
    account.update("media", sid, {"content_type": "text/html"})
    work_off()
    with database.reading() as session:
        waiting = session.scalars(select(Attachment)).one()
        assert (waiting.state, waiting.failure) == (AttachmentState.TO_FETCH, "not-a-file")
    account.update("media", sid, {"content_type": "image/jpeg"})
    later()
    with database.reading() as session:
        assert session.scalars(select(Attachment)).one().state == AttachmentState.STORED


def test_ten_pictures_arrive_in_their_order(phone, database, work_off):
    phone.send_sms(NUMBER, "", [("image/gif", bytes([n])) for n in range(10)])
    work_off()
    with database.begin() as session:
        found = session.scalars(select(Attachment).order_by(Attachment.position)).all()
        assert [(a.position, a.state) for a in found] == [(n, AttachmentState.STORED) for n in range(10)]
        session.execute(update(Message).values(not_before=None))
    jobs.sweep()
