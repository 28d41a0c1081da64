"""A transcript put right by the keyboard alone, on a real browser."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.models import Recording
from hotline.services import transcripts
from tests.admin import province
from tests.browser.test_officer_journey import sign_in, troubles
from tests.builders import World
from tests.ops.waiting import until

pytestmark = pytest.mark.browser


@pytest.fixture
def recording(parts: Parts, people: World) -> tuple[uuid.UUID, uuid.UUID]:
    with parts.database.begin() as session:
        tip_id = province.voice_tip(parts, session, "vm01_theft_coffee.wav", utcnow())
        return tip_id, session.scalars(select(Recording.id)).one()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def test_by_the_keyboard_alone(
    page: Page, site: str, parts: Parts, recording: tuple[uuid.UUID, uuid.UUID]
) -> None:
    tip_id, recording_id = recording
    sign_in(page, site, "quantri")
    page.goto(f"{site}/tips/{tip_id}")
    page.get_by_role("link", name="Nghe và sửa bản chép lời").click()
    assert troubles(page, 1366) == []
    doubtful = page.locator(".word.low").all_inner_texts()
    page.locator("audio").focus()
    until(lambda: page.keyboard.press("Tab") or focused(page) == doubtful[0], "Tab stops at a doubtful word")
    page.keyboard.press("Tab")
    assert focused(page) == doubtful[1], "and then at the next"

    page.keyboard.press("Space")
    until(lambda: page.evaluate("!document.querySelector('audio').paused"), "what is around it is heard")
    page.keyboard.type("mình nói")
    page.keyboard.press("Enter")
    assert focused(page) == doubtful[2]
    page.keyboard.press("ArrowLeft")
    before = focused(page)
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert focused(page) == doubtful[2], "looked at and left as it was"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/tips/{tip_id}*")
    expect(page.locator(".recording .meta").last).to_contain_text("đã sửa bản chép lời")
    with parts.database.reading() as session:
        row = session.get_one(Recording, recording_id)
        machine, words = row.transcript["text"].split(), transcripts.in_force(row).text.split()
    third = machine.index(doubtful[2])
    expected = list(machine)
    del expected[third - 1]
    at = expected.index(doubtful[1])
    expected[at : at + 1] = ["mình", "nói"]
    assert (before, words) == (machine[third - 1], expected)


def test_on_a_telephone(page: Page, site: str, recording: tuple[uuid.UUID, uuid.UUID]) -> None:
    tip_id, recording_id = recording
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, site, "quantri")
    page.goto(f"{site}/tips/{tip_id}/recordings/{recording_id}/words")
    assert troubles(page, 390) == []
    page.get_by_role("button", name="Gõ cả đoạn").first.click()
    page.locator("textarea:visible").fill("a lô tôi báo cháy")
    page.get_by_label("Tôi đã nghe hết").check()
    page.get_by_role("button", name="Lưu bản chép lời").click()
    expect(page.locator(".spoken")).to_contain_text("A lô tôi báo cháy")
    assert troubles(page, 390) == []

    assert page.context.browser is not None
    plain = page.context.browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    page = plain.new_page()
    page.goto(f"{site}/tips/{tip_id}/recordings/{recording_id}/words")
    expect(page.locator("textarea").first).to_be_visible()
    expect(page.get_by_text("Gõ cả đoạn").first).to_be_hidden()  # it does nothing without scripts
    plain.close()
