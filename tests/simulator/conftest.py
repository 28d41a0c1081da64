"""The simulated account and a scripted hotline for it to call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.telephony.simulator.account import SimulatedAccount, temporary_account
from hotline.telephony.simulator.client import SimulatedPhone

from .scripted_hotline import ScriptedHotline, serving

VOICEMAIL = Path(__file__).parent.parent / "data" / "voicemails" / "vm09_fire.wav"  # 8.2 s


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> SimulatedAccount:
    return temporary_account(tmp_path_factory.mktemp("simulator"))


@pytest.fixture(scope="session")
def server(account: SimulatedAccount) -> Iterator[ScriptedHotline]:
    hotline = ScriptedHotline(account.auth_token)
    with serving(hotline.app()) as base_url:
        hotline.base_url = base_url
        yield hotline


@pytest.fixture
def hotline(server: ScriptedHotline) -> Iterator[ScriptedHotline]:
    server.script({})
    yield server
    assert all(one.signed for one in server.received), "a request was not signed as Twilio signs"


@pytest.fixture
def phone(account: SimulatedAccount, hotline: ScriptedHotline) -> SimulatedPhone:
    return SimulatedPhone(account, hotline.base_url)
