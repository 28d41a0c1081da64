"""Tips that people checked, as labelled messages for the triage classifier to learn from (training/README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.clock import start_of
from hotline.errors import KeyUnavailable
from hotline.models import Correction, Tip, TipKey, Unit
from hotline.rules.access import Action, Viewer
from hotline.rules.lifecycle import Outcome, Status
from hotline.rules.masking import masked
from hotline.rules.tagging import ALONE, NOTHING
from hotline.services import tips, triage


def checked(session: Session, viewer: Viewer, start: date, end: date) -> Iterator[dict[str, Any]]:
    """The tips received on these days (end included) that were closed or corrected, oldest first, in bounded memory.

    Each is {"text", "categories", "urgent", "is_tip", "style": "officer"} by what is in force. Tips of the
    demonstration, without words, or whose content was deleted are left out. No sender, and long numbers are masked;
    names and addresses that residents wrote stay. The caller audits the export with its count.
    """
    tips.require(viewer, Action.READ_TIPS)
    corrected = select(Correction.id).where(Correction.tip_id == Tip.id).exists()
    found = (
        select(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .join(TipKey, TipKey.tip_id == Tip.id)
        .where(
            Unit.in_sight(viewer),
            Tip.received_at >= start_of(start),
            Tip.received_at < start_of(end + timedelta(days=1)),
            or_(Tip.status == Status.CLOSED, corrected),
            ~Tip.demonstration,
        )
        .order_by(Tip.received_at, Tip.id)
        .options(selectinload(Tip.categories))
        .execution_options(yield_per=200)
    )
    for tip in session.scalars(found):
        message = _message(tip)
        if message is not None:
            yield message


def _message(tip: Tip) -> dict[str, Any] | None:
    """One tip; None when it has no words or no category."""
    try:
        text = "\n".join(source.text for source in triage.texts(tip))[: triage.READ_MAX]
    except KeyUnavailable:
        return None
    codes = [row.code for row in tip.categories if row.in_force]
    if not text.strip() or not codes:
        return None
    no_tip = tip.outcome == Outcome.NOT_A_TIP or (tip.status != Status.CLOSED and not tip.is_tip)
    if no_tip and codes[0] not in ALONE:
        codes = [NOTHING]
    return {
        "text": masked(text),
        "categories": codes,
        "urgent": tip.urgent and not no_tip,
        "is_tip": not no_tip,
        "style": "officer",
    }
