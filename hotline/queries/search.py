"""Finding tips by code, by the reporter's number, or by words through the blind index."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from hotline.models import SearchToken, Tip
from hotline.models.sealed import vault_of
from hotline.queries import sight
from hotline.queries.inbox import PAGE_SIZE, Row, rows
from hotline.rules import tip_code
from hotline.rules.access import Action, Viewer
from hotline.rules.text import fold, search_words


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: at most a page of rows, the number of all, and the tip when its code was typed."""

    rows: list[Row]
    total: int
    tip_id: uuid.UUID | None = None


def search(session: Session, viewer: Viewer, query: str, now: datetime) -> Found:
    """Tips in sight by code, phone number (leaders and the duty desk) or all of the words typed."""
    visible, by_code = sight.tips(viewer), _code(query)
    if by_code is not None:
        lookup = vault_of(session).lookup("code", by_code)
        tip_id = session.scalar(select(Tip.id).where(visible, Tip.code_lookup == lookup))
        if tip_id is not None:
            return Found([], 1, tip_id)
    condition = _by_phone(session, viewer, query)
    if condition is None:
        condition = _by_words(session, query)
    if condition is None:
        return Found([], 0)
    matching = and_(visible, condition)
    total = session.scalar(select(func.count()).select_from(Tip).where(matching)) or 0
    return Found(rows(session, matching, now, limit=PAGE_SIZE), total)


def _code(query: str) -> str | None:
    digits = re.sub(r"[\s.-]", "", query)
    return digits if tip_code.is_code(digits) else None


def _by_phone(session: Session, viewer: Viewer, query: str) -> ColumnElement[bool] | None:
    """Who wrote before is the leaders' to ask: the answer tells what one person reported."""
    if not viewer.may(Action.ASSIGN) or not re.fullmatch(r"[+\d][\d\s().-]{7,20}", query.strip()):
        return None
    try:
        number = phonenumbers.parse(query, "VN")
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Tip.sender_lookup == vault_of(session).lookup("phone", e164)


def _by_words(session: Session, query: str) -> ColumnElement[bool] | None:
    """Every word must occur: as typed when typed with diacritics, else whatever its diacritics."""
    vault, (accented, folded) = vault_of(session), search_words(query)
    marked = {word for word in accented if fold(word) != word}
    plain = folded - {fold(word) for word in marked}
    tokens = {vault.token("a:" + word) for word in marked} | {vault.token("f:" + word) for word in plain}
    if not tokens:
        return None
    holding_all = (
        select(SearchToken.tip_id)
        .where(SearchToken.token.in_(tokens))
        .group_by(SearchToken.tip_id)
        .having(func.count() == len(tokens))
    )
    return Tip.id.in_(holding_all)
