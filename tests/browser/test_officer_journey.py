"""An officer's morning in a real browser, and whether everyone can use these pages."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hotline.clock import utcnow
from hotline.context import Parts
from hotline.models import Alarm
from hotline.services import alarms, duty, followup
from tests.admin import province
from tests.builders import World
from tests.ops.waiting import until

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
DRAFT = "a lô tôi ở thôn ba"


@pytest.fixture
def voicemail(parts: Parts, people: World) -> uuid.UUID:
    """A voicemail that lies with the officer lan."""
    with parts.database.begin() as session:
        tip_id = province.voice_tip(parts, session, "vm01_theft_coffee.wav", utcnow())
        lan, duty = people.officer, people.duty
        followup.assign(session, duty.viewer, tip_id, unit_id=lan.unit_id, officer_id=lan.id, now=utcnow())
        return tip_id


def sign_in(page: Page, site: str, username: str) -> None:
    page.goto(site + "/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(province.PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "/login" not in url)  # and until its scripts have run


def headline(page: Page, name: str) -> int:
    figure = page.locator(".headline > div", has_text=re.compile(rf"^\s*{name}")).locator("dd").first
    return int(figure.inner_text())


def test_a_voicemail_from_the_queue_to_the_statistics(page: Page, site: str, voicemail: uuid.UUID) -> None:
    sign_in(page, site, "lan")
    page.get_by_role("link", name="Thống kê").click()
    assert (
        headline(page, "Tiếp nhận mới"),
        headline(page, "Đã giải quyết"),
        headline(page, "Tin có giá trị"),
    ) == (1, 0, 0)

    page.get_by_role("link", name="Tin báo", exact=True).click()
    page.get_by_role("link", name=DRAFT).click()
    expect(page.locator(".spoken")).to_contain_text("A lô tôi ở thôn 3")

    page.evaluate("document.querySelector('audio').play()")
    until(lambda: page.evaluate("document.querySelector('audio').currentTime > 0.3"), "the voicemail plays")
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(10.86, abs=0.1)
    page.get_by_role("button", name="1,5×").click()
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    # A word of the draft is a place in the recording.
    page.locator(".spoken").get_by_text("nhờ", exact=True).click()
    until(lambda: page.evaluate("document.querySelector('audio').currentTime > 7"), "the word is heard")

    page.get_by_role("button", name="Nhận xử lý").click()
    page.get_by_role("link", name="Ghi kết quả").click()
    page.get_by_label("Kết quả").select_option(label="Khởi tố")
    page.get_by_label("Nội dung").fill("Khởi tố 1 bị can")
    page.get_by_role("button", name="Lưu và đóng tin").click()
    expect(page.locator(".facts")).to_contain_text("Đã xong: Khởi tố")
    page.get_by_role("button", name="Có giá trị").click()
    expect(page.locator("#value")).to_contain_text("Có giá trị")

    page.get_by_role("link", name="Thống kê").click()
    assert (
        headline(page, "Tiếp nhận mới"),
        headline(page, "Đã giải quyết"),
        headline(page, "Tin có giá trị"),
    ) == (1, 1, 1)


def test_the_list_is_walked_by_keys_and_kept_beside_the_tip(
    page: Page, site: str, parts: Parts, people: World
) -> None:
    with parts.database.begin() as session:
        for body in ("Đánh bạc ở thôn 3 xã Đức Lập", "Trộm xe máy ở xã Đức Lập"):
            province.text_tip(session, body, utcnow())
    sign_in(page, site, "chihuy")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator(".sheet h1")).to_be_visible()
    assert page.locator(".brief li").count() == 2
    page.keyboard.press("/")
    page.keyboard.type("trom xe")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 tin")


def test_an_urgent_tip_rings_on_a_page_that_lies_open(
    page: Page, site: str, parts: Parts, people: World
) -> None:
    sign_in(page, site, "chihuy")
    page.goto(f"{site}/figures")
    expect(page.locator(".alarm")).to_have_count(0)
    with parts.database.begin() as session:
        tip_id = province.text_tip(
            session, "Cháy nhà ở thôn 7 xã Đức Lập, cứu với", utcnow() - timedelta(minutes=6)
        )
        for _ in range(2):
            session.get_one(Alarm, tip_id).next_at = utcnow()
            alarms.climb(session, tip_id, utcnow(), timedelta(minutes=5))
    # What the page asks for by itself every 15 seconds, it also asks when somebody comes back to it.
    page.evaluate("dispatchEvent(new Event('focus'))")
    banner = page.locator(".alarm")
    expect(banner).to_contain_text("Cháy, nổ")
    expect(page).to_have_title(re.compile(r"^\(!\) Thống kê"))
    assert troubles(page, 1366) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert troubles(page, 390) == []
    banner.get_by_role("button", name="Tôi đã nhận tin").click()
    page.wait_for_url(f"{site}/tips/{tip_id}")
    expect(page.locator(".alarm")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("đã nhận tin")
    expect(page.locator(".history")).to_contain_text("Báo chỉ huy")


@pytest.mark.parametrize("width", [1366, 390])
def test_everyone_can_use_the_pages(
    page: Page, site: str, parts: Parts, people: World, voicemail: uuid.UUID, width: int
) -> None:
    with parts.database.begin() as session:
        leader, now = people.leader.viewer, utcnow()
        duty.add_shift(session, leader, people.officer.id, now, now + timedelta(hours=12), now=now)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(site + "/login")
    found = {"login": troubles(page, width)}
    sign_in(page, site, "quantri")
    for where in (
        "tips?tab=unit",
        f"tips/{voicemail}?tab=unit",
        "figures",
        "figures/accuracy",
        "figures/calibration",
        f"roster?unit={people.duc_lap.id}",
        f"people/{people.officer.id}",
        "staff",
        "units",
        "audit",
        "password",
    ):
        page.goto(f"{site}/{where}")
        found[where] = troubles(page, width)
    assert {where: what for where, what in found.items() if what} == {}


def troubles(page: Page, width: int) -> list[tuple[str, Any]]:
    """What axe-core finds serious in a page with everything unfolded, and whether the page is too wide."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    # The pages' own policy lets nothing be added to them, so the checker runs in an evaluation.
    page.evaluate(AXE.read_text())
    checked: Any = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
    )
    found = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in checked["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    wide = page.evaluate("document.documentElement.scrollWidth")
    clipped = page.evaluate(
        "[...document.querySelectorAll('.pages a')].filter((a) => a.getBoundingClientRect().right > innerWidth)"
        ".map((a) => a.textContent)"
    )
    return [
        *found,
        *([("wider than the screen", wide)] if wide > width else []),
        *([("menu clipped", clipped)] if clipped else []),
    ]
