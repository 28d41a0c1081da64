"""Making a tip and finding one: what intake, triage and follow-up share."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hotline.errors import BadConfiguration, NotAllowed, NotFound
from hotline.models import MutedSender, Tip, TipKey, Unit
from hotline.models.sealed import vault_of
from hotline.rules import deadlines, tip_code
from hotline.rules.access import Action, Viewer
from hotline.services import audit

CODE_TRIES = 20
# Any number of its own: who changes or asks for what several tips share waits for who does so already (PostgreSQL).
TURN = 0x6D617474


def create(
    session: Session, channel: str, sender: str | None, now: datetime, *, demonstration: bool = False
) -> Tip:
    """A new tip with its own data key and code, lying with the duty unit until it is triaged."""
    vault = vault_of(session)
    _, ring_key, wrapped = vault.new_data_key()
    code = _free_code(session)
    due_at, _ = deadlines.due("verify", now)
    tip = Tip(
        id=uuid.uuid4(),
        code_lookup=vault.lookup("code", code),
        channel=channel,
        received_at=now,
        last_contact_at=now,
        due_at=due_at,
        unit_id=duty_unit(session).id,
        demonstration=demonstration,
        sender_withheld=sender is None,
        # Who wrote to us may be written to; who rang is asked first.
        texts_agreed=channel == "sms",
    )
    session.add(tip)
    session.flush()
    session.add(TipKey(tip_id=tip.id, ring_key=ring_key, wrapped=wrapped))
    session.flush()
    tip.code = code
    if sender is not None:
        set_sender(session, tip, sender, now)
    session.flush()
    audit.record(session, None, "tip_received", tip.id, now=now, channel=channel)
    return tip


def set_sender(session: Session, tip: Tip, sender: str, now: datetime) -> None:
    """Remember who wrote or rang, sealed, with a keyed hash to find the thread by and to know a muted one."""
    tip.sender = sender
    tip.sender_lookup = vault_of(session).lookup("phone", sender)
    tip.sender_withheld = False
    tip.muted = is_muted(session, tip, now)


def is_muted(session: Session, tip: Tip, now: datetime) -> bool:
    """Whether the sender of a tip is muted at this moment."""
    muted = select(MutedSender.id).where(
        MutedSender.sender_lookup == tip.sender_lookup, MutedSender.in_force(now)
    )
    return bool(session.scalar(select(muted.exists())))


def by_code(session: Session, code: str) -> Tip | None:
    """The tip with this code, locked for change."""
    found = select(Tip).where(Tip.code_lookup == vault_of(session).lookup("code", code))
    return session.scalar(found.with_for_update())


def require(viewer: Viewer, action: Action) -> None:
    """Raise NotAllowed unless the viewer's role permits the action."""
    if not viewer.may(action):
        raise NotAllowed("Vai trò của bạn không được làm việc này. Hãy hỏi chỉ huy đơn vị.")


def visible(session: Session, viewer: Viewer, tip_id: uuid.UUID, action: Action) -> Tip:
    """The tip, locked for change; raises NotAllowed by role and NotFound out of the viewer's sight."""
    require(viewer, action)
    tip = session.scalar(
        select(Tip)
        .join(Unit, Tip.unit_id == Unit.id)
        .where(Tip.id == tip_id, Unit.in_sight(viewer))
        .with_for_update(of=Tip)
    )
    if tip is None:
        raise NotFound("Không có tin này trong các đơn vị của bạn.")
    return tip


def take_turn(session: Session) -> None:
    """Wait for whoever links, suggests or answers for linked tips at this moment; the first lock of its transaction.

    Two workers that read two alike tips would each note the pair, and two officers would each begin an event.
    Writers on SQLite take turns anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(TURN)))


def hold_event(session: Session, tip_id: uuid.UUID) -> None:
    """Lock a tip and those linked with it, in one order, as nothing was audited yet; needs the turn."""
    matter = select(Tip.matter_id).where(Tip.id == tip_id).scalar_subquery()
    together = select(Tip.id).where(or_(Tip.id == tip_id, Tip.matter_id == matter))
    session.execute(together.order_by(Tip.id).with_for_update()).all()


def duty_unit(session: Session) -> Unit:
    """The unit that takes what no other covers: a duty unit, else the root of the tree.

    Raises BadConfiguration while there is no unit at all.
    """
    unit = session.scalar(select(Unit).order_by(Unit.is_duty.desc(), Unit.path))
    if unit is None:
        raise BadConfiguration("there is no unit to take tips: run `python -m hotline migrate`")
    return unit


def _free_code(session: Session) -> str:
    vault = vault_of(session)
    for _ in range(CODE_TRIES):
        code = tip_code.new_code()
        taken = select(Tip.id).where(Tip.code_lookup == vault.lookup("code", code))
        if session.scalar(taken) is None:
            return code
    raise BadConfiguration("no free tip code was found: there are too many tips for nine digits")
