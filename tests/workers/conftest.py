"""What the jobs' tests share: waiting that does not take time, and the state of rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from hotline.clock import utcnow
from hotline.models import Attachment, Message, ProviderCopy, Recording
from hotline.services import components
from workers import jobs


@pytest.fixture
def later(database, work_off) -> Callable[[], None]:
    """As if every pause of back-off had passed: one sweep, and the queues worked off."""

    def later() -> None:
        with database.begin() as session:
            components.report(session, components.SPEECH, "ready", utcnow())
            for model in (Recording, Attachment, Message, ProviderCopy):
                session.execute(update(model).values(not_before=None))
        jobs.sweep()
        work_off()

    return later
