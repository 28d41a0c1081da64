"""Putting a transcript right on its page, with and without scripts, and what the tip's page says of it then."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import select

from hotline.context import Parts
from hotline.models import Recording, Tip
from hotline.services import triage
from tests.admin import province
from tests.admin.conftest import Officer
from tests.builders import NOW, World

THEFT = "a lô tôi ở thôn ba xã đức minh tối qua có hai người lạ vào rẫy nhà tôi lấy mất bốn bao cà phê"


@pytest.fixture
def address(parts: Parts, world: World) -> str:
    """Of the page on which the words of a voicemail are corrected."""
    with parts.database.begin() as session:
        tip_id = province.voice_tip(parts, session, "vm01_theft_coffee.wav", NOW)
        session.get_one(Tip, tip_id).unit_id = world.duc_lap.id
        recording = session.scalars(select(Recording)).one()
        return f"/tips/{tip_id}/recordings/{recording.id}/words"


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def version(page: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_tips_page_shows_it_readably_with_the_raw_words_folded_below(
    officer: Officer, address: str
) -> None:
    page = officer.get(address.split("/recordings")[0]).text
    assert re.search(r'<span class="w [a-z]+" data-start="[\d.]+" data-end="[\d.]+"[^>]*>Đức</span>', page)
    assert "A lô tôi ở thôn 3 xã Đức Minh tối qua có 2 người lạ" in text(page)
    assert f"Từng chữ máy nghe được {THEFT}" in text(page)
    assert "/words" in page and "Nghe và sửa bản chép lời" in page


def test_words_that_were_right_are_said_to_be_checked_and_not_corrected(
    officer: Officer, address: str
) -> None:
    page = officer.get(address).text
    typed = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert officer.post(address, line=typed, version=version(page), complete="1").status_code == 302
    after = text(officer.get(address.split("/recordings")[0]).text)
    assert "không phải sửa chỗ nào. Đã nghe hết bản ghi âm." in after
    assert "khác 0 chỗ" not in after + text(officer.get(address).text)


def test_corrected_on_the_page_and_taken_back(officer: Officer, address: str, parts: Parts) -> None:
    tip_page = address.split("/recordings")[0]
    page = officer.get(address).text
    typed = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert " ".join(typed).startswith(THEFT)
    lines = [line.replace("bốn bao cà phê", "mười bốn bao cà phê") for line in typed]
    answer = officer.post(address, line=lines, version=version(page), complete="1")
    assert answer.status_code == 302 and "#recording-" in answer.location
    after = text(officer.get(tip_page).text)
    assert "lấy mất 14 bao cà phê" in after
    assert re.search(r"Cán bộ \d+ đã sửa bản chép lời lúc [\d:/ ]+\. Đã nghe hết bản ghi âm\.", after)
    assert "Bản máy chép, khác 1 chỗ" in after and "lấy mất mười bốn bao cà phê nhờ" in after
    assert "<ins>mười</ins>" in officer.get(tip_page).text
    assert "Sửa bản chép lời" in after.rsplit("Diễn biến", 1)[1]
    with parts.database.begin() as session:
        triage.run(session, uuid.UUID(tip_page.rsplit("/", 1)[1]), NOW)
    assert 'class="is-' in officer.get(tip_page).text, "what was meant is marked again"

    page = officer.get(address).text
    assert officer.post(address, undo="1", version=version(page)).status_code == 302
    assert "lấy mất 4 bao cà phê" in text(officer.get(tip_page).text)


def test_what_two_officers_typed_is_not_lost(officer: Officer, address: str) -> None:
    seen = version(officer.get(address).text)
    assert officer.post(address, line="a lô cháy nhà", version=seen).status_code == 302
    answer = officer.post(address, line=["a lô", "cháy rừng"], version=seen, complete="1")
    assert answer.status_code == 409
    assert "Bản chép lời đã thay đổi" in answer.text and ">a lô cháy rừng</textarea>" in answer.text
    assert "Bản đang được dùng" in answer.text and ">a lô cháy nhà</p>" in answer.text
    assert 'name="complete" value="1" checked' in answer.text
    again = officer.post(address, line="a lô cháy rừng", version=version(answer.text))
    assert again.status_code == 302


def test_hours_of_speech_are_saved_and_the_token_is_asked_for(officer: Officer, address: str) -> None:
    page = officer.get(address).text
    lines = ["người lạ vào rẫy nhà tôi " * 4] * 1_200
    form = {"line": lines, "version": version(page)}
    assert officer.client.post("/admin" + address, data=form).status_code == 400, "without a token"
    assert officer.post(address, **form).status_code == 302


def test_who_may_not(officer: Officer, signed_in, world: World, address: str) -> None:
    assert signed_in(world.stranger).get(address).status_code == 404
    assert signed_in(world.statistician).get(address).status_code == 403
    assert signed_in(world.stranger).post(address, line="x", version="0-").status_code == 404
    assert officer.get(address.replace("/words", "x/words")).status_code == 404
