"""The account's files stay whole while several processes use them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from hotline.telephony.simulator.account import SimulatedAccount, temporary_account
from hotline.telephony.simulator.errors import SimulatorError
from hotline.telephony.simulator.faults import Faults

PROCESSES, ROUNDS = 4, 25


def use(account: SimulatedAccount, sid: str) -> None:
    for _ in range(ROUNDS):
        account.count("recordings", sid, "fetches")
        account.next_send_fault()
        account.log_delivery({"kind": "test", "text": "đ" * 5000})
        assert account.get("recordings", sid) is not None


def test_several_processes(tmp_path: Path) -> None:
    account = temporary_account(tmp_path)
    account.arm(Faults(send_500=PROCESSES * ROUNDS))
    sid = account.add_recording("CA" + "0" * 32, started_at="")["sid"]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=use, args=(account, sid)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    recording = account.get("recordings", sid)
    assert recording is not None and recording["fetches"] == PROCESSES * ROUNDS
    assert len(account.deliveries()) == PROCESSES * ROUNDS
    assert account.next_send_fault() == ""


@pytest.mark.parametrize("sid", ["../faults", "RE" + "0" * 31, "RE" + "0" * 32 + "\n", "ME" + "0" * 32, ""])
def test_only_identifiers_become_file_names(tmp_path: Path, sid: str) -> None:
    with pytest.raises(SimulatorError, match="not the identifier"):
        temporary_account(tmp_path).get("recordings", sid)


def test_folders_are_private(tmp_path: Path) -> None:
    account = temporary_account(tmp_path / "simulator")
    account.add_message(
        from_="+84900000012", to=account.number, body="a", direction="inbound", status="received"
    )
    assert account.root.stat().st_mode & 0o077 == 0
    assert next((account.root / "messages").iterdir()).stat().st_mode & 0o077 == 0
