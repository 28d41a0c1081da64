"""Reading tips and calling somebody about the urgent ones."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hotline.clock import utcnow
from hotline.rules.gazetteer import gazetteer
from hotline.services import alarms, suggestions, triage
from hotline.triage_models import TriageModels
from workers.runtime import parts


def preload(models: TriageModels) -> None:
    """Load the rules, their model and the gazetteer once, so that forked jobs find them in memory."""
    gazetteer()
    models.read("đang cháy nhà ở xã Đức Lập")


def triage_tip(tip_id: str) -> None:
    """Tag, locate and assign a tip; call somebody if it is urgent; look for others about the same event."""
    with parts().database.begin() as session:
        triage.run(session, uuid.UUID(tip_id), utcnow(), parts().triage_models.read)
    climb_alarm(tip_id)
    # Apart from the above, so that nothing that goes wrong here keeps a tip from its officer.
    window = timedelta(hours=parts().settings.event_window_hours)
    with parts().database.begin() as session:
        suggestions.suggest(session, uuid.UUID(tip_id), window, utcnow())


def climb_alarm(tip_id: str) -> None:
    """Take the next step of a tip's alarm, if it is due."""
    pause = timedelta(minutes=parts().settings.page_minutes)
    with parts().database.begin() as session:
        pages = alarms.climb(session, uuid.UUID(tip_id), utcnow(), pause)
    for page_id in pages:
        parts().queue.send_page(page_id)
