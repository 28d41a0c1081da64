"""Pictures of the officers' pages for docs/images, taken of the real pages in a real Chromium.

Run as `make screenshots` or `python -m scripts.screenshots [--out FOLDER] [--only NAME]`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from hotline import schema
from hotline.app import create_app
from hotline.clock import utcnow
from hotline.context import EXTENSION, Parts
from hotline.rules.lifecycle import Outcome, Value
from hotline.services import followup
from hotline.settings import Settings
from tests.admin import world
from tests.browser.chromium import FLAGS, executable

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
TEXTS = (
    (1, "co nguoi dang danh nhau o cho duc lap, co dao, cong an toi nhanh gium"),
    (
        14,
        "Nhà bà Tư ở thôn 3 xã Đức Lập tối nào cũng tụ tập đánh bài ăn tiền tới khuya, xe máy đậu kín ngõ, bà con rất bức xúc",
    ),
    (95, "toi bi lua chuyen khoan 20tr qua zalo, no gia danh cong an goi video, gio khong lien lac duoc"),
    (210, "Xe múc đất chở đi bán ban đêm ở xã Thuận An, biển số 48C-012.34, chạy rầm rầm từ 22h đến sáng"),
    (340, "Cho hỏi làm căn cước cho con 14 tuổi cần giấy tờ gì, thứ bảy có làm không ạ"),
    (
        700,
        "Có nhóm thanh niên bán ma túy ở quán cà phê đầu cầu xã Đắk Mil, chiều nào cũng có người lạ ra vào. Tôi xin giấu tên",
    ),
    (1500, "Họ đến tạt sơn vào nhà chị tôi ở xã Đức Lập rồi dọa đốt nhà vì nợ tiền góp, lãi 20% một tháng"),
    (2900, "Mất trộm ba bao cà phê trong kho ở thôn 5, nghi người làm công cũ"),
    (4400, "Hai nhà tranh chấp ranh đất ở thôn Đức Lệ, hôm qua cầm cuốc xẻng dọa đánh nhau"),
    (30_500, "Loa kẹo kéo hát tới 12h đêm ở gần trường học xã Đức Lập, nhắc mấy lần không nghe"),
)
VOICES = ((3, "vm09_fire.wav"), (25, "vm11_loan_shark.wav"), (60, "vm01_theft_coffee.wav"), (400, "vm05_sand_mining.wav"))  # fmt: skip


def main() -> None:
    """Take every picture, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="hotline-pictures-"))
    try:
        _shoot(data, options.out, options.only)
    finally:
        shutil.rmtree(data)


def _shoot(data: Path, out: Path, only: str) -> None:
    settings = Settings.from_env({"DATA_DIR": str(data), "HOTLINE_LANG": "vi"})
    parts = Parts.build(settings)
    schema.migrate(parts.database)
    tips = fill(parts, utcnow())
    app = create_app(settings)
    app.extensions[EXTENSION].queue.redis.ping = lambda: True
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.port}/admin"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        for place, size in (("desk", DESK), ("phone", PHONE)):
            _pictures(browser, home, place, size, out, only, tips)
        browser.close()
    server.shutdown()


def _pictures(
    browser: Browser, home: str, place: str, size: dict[str, int], out: Path, only: str, tips: dict[str, uuid.UUID]
) -> None:  # fmt: skip
    page = browser.new_page(viewport=size, locale="vi-VN")  # type: ignore[arg-type]

    def take(name: str, *, whole: bool = False) -> None:
        if not only or name.startswith(only):
            page.screenshot(path=out / f"{name}-{place}.png", full_page=whole)

    page.goto(home + "/login")
    take("login")
    sign_in(page, home, "chihuy")
    page.goto(home + "/tips?tab=unit")
    take("queue")
    page.goto(home + "/tips?tab=urgent")
    take("queue-urgent")
    page.goto(home + "/tips?tab=unit&category=DANH_BAC")
    take("queue-filtered")
    sign_in(page, home, "trucban")
    for name, tip_id in tips.items():
        page.goto(f"{home}/tips/{tip_id}?tab=unit")
        take(f"tip-{name}", whole=place == "phone")
    sign_in(page, home, "lan")
    page.goto(f"{home}/tips/{tips['text']}?tab=mine")
    take("tip-mine", whole=True)
    page.goto(home + "/tips?tab=overdue")
    take("queue-empty")
    sign_in(page, home, "admin")
    page.goto(home + "/tips?tab=unit")
    take("queue-province")
    for name in ("figures", "staff", "units", "audit"):
        page.goto(f"{home}/{name}")
        take(name, whole=name == "figures")
    page.goto(home + "/nowhere")
    take("error")
    page.close()


