"""A believable hotline: thirteen months of texts and calls, told through the same services as real ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import exists, select

from hotline.db import Database
from hotline.demo import calendar, duty, people, stories
from hotline.demo.arrival import arrive
from hotline.demo.stage import Stage
from hotline.errors import HotlineError
from hotline.models import Call, Tip
from hotline.storage import AudioStore

__all__ = ["Account", "RealTips", "build"]

Account = people.Account
# The same story every time. Ids, keys, codes and passwords are random as everywhere, and with the ids
# which of two officers with equal loads is given a tip.
SEED = 2026
# The people were there before the first tip.
SETTLING = timedelta(days=7)
# An act may take a minute and a half; none reaches beyond the present.
UNFINISHED = timedelta(minutes=2)


class RealTips(HotlineError):
    """The hotline is in use: demonstration data would falsify its figures."""


def build(
    database: Database, store: AudioStore, now: datetime, progress: Callable[[int, int], None] | None = None
) -> tuple[Account, ...]:
    """Fill an empty hotline with units, staff and about 300 tips of the thirteen months up to `now`.

    All of it in one transaction, or nothing. Returns the accounts made, with their one-time passwords; none,
    and nothing is changed, where demonstration tips already are. `progress(done, total)` counts tips.
    Raises RealTips where tips of residents are.
    """
    stored: list[str] = []
    try:
        with database.begin() as session:
            if session.scalar(select(exists().where(Tip.demonstration))):
                return ()
            # A call that is under way has no tip yet.
            if any(session.scalar(select(exists().select_from(kind))) for kind in (Tip, Call)):
                raise RealTips(
                    "this hotline has residents' tips: demonstration data would falsify its figures. "
                    "Build it in another folder, for example DATA_DIR=var/demo"
                )
            chance = random.Random(SEED)  # noqa: S311 - a story, not a secret
            told = calendar.moments(stories.load(), now, chance)
            crew, accounts = people.settle(session, told[0][0] - SETTLING)
            stage = Stage(session, store, crew, chance, stored)
            duty.prepare(stage, told[0][0] - SETTLING, now)
            for number, (when, story) in enumerate(told, 1):
                stage.plan(when, partial(arrive, stage, story))
                if progress is not None:
                    stage.plan(when, partial(_tell, progress, number, len(told)))
            stage.play(now - UNFINISHED)
    except BaseException:
        for storage_key in stored:
            store.delete(storage_key)
        raise
    return accounts


def _tell(progress: Callable[[int, int], None], number: int, total: int, _when: datetime) -> None:
    progress(number, total)
