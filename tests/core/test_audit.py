from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from hotline.models import AuditEvent, AuditHead
from hotline.services import audit
from tests.builders import NOW

pytestmark = pytest.mark.both_databases
EVENTS = 5


def write(database, count: int = EVENTS) -> None:
    with database.begin() as session:
        for number in range(count):
            audit.record(session, None, "tip_read", now=NOW, number=number, where="Đức Lập")


def verify(database):
    with database.reading() as session:
        return audit.verify(session)


def change(database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_whole_chain_verifies(database):
    assert verify(database).events == 0
    write(database)
    result = verify(database)
    assert (result.events, result.broken_seq) == (EVENTS, None)


MISSING, CHANGED, CUT = (
    "this event is missing",
    "this event was changed",
    "the events from here on were cut off",
)
SWAP = [f"UPDATE audit_event SET seq = {new} WHERE seq = {old}" for old, new in ((2, 99), (3, 2), (99, 3))]
COPY = (
    "INSERT INTO audit_event (seq, at, actor_id, kind, tip_id, detail, hash) "
    "SELECT {seq}, at, actor_id, kind, tip_id, detail, hash FROM audit_event WHERE seq = {like}"
)
TAMPERINGS = {
    "a detail": (["""UPDATE audit_event SET detail = '{"number": 7}' WHERE seq = 3"""], 3, CHANGED),
    "a kind": (["UPDATE audit_event SET kind = 'login' WHERE seq = 1"], 1, CHANGED),
    "a time": (["UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2"], 2, CHANGED),
    "who": (["UPDATE audit_event SET actor_id = '00000000000000000000000000000001' WHERE seq = 2"], 2, CHANGED),
    "which tip": (["UPDATE audit_event SET tip_id = '00000000000000000000000000000001' WHERE seq = 5"], 5, CHANGED),
    "first removed": (["DELETE FROM audit_event WHERE seq = 1"], 1, MISSING),
    "middle removed": (["DELETE FROM audit_event WHERE seq = 3"], 3, MISSING),
    "tail removed": (["DELETE FROM audit_event WHERE seq > 3"], 4, CUT),
    "all removed": (["DELETE FROM audit_event"], 1, CUT),
    "tail removed, head set back": (
        ["DELETE FROM audit_event WHERE seq > 3", "UPDATE audit_head SET seq = 3"], 4, CUT,
    ),
    "reordered": (SWAP, 2, CHANGED),
    "middle removed, the rest moved up": (
        ["DELETE FROM audit_event WHERE seq = 3", "UPDATE audit_event SET seq = 3 WHERE seq = 4",
         "UPDATE audit_event SET seq = 4 WHERE seq = 5", "UPDATE audit_head SET seq = 4"], 3, CHANGED,
    ),
    "appended": ([COPY.format(seq=6, like=5)], 6, CHANGED),
    "appended, head moved": ([COPY.format(seq=6, like=5), "UPDATE audit_head SET seq = 6"], 6, CHANGED),
    "inserted": (
        [*[f"UPDATE audit_event SET seq = {seq + 1} WHERE seq = {seq}" for seq in (5, 4, 3)],
         COPY.format(seq=3, like=2), "UPDATE audit_head SET seq = 6"], 3, CHANGED,
    ),
    "before the first": ([COPY.format(seq=0, like=1)], 1, MISSING),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_tampering_is_found_and_named(database, name):
    write(database)
    statements, seq, why = TAMPERINGS[name]
    change(database, *statements)
    result = verify(database)
    assert (result.broken_seq, result.why) == (seq, why)


def test_the_chain_ends_with_the_head_even_when_its_hash_is_forged(database):
    write(database)
    with database.begin() as session:
        session.get_one(AuditHead, 1).hash = b"forged"
    assert verify(database).why == CUT


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers() | st.text("đễ x%'\"", max_size=5) | st.none()
                       | st.booleans() | st.floats(allow_nan=False, allow_infinity=False), max_size=4))  # fmt: skip
def test_any_detail_verifies_after_it_was_stored(database, detail):
    with database.begin() as session:
        audit.record(session, None, "kind", now=NOW, **detail)
    assert verify(database).broken_seq is None


def test_an_event_of_an_undone_change_is_undone(database):
    write(database)
    with pytest.raises(ZeroDivisionError), database.begin() as session:
        audit.record(session, None, "tip_read", now=NOW)
        raise ZeroDivisionError
    write(database, 1)
    assert verify(database).events == EVENTS + 1


def test_writers_at_the_same_time_never_break_the_chain(database):
    each, start, problems = 10, threading.Barrier(4), []

    def writer() -> None:
        start.wait()
        try:
            for _ in range(each):
                write(database, 1)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (verify(database).events, verify(database).broken_seq) == (4 * each, None)
    with database.reading() as session:
        assert session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq)).all() == [
            *range(1, 4 * each + 1)
        ]
