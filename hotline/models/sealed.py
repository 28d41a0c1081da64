"""Columns that are stored only sealed: `body = sealed("body_sealed")` reads and writes plain text."""

from __future__ import annotations

import json
import uuid
from typing import Any, overload

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from hotline.db import Base
from hotline.errors import KeyUnavailable
from hotline.vault import Vault, open_sealed, seal


class TipKey(Base):
    """The tip's data key, wrapped by the key ring; deleting this row deletes the tip's content everywhere."""

    __tablename__ = "tip_key"

    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tip.id"), primary_key=True)
    ring_key: Mapped[str]
    wrapped: Mapped[bytes]


def vault_of(session: Session) -> Vault:
    """The vault that the session was opened with."""
    vault: Vault = session.info["vault"]
    return vault


def data_key(row: Any) -> bytes:
    """The data key of the tip that a row belongs to (or is); the row must be in a session.

    Raises KeyUnavailable when the key was destroyed with its tip.
    """
    session = object_session(row)
    if session is None:
        raise RuntimeError(f"add the {type(row).__name__} to a session before its sealed text is used")
    tip_id: uuid.UUID = row.id if row.__tablename__ == "tip" else row.tip_id
    cache: dict[uuid.UUID, bytes] = session.info.setdefault("data_keys", {})
    if tip_id not in cache:
        wrapped = session.get(TipKey, tip_id)
        if wrapped is None:
            raise KeyUnavailable("this tip's key was destroyed: its content is gone for good")
        cache[tip_id] = vault_of(session).unwrap(wrapped.ring_key, wrapped.wrapped)
    return cache[tip_id]


def context(row: Any, column: str) -> bytes:
    """What a sealed value is bound to: its table, its column and its row."""
    return f"{row.__tablename__}.{column}/{row.id}".encode()


class SealedText:
    """A text kept encrypted under its tip's data key; None stays None."""

    def __init__(self, column: str) -> None:
        self._column = column

    @overload
    def __get__(self, row: None, owner: type) -> SealedText: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: Any, owner: type) -> SealedText | str | None:
        if row is None:
            return self
        value = getattr(row, self._column)
        return (
            None if value is None else open_sealed(data_key(row), value, context(row, self._column)).decode()
        )

    def __set__(self, row: Any, text: str | None) -> None:
        sealed = None if text is None else seal(data_key(row), text.encode(), context(row, self._column))
        setattr(row, self._column, sealed)


class SealedJson:
    """Like SealedText, for a value that JSON can hold."""

    def __init__(self, column: str) -> None:
        self._text = SealedText(column)

    @overload
    def __get__(self, row: None, owner: type) -> SealedJson: ...
    @overload
    def __get__(self, row: object, owner: type) -> Any: ...
    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        text = self._text.__get__(row, owner)
        return None if text is None else json.loads(text)

    def __set__(self, row: Any, value: Any) -> None:
        self._text.__set__(row, None if value is None else json.dumps(value, ensure_ascii=False))
