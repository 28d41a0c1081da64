"""What officers do with a tip: hand it on, take it, ask, answer, judge it, end it, open it again."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from hotline.clock import LOCAL, local
from hotline.demo.duty import ring
from hotline.demo.stage import Stage
from hotline.demo.stories import Reopening, Story
from hotline.models import Staff, Tip
from hotline.models.message import MessageState
from hotline.rules.access import Viewer
from hotline.rules.lifecycle import Outcome, Value
from hotline.services import (
    corrections,
    followup,
    intake,
    matters,
    mutes,
    outbound,
    place_corrections,
    places,
    work,
)

OPENS, SHUTS = time(7, 15), time(17, 30)
NIGHT = timedelta(hours=13, minutes=45)
# One in eight is given by the leader to the officer of his choice, who so has more than the others.
GIVEN_BY_LEADER = 0.12
CALLED_BACK = 0.5
PLACE_ADDED = 0.2
# The provider's word for a telephone that is switched off (Twilio error 30003).
UNREACHABLE = "provider-30003"


class Desk:
    """The follow-up of one tip; each step plans the next."""

    def __init__(self, stage: Stage, story: Story, tip_id: uuid.UUID, received_at: datetime) -> None:
        self._stage, self._story, self._tip_id, self._received_at = stage, story, tip_id, received_at
        self._session, self._chance, self._crew = stage.session, stage.chance, stage.crew

    def take_in(self, when: datetime) -> None:
        """See that the tip is at the right post, then have it taken."""
        if self._story.untouched:
            return
        post = self._crew.units.get(self._story.place or "")
        if post is not None and self._tip.unit_id != post.id:
            self._stage.plan(self._soon(when), partial(self._hand_on, self._story.place or ""))
        else:
            self._stage.plan(self._soon(when), self._take)

    def _hand_on(self, place: str, when: datetime) -> None:
        duty = self._chance.choice(self._crew.duty).viewer
        followup.read(self._session, duty, self._tip_id, when)
        officer = self._chance.choice(self._crew.officers[place])
        self._assign(duty, place, officer, when + timedelta(seconds=40))
        self._stage.plan(self._soon(when), self._take)

    def _take(self, when: datetime) -> None:
        place = next((code for code, unit in self._crew.units.items() if unit.id == self._tip.unit_id), None)
        if place is None:
            officer = self._chance.choice(self._crew.duty)
        else:
            favourite = self._crew.officers[place][0]
            leader = self._crew.leaders.get(place)
            wanted = self._chance.random() < GIVEN_BY_LEADER
            if leader is not None and wanted and self._tip.officer_id != favourite.id:
                self._assign(leader.viewer, place, favourite, when - timedelta(seconds=30))
            officer = self._tip.officer or favourite
        self._begin(officer, when)

    def _begin(self, officer: Staff, when: datetime) -> None:
        """The officer reads, takes and mends what the machine made of it; the rest is planned from here."""
        story, viewer = self._story, officer.viewer
        followup.read(self._session, viewer, self._tip_id, when)
        followup.claim(self._session, viewer, self._tip_id, when + timedelta(seconds=20))
        self._correct(viewer, when + timedelta(seconds=70))
        self._relate(when + timedelta(seconds=80))
        if not self._tip.sender_withheld and story.is_call and self._chance.random() < CALLED_BACK:
            followup.reveal_sender(self._session, viewer, self._tip_id, when + timedelta(seconds=90))
        steps: list[Callable[[datetime], None]] = []
        if story.reply is not None:
            steps.append(partial(self._reply, viewer, story.reply))
        steps += [partial(self._note, viewer, note) for note in story.notes]
        if not story.undecided:
            steps.append(partial(self._judge, viewer))
        if story.outcome is not None:
            steps.append(partial(self._close, viewer, story.outcome, story.detail, story.reopened))
        self._plan_until(self._end(), steps, when + timedelta(minutes=3))

    def _correct(self, viewer: Viewer, when: datetime) -> None:
        story = self._story
        found = [category.code for category in self._tip.categories if category.in_force]
        if story.categories and found[:1] != [story.categories[0]]:
            corrections.correct_categories(self._session, viewer, self._tip_id, story.categories, when)
        if story.urgent != self._tip.urgent:
            corrections.set_urgent(self._session, viewer, self._tip_id, story.urgent, when)
        self._correct_place(viewer, when)

    def _correct_place(self, viewer: Viewer, when: datetime) -> None:
        """Say which of several communes is meant; where the tip names none, some officers add it."""
        wanted = self._story.place
        named = [row for row in places.ranked(self._tip) if row.in_force and row.commune_code is not None]
        if wanted is None or wanted in [row.commune_code for row in named]:
            return
        for row in named:
            if wanted in [candidate["commune_code"] for candidate in row.detail["candidates"]]:
                place_corrections.choose_commune(self._session, viewer, self._tip_id, row.id, wanted, when)
                return
        # Chance of its own, so that the story of the tips stays as it is told.
        if not named and random.Random(f"{when.timestamp()}").random() < PLACE_ADDED:  # noqa: S311 - a story
            place_corrections.choose_commune(self._session, viewer, self._tip_id, None, wanted, when)

    def _relate(self, when: datetime) -> None:
        """The duty desk sees what several posts were told of, and who only means mischief."""
        duty = self._crew.duty[0].viewer
        if self._story.event is not None:
            first = self._stage.events.setdefault(self._story.event, self._tip_id)
            if first != self._tip_id:
                matters.link(self._session, duty, self._tip_id, first, when)
        if self._story.muted is not None:
            last_day = local(when).date() + timedelta(days=mutes.DAYS)
            mutes.mute(self._session, duty, self._tip_id, self._story.muted, last_day, when)

    def _plan_until(self, end: datetime, steps: list[Callable[[datetime], None]], begin: datetime) -> None:
        """The steps one after another, the last at the end, in office hours unless it is urgent."""
        last = begin
        for position, step in enumerate(steps, 1):
            wanted = begin + (end - begin) * (position / len(steps)) ** 1.5
            moment = wanted if self._story.urgent else _in_office_hours(wanted)
            last = max(moment, last + timedelta(minutes=self._chance.randint(2, 9)))
            self._stage.plan(last, step)

    def _end(self) -> datetime:
        days = self._story.days
        if days is None:
            least, most = self._chance.choices(
                [(0.2, 1.5), (1.5, 5), (5, 12), (12, 19.5), (21, 29)], [62, 25, 8, 2.5, 2.5]
            )[0]
            days = self._chance.uniform(least, most)
        return self._received_at + timedelta(days=days)

    def _note(self, viewer: Viewer, body: str, when: datetime) -> None:
        followup.add_note(self._session, viewer, self._tip_id, body, when)

    def _reply(self, viewer: Viewer, body: str, when: datetime) -> None:
        message = followup.reply(self._session, viewer, self._tip_id, body, when)
        self._session.flush()
        if work.claim(self._session, work.SEND_MESSAGE, message.id, when) is None:
            return  # it waits to be heard
        sid = self._stage.sid("SM")
        outbound.sent(self._session, message, sid, when + timedelta(seconds=1))
        if self._story.undelivered:
            intake.message_delivery(self._session, sid, MessageState.FAILED, UNREACHABLE)
        else:
            intake.message_delivery(self._session, sid, MessageState.DELIVERED, None)

    def _judge(self, viewer: Viewer, when: datetime) -> None:
        value = Value.VALUABLE if self._story.weak is None else Value.NOT_VALUABLE
        followup.decide_value(self._session, viewer, self._tip_id, value, self._story.weak or "", when)

    def _close(
        self, viewer: Viewer, outcome: str, detail: str, reopened: Reopening | None, when: datetime
    ) -> None:
        followup.set_outcome(self._session, viewer, self._tip_id, Outcome(outcome), detail, when)
        if reopened is not None:
            later = _in_office_hours(when + timedelta(days=reopened.days))
            self._stage.plan(later, partial(self._reopen, viewer, reopened))

    def _reopen(self, viewer: Viewer, reopened: Reopening, when: datetime) -> None:
        followup.read(self._session, viewer, self._tip_id, when - timedelta(minutes=1))
        followup.reopen(self._session, viewer, self._tip_id, reopened.why, when)
        if reopened.outcome is not None:
            later = _in_office_hours(when + timedelta(days=self._chance.uniform(2, 6)))
            self._stage.plan(later, partial(self._close, viewer, reopened.outcome, reopened.detail, None))

    def _assign(self, viewer: Viewer, place: str, officer: Staff, when: datetime) -> None:
        unit = self._crew.units[place]
        followup.assign(self._session, viewer, self._tip_id, unit_id=unit.id, officer_id=officer.id, now=when)
        ring(self._stage, self._tip_id, when)

    def _soon(self, when: datetime) -> datetime:
        if self._story.urgent:
            return when + timedelta(minutes=self._chance.randint(2, 9))
        return _in_office_hours(when + timedelta(minutes=self._chance.randint(15, 120)))

    @property
    def _tip(self) -> Tip:
        return self._session.get_one(Tip, self._tip_id)


def _in_office_hours(when: datetime) -> datetime:
    """The same time, or the next morning's, a little after the post opens."""
    clock = local(when)
    if OPENS <= clock.time() <= SHUTS:
        return when
    day = clock.date() + timedelta(days=clock.time() > SHUTS)
    opening = datetime.combine(day, OPENS, LOCAL)
    # Two minutes for every hour that others have waited less: the order at the door is kept.
    return opening + (NIGHT - (opening - clock)) / 30
