"""From two webhooks to a suggestion, by the real queue."""

from __future__ import annotations

from sqlalchemy import select

from hotline.models import SuggestedLink, Tip
from hotline.telephony.simulator.sids import new_sid


def test_two_people_who_tell_of_one_fire_are_suggested_as_one_event(database, twilio, work_off):
    texts = {
        "+84900000021": "Cháy chợ Đức Lập rồi các anh ơi, lửa cao mấy mét, cứu với",
        "+84900000022": "chay cho duc lap, lua lon lam, cuu voi",
    }
    for sender, body in texts.items():
        fields = {"MessageSid": new_sid("SM"), "From": sender, "To": "+84900000099", "Body": body}
        twilio.post("/twilio/sms", **fields, NumMedia="0")
        work_off()
    with database.reading() as session:
        first, second = session.scalars(select(Tip).order_by(Tip.received_at)).all()
        row = session.scalars(select(SuggestedLink)).one()
        assert (row.tip_id, row.other_id) == (second.id, first.id)
