"""The page of the machine's accuracy: Vietnamese numbers, counts where there are few, its file, and who sees what."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.clock import LOCAL, utcnow
from hotline.db import Database
from hotline.models import AuditEvent, Staff, Tip
from hotline.rules.lifecycle import Outcome
from hotline.services import corrections
from tests.admin.conftest import Officer
from tests.builders import World, create_tip

AT = datetime(2026, 10, 5, 9, tzinfo=LOCAL)


@pytest.fixture
def october(database: Database, world: World) -> None:
    """Twelve closed tips of October 2026, in one of which an officer put the category right; three of September."""
    with database.begin() as session:
        for n in range(15):
            at = AT + timedelta(days=n) if n < 12 else AT - timedelta(days=20)
            tip: Tip = create_tip(
                session, world.duc_lap, at=at, category="TROM_CAP", outcome=Outcome.SANCTIONED, outcome_at=at
            )
            tip.machine_urgent, tip.triage_version = False, "rules-2+0badc0de"
            if n == 0:
                corrections.correct_categories(session, world.officer.viewer, tip.id, ["CUOP_GIAT"], at)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_percentages_counts_and_what_was_taken_for_what(officer: Officer, october: None) -> None:
    page = words(officer.get("/figures/accuracy?month=2026-10").text)
    assert "Đúng loại 91,67 % 11 trên 12" in page
    assert "Tính trên 12 tin đã được cán bộ kiểm" in page
    assert re.search(r"09/2026 3 trên 3", page), "too few for a percentage"
    assert "Trộm cắp tài sản Cướp, cướp giật tài sản 1" in page
    assert "rules-2+0badc0de 12 12" in page


def test_a_month_without_checked_tips_says_what_to_do(officer: Officer) -> None:
    assert "Tháng này chưa có tin nào được cán bộ kiểm" in officer.get("/figures/accuracy?month=2026-10").text


@pytest.mark.parametrize("month", ["x", "2026-13", "1999-12", "2101-01"])
def test_a_month_that_cannot_be_is_refused_and_this_one_shown(officer: Officer, month: str) -> None:
    page = officer.get(f"/figures/accuracy?month={month}").text
    assert 'class="refusal" role="alert"' in page
    assert f"từ ngày 01/{utcnow().astimezone(LOCAL):%m/%Y}" in page


def test_the_file(
    signed_in: Callable[[Staff], Officer], world: World, database: Database, october: None
) -> None:
    answer = signed_in(world.statistician).get("/figures/accuracy.csv?month=2026-10")
    assert answer.data.startswith(b"\xef\xbb\xbf") and answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[3][:7] == [
        "Phần",
        "Mục",
        "Tiếp nhận mới",
        "Đã kiểm",
        "Đúng loại: đúng",
        "Đúng loại: trên tổng số",
        "Đúng loại: %",
    ]
    assert [row[:7] for row in rows if row[:2] == ["Tháng", "10/2026"]] == [
        ["Tháng", "10/2026", "12", "12", "11", "12", "91,67"]
    ]
    assert [row[:7] for row in rows if row[:2] == ["Tháng", "09/2026"]] == [
        ["Tháng", "09/2026", "3", "3", "3", "3", ""]
    ]
    with database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "figures_exported")).one()
        assert (event.detail["what"], event.detail["start"]) == ("accuracy", "2026-10-01")


def test_another_units_figures_are_not_seen(
    signed_in: Callable[[Staff], Officer], world: World, october: None
) -> None:
    stranger = signed_in(world.stranger)
    assert "Đã kiểm" in stranger.get("/figures/accuracy?month=2026-10").text
    assert "91,67" not in stranger.get("/figures/accuracy?month=2026-10").text
    assert stranger.get("/figures/accuracy?month=2026-10&unit=DUCLAP").status_code == 404
