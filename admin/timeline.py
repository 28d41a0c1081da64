"""What happened to a tip, from all its parts, as one list of short sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from admin import labels, reasons
from admin.language import _
from hotline.clock import local
from hotline.queries.alarms import PagedView
from hotline.queries.tip_views import TipView
from hotline.rules.alarm import Step
from hotline.rules.lifecycle import Status

# Told by the tip's own parts, or of interest to auditors only.
SHOWN_OTHERWISE = {
    "tip_received", "text_joined", "tip_assigned", "tip_claimed", "note_added", "reply_written", "value_decided",
    "outcome_set", "tip_reopened", "recording_heard", "attachment_seen", "tip_read", "recording_stored",
    "attachment_stored", "reply_sent", "alarm_raised", "alarm_paged", "page_sent", "call_reconciled", "register_exported",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the history; `text` holds an officer's own words."""

    at: datetime
    who: str | None
    what: str
    text: str | None = None


def days(tip: TipView, pages: Sequence[PagedView] = ()) -> list[tuple[datetime, list[Moment]]]:
    """The history by days in Vietnam, oldest first; each day by its first moment. `pages` are the alarm's steps."""
    told = sorted([*_moments(tip), *(_paged(step) for step in pages)], key=lambda moment: moment.at)
    found = [list(day) for _date, day in groupby(told, key=lambda m: local(m.at).date())]
    return [(moments[0].at, moments) for moments in found]


def _moments(tip: TipView) -> list[Moment]:
    channel = labels.named(labels.CHANNELS, tip.channel)
    told = [Moment(tip.received_at, None, _("Nhận tin qua %(channel)s", channel=channel.lower()))]
    told += _from_trail(tip)
    for message in tip.messages:
        if message.inbound and message.at > tip.received_at:
            told.append(Moment(message.at, None, _("Người báo nhắn tin")))
        elif not message.inbound:
            who = message.author
            told.append(Moment(message.at, who, _("Trả lời người báo") if who else _("Máy trả lời tự động")))
    told += [
        Moment(
            call.ended_at,
            None,
            _("Người gọi gác máy, không để lại lời nào") if call.silent else _("Cuộc gọi kết thúc"),
        )
        for call in tip.calls
        if call.ended_at is not None
    ]
    before: str | None = None
    for given in tip.assignments:
        giver, before = before, given.officer
        if given.reason.get("code") == "claimed":
            told.append(Moment(given.at, given.by, _("Nhận xử lý")))
            continue
        whom = f"{given.officer}, {given.unit}" if given.officer else given.unit
        what = _("Giao cho %(whom)s", whom=whom)
        if given.by is None or given.reason.get("code") == "handed_over":
            what += ": " + reasons.assignment_reason(given.reason, giver)
        told.append(Moment(given.at, given.by, what))
    told += [Moment(note.at, note.author, _("Ghi chú"), note.text) for note in tip.notes]
    told += [
        Moment(
            v.at,
            v.author,
            _("Đánh giá: %(value)s", value=labels.named(labels.VALUES, v.code).lower()),
            v.text,
        )
        for v in tip.values
    ]
    for ended in tip.outcomes:
        if ended.code is None:
            what = _("Mở lại tin")
        else:
            what = _("Kết quả: %(outcome)s", outcome=labels.named(labels.OUTCOMES, ended.code).lower())
        told.append(Moment(ended.at, ended.author, what, ended.text))
    return told


def _paged(step: PagedView) -> Moment:
    """Whom a step of the alarm called, and whose telephone could not be reached."""
    names = ", ".join(
        _("%(name)s (không nhắn tin được)", name=name) if failed else name for name, failed in step.people
    )
    if step.step > Step.EVERYBODY:
        return Moment(step.at, None, _("Báo lại tất cả: %(names)s", names=names))
    return Moment(step.at, None, str(labels.STEPS[Step(step.step)]) % {"names": names})


def _from_trail(tip: TipView) -> list[Moment]:
    told = []
    for event in tip.trail:
        if event.kind in SHOWN_OTHERWISE:
            continue
        what = labels.named(labels.AUDIT_KINDS, event.kind)
        if event.kind == "status_set":
            status = labels.named(labels.STATUSES, Status(event.detail["status"])).lower()
            what = _("Chuyển sang: %(status)s", status=status)
        elif event.kind in ("tip_triaged", "categories_corrected"):
            names = ", ".join(labels.category(code) for code in event.detail.get("categories", ()))
            what = f"{what}: {names}" if names else what
        elif event.kind == "urgency_set":
            what = _("Đánh dấu khẩn") if event.detail.get("urgent") else _("Bỏ đánh dấu khẩn")
        elif event.kind == "place_corrected":
            code = event.detail.get("commune")
            what = f"{what}: {labels.commune_in(code) if code else _('không phải địa điểm')}"
        told.append(Moment(event.at, event.actor, what[:1].upper() + what[1:]))
    return told
