from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import KeyUnavailable
from hotline.models import Message, Tip, TipKey
from hotline.vault import KEY_BYTES, KeyRing, Vault, open_sealed, seal
from tests.builders import create_tip, create_world, receive

KEY = bytes(range(KEY_BYTES))
texts = st.text().map(str.encode)


@given(texts, texts)
def test_what_was_sealed_opens(plain, context):
    sealed = seal(KEY, plain, context)
    assert open_sealed(KEY, sealed, context) == plain
    assert sealed != seal(KEY, plain, context)  # a nonce of its own each time


@given(texts, st.data())
def test_any_flipped_bit_is_refused(plain, data):
    sealed = bytearray(seal(KEY, plain, b"here"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeyUnavailable):
        open_sealed(KEY, bytes(sealed), b"here")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(27)])
def test_a_cut_value_is_refused(sealed):
    with pytest.raises(KeyUnavailable):
        open_sealed(KEY, sealed, b"here")


@given(texts, texts)
def test_a_value_opens_only_where_it_belongs(context, elsewhere):
    if context != elsewhere:
        with pytest.raises(KeyUnavailable):
            open_sealed(KEY, seal(KEY, b"x", context), elsewhere)


def ring(*names: str, index: int = 1) -> KeyRing:
    keys = {name: base64.b64encode(name.encode().ljust(KEY_BYTES)).decode() for name in names}
    raw = {
        "active": names[-1],
        "wrapping": keys,
        "index": base64.b64encode(bytes([index] * KEY_BYTES)).decode(),
    }
    return KeyRing.load_or_create(Path(), {"HOTLINE_KEYRING": json.dumps(raw)})


def test_a_ring_with_a_newer_key_still_opens_what_the_older_wrapped():
    old, both, new = Vault(ring("a")), Vault(ring("a", "b")), Vault(ring("b"))
    key, name, wrapped = old.new_data_key()
    assert both.unwrap(name, wrapped) == key
    assert both.new_data_key()[1] == "b"
    assert both.lookup("phone", "x") == old.lookup("phone", "x")
    assert both.fingerprint == old.fingerprint != Vault(ring("a", index=2)).fingerprint
    with pytest.raises(KeyUnavailable, match="'a'"):
        new.unwrap(name, wrapped)


def test_a_data_key_wrapped_under_one_name_does_not_open_under_another():
    vault = Vault(ring("a", "b"))
    _, _, wrapped = vault.new_data_key()
    with pytest.raises(KeyUnavailable):
        vault.unwrap("a", wrapped)


def test_a_lookup_tells_kinds_apart():
    vault = Vault(ring("a"))
    assert (
        len(
            {
                vault.lookup("phone", "1"),
                vault.lookup("code", "1"),
                vault.token("1"),
                vault.token("phone\x001"),
            }
        )
        == 4
    )


@pytest.fixture
def stored(database):
    """Two tips with a text each."""
    with database.begin() as session:
        create_world(session)
        return [receive(session, f"tin {n}", sender=f"+8490000001{n}").tip_id for n in range(2)]


def test_a_sealed_column_opens_only_in_its_own_row_and_column(database, stored):
    with database.begin() as session:
        mine, other = (session.get_one(Tip, tip_id) for tip_id in stored)
        inbound, outbound = mine.messages
        assert inbound.body == "tin 0"
        for row, column, sealed in (
            (other.messages[0], "body", inbound.body_sealed),  # another tip
            (outbound, "body", inbound.body_sealed),  # another message of the same tip
            (mine, "code", mine.sender_sealed),  # another column
        ):
            setattr(row, f"{column}_sealed", sealed)
            with pytest.raises(KeyUnavailable):
                getattr(row, column)
        session.rollback()


def test_a_destroyed_key_makes_the_whole_tip_unreadable(database, parts, stored):
    with database.begin() as session:
        tip = session.get_one(Tip, stored[0])
        key = session.get_one(TipKey, tip.id)
        audio = parts.store.put(parts.database.vault.unwrap(key.ring_key, key.wrapped), [b"audio"])
        session.delete(key)
    with database.reading() as session:
        gone, kept = (session.get_one(Tip, tip_id) for tip_id in stored)
        for read in (lambda: gone.code, lambda: gone.sender, lambda: gone.messages[0].body):
            with pytest.raises(KeyUnavailable, match="destroyed"):
                read()
        assert kept.messages[0].body == "tin 1"
        other = session.get_one(TipKey, kept.id)
        with pytest.raises(KeyUnavailable):
            parts.store.open(database.vault.unwrap(other.ring_key, other.wrapped), audio).read()


def test_a_row_outside_a_session_is_a_programming_error(database, stored):
    with pytest.raises(RuntimeError, match="session"):
        Message(tip_id=stored[0]).body = "x"
    with database.begin() as session:
        assert create_tip(session).code