def sign_in(page: Page, home: str, username: str) -> None:
    """Sign in as somebody, whoever was signed in before."""
    page.context.clear_cookies()
    page.goto(home + "/login")
    page.fill("#username", username)
    page.fill("#password", world.PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/admin/*")


def fill(parts: Parts, now: datetime) -> dict[str, uuid.UUID]:
    """Believable units, people and tips; returns the tips worth a picture."""
    with parts.database.begin() as session:
        world.add_units(session)
        world.add_people(session, now)
        world.speech_is(session, now + timedelta(minutes=5))
        made = {
            f"text{n}": world.text_tip(session, body, now - timedelta(minutes=ago))
            for n, (ago, body) in enumerate(TEXTS)
        }
        made |= {
            f"voice{n}": world.voice_tip(parts, session, wav, now - timedelta(minutes=ago))
            for n, (ago, wav) in enumerate(VOICES)
        }
        made["silent"] = world.voice_tip(parts, session, None, now - timedelta(minutes=130))
        waiting = world.voice_tip(
            parts, session, "vm08_fight.wav", now - timedelta(minutes=6), transcribed=False
        )
        broken = world.voice_tip(
            parts, session, "vm02_gambling.wav", now - timedelta(minutes=480), transcribed=False
        )
        world.failed_recording(session, broken, "not-audio")
        leader = world.person(session, "chihuy").viewer
        duty = world.person(session, "trucban").viewer
        lan = world.person(session, "lan").viewer
        world.speech_is(session, now + timedelta(minutes=5))
        tip = made["text1"]
        followup.claim(session, duty, tip, now - timedelta(minutes=12))
        dl = session.get_one(world.Staff, lan.staff_id).unit_id
        followup.assign(
            session, duty, tip, unit_id=dl, officer_id=lan.staff_id, now=now - timedelta(minutes=11)
        )
        followup.claim(session, lan, tip, now - timedelta(minutes=9))
        followup.add_note(session, lan, tip, "Đã gọi trưởng thôn 3 xác nhận: có tụ tập, thường sau 21 giờ.\nTối nay đi kiểm tra cùng tổ tự quản.", now - timedelta(minutes=7))  # fmt: skip
        followup.reply(session, lan, tip, "Công an xã đã nhận tin và đang xác minh. Cảm ơn bà con.", now - timedelta(minutes=6))  # fmt: skip
        ended = made["text7"]
        followup.claim(session, duty, ended, now - timedelta(hours=40))
        followup.decide_value(session, duty, ended, Value.VALUABLE, "Tìm được tang vật.", now - timedelta(hours=3))  # fmt: skip
        followup.set_outcome(session, duty, ended, Outcome.PROSECUTED, "Khởi tố 1 bị can, thu hồi ba bao cà phê.", now - timedelta(hours=2))  # fmt: skip
        for name, outcome, value in (
            ("text4", Outcome.NOT_A_TIP, Value.NOT_VALUABLE),
            ("text8", Outcome.MEDIATED, Value.VALUABLE),
        ):
            followup.claim(session, duty, made[name], now - timedelta(hours=30))
            followup.decide_value(session, duty, made[name], value, "Đã kiểm tra.", now - timedelta(hours=2))
            followup.set_outcome(session, duty, made[name], outcome, "", now - timedelta(hours=1))
        assert leader.unit_path.endswith("/DL/")
    return {
        "text": tip, "fire": made["voice0"], "loan": made["voice1"], "closed": ended, "silent": made["silent"],
        "waiting": waiting, "broken": broken,
    }  # fmt: skip


if __name__ == "__main__":
    main()
