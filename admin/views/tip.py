"""The page of one tip."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import call_course, highlight, listing, timeline
from admin.blueprint import blueprint, needs
from hotline.clock import local, utcnow
from hotline.context import parts
from hotline.queries import matters, mutes, readings, tags
from hotline.queries.alarms import alarm_of, paged
from hotline.queries.people import staff_in_sight, units_in_sight
from hotline.queries.tip import tip_detail
from hotline.queries.tip_views import TipView
from hotline.rules.access import Action
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.services import followup, place_corrections
from hotline.services.mutes import DAYS, DAYS_AT_MOST


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused: which one, why, and what was typed, so that nothing has to be typed again."""

    form: str = ""
    message: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    def text(self, form: str, name: str) -> str:
        """What was typed into a field of this form, nothing for other forms."""
        return self.typed.get(name, "") if form == self.form else ""


@blueprint.get("/tips/<uuid:tip_id>")
@needs(Action.READ_TIPS)
def tip(tip_id: uuid.UUID) -> ResponseReturnValue:
    return tip_page(tip_id, opened=True)


def tip_page(
    tip_id: uuid.UUID, *, opened: bool, attempt: Attempt | None = None, sender: str | None = None
) -> str:
    """The page, audited as a reading when `opened`; `sender` is the number just asked for."""
    now = utcnow()
    parts().triage_models.refresh()  # the page asks the model in use what else a tip may be about
    with parts().database.begin() as session:
        if opened:
            followup.read(session, current_user.viewer, tip_id, now)
        shown = tip_detail(session, current_user.viewer, tip_id, now)
        beside = listing.current(session, now)
        near = place_corrections.communes_near(session, current_user.viewer)
        units = units_in_sight(session, current_user.viewer)
        officers = staff_in_sight(session, current_user.viewer, active_only=True)
        related = matters.related(session, current_user.viewer, tip_id)
        mute = mutes.of_tip(session, current_user.viewer, tip_id, now)
        read_before = readings.of_tip(session, current_user.viewer, tip_id, now)
        alarm, pages = alarm_of(session, tip_id), paged(session, tip_id)
    return render_template(
        "admin/tip.html",
        tip=shown,
        listing=beside,
        units=units,
        officers=officers,
        other_categories=tags.others(shown.tags),
        communes=sorted(place_corrections.title(commune) for commune in near),
        thread=sorted([*shown.messages, *shown.calls, *shown.uploads], key=lambda item: item.at),
        days=timeline.days(shown, pages),
        alarm=alarm,
        related=related,
        mute=mute,
        mute_days=[local(now).date() + timedelta(days=n) for n in (1, DAYS, DAYS_AT_MOST)],
        pieces=highlight.pieces,
        spoken=highlight.spoken,
        course=call_course.course,
        readings=read_before,
        upload_max_mb=parts().settings.upload_max_mb,
        attempt=attempt or Attempt(),
        sender=sender,
        step=next_step(shown),
    )


def next_step(tip: TipView) -> str:
    """The one thing that obviously comes next for this viewer: claim, outcome, value, or nothing."""
    mine = tip.officer_id == current_user.viewer.staff_id
    if not current_user.viewer.may(Action.WORK_TIPS):
        return ""
    if tip.status == Status.NEW or (tip.status == Status.ASSIGNED and (mine or tip.officer_id is None)):
        return "claim"
    if tip.status == Status.VERIFYING and mine:
        return "outcome"
    if tip.status == Status.CLOSED and tip.value == Value.UNDECIDED and tip.outcome != Outcome.NOT_A_TIP:
        return "value"
    return ""
