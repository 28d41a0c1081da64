"""Words to search by: keyed hashes of what was said of a tip, as written and without diacritics."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.models import SearchToken, Tip
from hotline.models.sealed import vault_of
from hotline.rules.text import search_words


def index(session: Session, tip: Tip, contents: Iterable[str]) -> None:
    """Make a tip findable by the words of these texts."""
    tokens = _tokens(session, contents)
    known = set(session.scalars(select(SearchToken.token).where(SearchToken.tip_id == tip.id)))
    session.add_all(SearchToken(token=token, tip_id=tip.id) for token in sorted(tokens - known))


def forget(session: Session, tip: Tip, gone: str, kept: Iterable[str]) -> None:
    """No longer find a tip by the words of a text that is none of it any more, unless others have them."""
    tokens = sorted(_tokens(session, [gone]) - _tokens(session, kept))
    # SQLite takes 32,766 values in a statement, older builds 999.
    for first in range(0, len(tokens), 500):
        session.execute(
            delete(SearchToken).where(
                SearchToken.tip_id == tip.id, SearchToken.token.in_(tokens[first : first + 500])
            )
        )


def _tokens(session: Session, contents: Iterable[str]) -> set[bytes]:
    vault, tokens = vault_of(session), set()
    for text in contents:
        accented, folded = search_words(text)
        tokens |= {vault.token("a:" + word) for word in accented}
        tokens |= {vault.token("f:" + word) for word in folded}
    return tokens
