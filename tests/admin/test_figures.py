"""The statistics page and its file: periods, Vietnamese numbers, and labels that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from admin import wording
from hotline import spreadsheet
from hotline.clock import LOCAL, utcnow
from hotline.db import Database
from hotline.models import AuditEvent, Staff, Unit
from hotline.rules.lifecycle import Outcome, Value
from hotline.services import matters
from tests.admin.conftest import Officer
from tests.builders import NOW, World, create_tip


@pytest.fixture
def october(database: Database, world: World) -> None:
    """Twelve tips in October 2026, eleven valuable and resolved, and one of the fourteenth of November."""
    at = datetime(2026, 10, 5, 9, tzinfo=LOCAL)
    with database.begin() as session:
        for n in range(12):
            solved = n < 11
            create_tip(
                session, world.duc_lap, at=at + timedelta(days=n), category="MA_TUY",
                value=Value.VALUABLE if solved else Value.UNDECIDED,
                outcome=Outcome.PROSECUTED if solved else None, outcome_at=at + timedelta(days=n, hours=1),
            )  # fmt: skip
        create_tip(session, world.duc_lap, at=datetime(2026, 11, 14, 23, 30, tzinfo=LOCAL))


@pytest.mark.parametrize(
    ("address", "period", "received"),
    [
        ("month=2026-10", "từ ngày 01/10/2026 đến ngày 31/10/2026", 12),
        ("month=2026-11", "từ ngày 01/11/2026 đến ngày 30/11/2026", 1),
        ("month=2026-11&start_day=15", "từ ngày 15/10/2026 đến ngày 14/11/2026", 3),
        ("from=2026-10-05&to=2026-10-05", "từ ngày 05/10/2026 đến ngày 05/10/2026", 1),
    ],
)
def test_a_month_of_either_kind_or_any_range(
    officer: Officer, october: None, address: str, period: str, received: int
) -> None:
    page = officer.get("/figures?" + address).text
    assert period in page
    assert f"<dt>Tiếp nhận mới</dt><dd>{received}</dd>" in page


@pytest.mark.parametrize(
    "address",
    [
        "from=2026-10-05&to=2026-10-01", "from=2000-01-01&to=2026-01-01", "month=x", "month=9999-99", "from=x",
        "month=0001-01", "month=2101-01", "from=0001-01-01&to=0001-02-01", "from=9999-12-31&to=9999-12-31",
        "from=1999-12-31&to=2000-01-01", "from=2100-12-31&to=2101-01-01",
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_refused_and_this_month_shown(officer: Officer, address: str) -> None:
    today = utcnow().astimezone(LOCAL)
    page = officer.get("/figures?" + address).text
    assert f"từ ngày 01/{today:%m/%Y}" in page
    assert 'class="refusal" role="alert"' in page
    file = officer.get("/figures.csv?" + address)
    assert (file.status_code, file.location.partition("?")[0]) == (302, "/admin/figures")


@pytest.mark.parametrize(
    "address", ["", "month=", "month=2000-01", "month=2100-12", "from=2026-10-01", "from=&to="]
)
def test_a_period_that_can_be_is_not_refused(officer: Officer, address: str) -> None:
    assert "refusal" not in officer.get("/figures?" + address).text
    assert officer.get("/figures.csv?" + address).mimetype == "text/csv"


def test_numbers_read_as_vietnamese_readers_expect(app: Flask, officer: Officer, october: None) -> None:
    assert "91,67\u00a0%" in officer.get("/figures?month=2026-10").text
    with app.test_request_context():
        assert (wording.number(2016), wording.percent(91.83), wording.percent(None)) == (
            "2.016",
            "91,83\u00a0%",
            "–",
        )


def test_the_file_opens_in_a_vietnamese_spreadsheet_and_is_audited(
    signed_in: Callable[[Staff], Officer], world: World, database: Database, october: None
) -> None:
    statistician = signed_in(world.statistician)
    answer = statistician.get("/figures.csv?month=2026-10")
    assert answer.data.startswith(b"\xef\xbb\xbf") and answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[4][:2] == ["Toàn bộ", "Kỳ này"]
    assert rows[4][2:] == ["0", "12", "0", "12", "11", "1", "0", "91,67", "11", "91,67"]
    with database.reading() as session:
        assert "figures_exported" in session.scalars(select(AuditEvent.kind)).all()


def test_the_figures_say_whether_tips_or_events_are_counted(
    officer: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        tips = [create_tip(session, world.duc_lap, at=NOW) for _ in range(3)]
        for other in tips[1:]:
            matters.link(session, world.officer.viewer, tips[0].id, other.id, NOW)
    for per, said, received, unit, other in (
        ("tip", "Đang đếm theo tin", "3", "tin", "vụ"),
        ("event", "Đang đếm theo vụ việc", "1", "vụ", "tin"),
    ):
        page = officer.get(f"/figures?month=2026-10&per={per}").text
        assert said in page and "3 tin tiếp nhận trong kỳ thuộc 1 vụ việc." in page
        text = officer.get(f"/figures.csv?month=2026-10&per={per}").data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert next(row for row in rows if row[:2] == ["Toàn bộ", "Kỳ này"])[3] == received
        for shown in (page, text):
            assert f"Số {unit}" in shown and f"{unit.capitalize()} có giá trị" in shown
            assert f"Số {other}<" not in shown and f"{other.capitalize()} có giá trị" not in shown
        assert ["Kết quả giải quyết", f"Số {unit}"] in rows
        assert (["Cách đếm", "theo vụ việc"] in rows) is (per == "event")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_label_becomes_a_formula(start: str) -> None:
    assert spreadsheet.safe(start + "HYPERLINK(1)") == "'" + start + "HYPERLINK(1)"


def test_a_unit_named_like_a_formula_is_defused_in_the_file(
    admin: Officer, database: Database, world: World
) -> None:
    with database.begin() as session:
        session.get_one(Unit, world.duc_lap.id).name = "=cmd|' /C calc'!A0"
        create_tip(session, world.duc_lap, at=utcnow())
    text = admin.get("/figures.csv").data.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith("=")]


def test_figures_of_another_unit_are_not_given(signed_in: Callable[[Staff], Officer], world: World) -> None:
    officer = signed_in(world.officer)
    assert officer.get("/figures?unit=DUCLAP").status_code == 200
    assert officer.get("/figures?unit=SONGLUY").status_code == 404
    assert officer.get("/figures.csv?unit=PA01").status_code == 404
