"""Corrections at the browser: one form a click, whose word it is in small print, and refusals that keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from hotline.clock import utcnow
from hotline.db import Database
from hotline.models import Staff, Tip
from hotline.services import places, triage
from tests.admin.conftest import Officer
from tests.builders import DUC_LAP, SONG_LUY, World, receive


@pytest.fixture
def tip(database: Database, world: World) -> Tip:
    """A theft in one of several places called xã Đức Minh."""
    with database.begin() as session:
        found = session.get_one(
            Tip, receive(session, "Đêm qua nhà tôi bị trộm cắp mất con bò ở xã Đức Minh", at=utcnow()).tip_id
        )
        triage.run(session, found.id, utcnow())
        assert len(found.places[0].detail["candidates"]) > 1
        session.refresh(found, ["places", "officer"])
        return found


def words(page: str) -> str:
    side = page.split('<aside class="side"')[1].split("</aside>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", side).split())


def test_every_mark_of_the_machine_is_put_right_and_taken_back(duty: Officer, tip: Tip) -> None:
    path, place = f"/tips/{tip.id}", str(tip.places[0].id)
    machine = r"máy: Trộm cắp tài sản 0,\d\d"
    steps = (
        ("categories", {"first": "CUOP_GIAT"}, rf"{machine} → cán bộ: Cướp, cướp giật tài sản, Trộm cắp"),
        ("categories", {"wrong": "TROM_CAP"}, rf"{machine} → cán bộ: Cướp, cướp giật tài sản lấy lại theo máy"),
        ("categories", {"add": "", "code": "HUY_HOAI"}, r"→ cán bộ: Cướp, cướp giật tài sản, Hủy hoại"),
        ("categories", {"undo": "1"}, r"Loại Trộm cắp tài sản × vì có"),
        ("urgent", {"urgent": "1"}, r"Mức khẩn Khẩn máy: không khẩn → cán bộ: khẩn lấy lại theo máy"),
        ("urgent", {"undo": "1"}, r"Mức khẩn Không khẩn Đánh dấu khẩn"),
        ("place", {"place": place, "commune": DUC_LAP}, r"máy: xã \S+ \S+, [^→]+ → cán bộ: xã Đức Lập, Lâm Đồng lấy lại theo máy"),
        ("place", {"place": place, "none": "1"}, r"→ cán bộ: không phải địa điểm lấy lại theo máy"),
        ("place", {"place": place, "undo": "1"}, r"xã Đức Minh .*có thể là: "),
        ("place", {"place": "", "name": "song luy lam dong"}, r"xã Sông Lũy, Lâm Đồng cán bộ thêm bỏ"),
    )  # fmt: skip
    for action, form, shown in steps:
        answer = duty.post(f"{path}/{action}", **form)
        assert answer.status_code == 302, (action, form, answer.text)
        assert answer.location.endswith(("#categories", "#places"))
        page = words(duty.get(path).text)
        assert re.search(shown, page), (shown, page)


@pytest.mark.parametrize(
    ("action", "form", "status", "said"),
    [
        ("place", {"name": "Atlantis"}, 400, "Không có xã, phường nào tên “Atlantis”"),
        ("place", {"name": "  "}, 400, "Hãy chọn hoặc gõ tên xã, phường"),
        ("place", {"commune": "99999"}, 400, "Hãy chọn một xã, phường trong danh sách"),
        ("place", {"place": "x", "commune": DUC_LAP}, 400, "Hãy chọn một mục trong danh sách"),
        (
            "place",
            {"place": "00000000-0000-0000-0000-000000000001", "commune": DUC_LAP},
            409,
            "Máy vừa đọc lại tin này",
        ),
        ("categories", {"first": "", "code": "NO"}, 400, "Hãy chọn ít nhất một loại"),
        ("reassign", {}, 409, "Tin đang ở đúng đơn vị"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(
    duty: Officer, tip: Tip, action: str, form: dict[str, str], status: int, said: str
) -> None:
    answer = duty.post(f"/tips/{tip.id}/{action}", **form)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert f'value="{form.get("name", "")}"' in answer.text


def test_a_corrected_place_offers_its_unit_and_the_tip_leaves_only_when_asked(
    signed_in: Callable[[Staff], Officer], duty: Officer, tip: Tip, database: Database, world: World
) -> None:
    path = f"/tips/{tip.id}"
    duty.post(path + "/assign", unit_id=world.song_luy.id, officer_id=world.stranger.id)
    stranger = signed_in(world.stranger)
    assert "Giao lại cho đơn vị này" not in stranger.get(path).text
    stranger.post(path + "/place", place=str(tip.places[0].id), commune=DUC_LAP)
    offered = words(stranger.get(path).text)
    assert "tin thuộc Công an xã Đức Lập. vì xã Đức Lập thuộc địa bàn của đơn vị" in offered
    answer = stranger.post(path + "/reassign")
    assert (answer.status_code, answer.location) == (302, "/admin/tips")
    assert stranger.get(path).status_code == 404
    with database.reading() as session:
        given = session.get_one(Tip, tip.id)
        assert (given.unit_id, given.officer_id) == (world.duc_lap.id, given.officer_id)
        assert [row.commune_code for row in places.ranked(given) if row.in_force] == [DUC_LAP]
        assert SONG_LUY not in [row.commune_code for row in given.places]


def test_who_only_reads_figures_corrects_nothing(
    signed_in: Callable[[Staff], Officer], world: World, tip: Tip
) -> None:
    statistician = signed_in(world.statistician)
    for action in ("categories", "urgent", "place", "reassign"):
        assert statistician.post(f"/tips/{tip.id}/{action}", urgent="1").status_code == 403
