"""Pictures of the officers' pages for docs/images: the demonstration in a real Chromium, at desk and on a phone.

Run as `make screenshots`; `--out FOLDER` puts them elsewhere, `--all` takes every page and not only those
that the documents show.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hotline import demo, schema, valkey  # noqa: E402
from hotline.app import create_app  # noqa: E402
from hotline.clock import local, utcnow  # noqa: E402
from hotline.context import Parts  # noqa: E402
from hotline.models import ComponentState, Recording, Staff, Tip  # noqa: E402
from hotline.models.call import RecordingState  # noqa: E402
from hotline.rules.lifecycle import Status  # noqa: E402
from hotline.settings import Settings  # noqa: E402
from tests.browser.chromium import FLAGS, executable  # noqa: E402

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
SHOWN = ("queue", "queue-province", "tip-voicemail", "tip-text", "figures")
DUTY, LEADER, OFFICER, ADMIN = "demo.truc", "demo.duclap", "demo.binh", "demo.quantri"


def main() -> None:
    """Build the demonstration in a folder of its own and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures") as data:
        settings = Settings.from_env({"DATA_DIR": data})
        parts = Parts.build(settings)
        schema.migrate(parts.database)
        passwords = {a.username: a.password for a in demo.build(parts.database, parts.store, utcnow())}
        tips = _prepare(parts)
        queue = subprocess.Popen(valkey.command(settings.redis_url), stdout=subprocess.DEVNULL)
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.port}/admin"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            for place, size in (("desk", DESK), ("phone", PHONE)):
                _pictures(browser, home, passwords, tips, options.out, options.all, place, size)
            browser.close()
        server.shutdown()
        queue.terminate()
        queue.wait()


def _prepare(parts: Parts) -> dict[str, str]:
    """Passwords that need not be changed, a speech worker that seems to run, and the tips worth a picture."""
    with parts.database.begin() as session:
        for person in session.scalars(select(Staff)):
            person.must_change_password = False
        session.add(
            ComponentState(
                name="speech",
                at=utcnow() + timedelta(minutes=10),
                state="ready",
                detail={"demonstration": True},
            )
        )
        binh = session.scalars(select(Staff).where(Staff.username == OFFICER)).one()
        newest = select(Tip.id).order_by(Tip.received_at.desc())
        heard = select(Recording.tip_id).where(Recording.state == RecordingState.TRANSCRIBED)
        failed = select(Recording.tip_id).where(Recording.state == RecordingState.FAILED)
        wanted = {
            "voicemail": newest.where(Tip.id.in_(heard), Tip.status != Status.CLOSED, Tip.unit_id == binh.unit_id),
            "text": newest.where(Tip.officer_id == binh.id, Tip.status == Status.VERIFYING, Tip.channel == "sms"),
            "closed": newest.where(Tip.unit_id == binh.unit_id, Tip.status == Status.CLOSED),
            "failed": newest.where(Tip.id.in_(failed)),
        }  # fmt: skip
        found = {name: session.scalar(query.limit(1)) for name, query in wanted.items()}
    return {name: str(tip_id) for name, tip_id in found.items() if tip_id is not None}


def _pictures(
    browser: Browser, home: str, passwords: dict[str, str], tips: dict[str, str], out: Path, every: bool, place: str,
    size: dict[str, int],
) -> None:  # fmt: skip
    page = browser.new_page(viewport=size, locale="vi-VN")  # type: ignore[arg-type]  # a TypedDict's shape
    month = local(utcnow()).replace(day=1) - timedelta(days=1)
    shots = (
        (LEADER, "queue", "tips?tab=unit"),
        (LEADER, "queue-done", "tips?tab=done"),
        (DUTY, "queue-province", "tips?tab=unit"),
        (DUTY, "tip-failed", f"tips/{tips.get('failed', '')}?tab=unit"),
        (LEADER, "roster", "roster"),
        (LEADER, "tip-voicemail", f"tips/{tips.get('voicemail', '')}?tab=unit"),
        (OFFICER, "queue-mine", "tips?tab=mine"),
        (OFFICER, "tip-text", f"tips/{tips.get('text', '')}?tab=mine"),
        (LEADER, "tip-closed", f"tips/{tips.get('closed', '')}?tab=done"),
        (ADMIN, "figures", f"figures?month={month:%Y-%m}"),
        (ADMIN, "staff", "staff"),
        (ADMIN, "units", "units"),
        (ADMIN, "audit", "audit"),
    )
    page.goto(home + "/login")
    if every:
        page.screenshot(path=out / f"login-{place}.png")
    signed_in = ""
    for username, name, path in shots:
        if not every and name not in SHOWN:
            continue
        if username != signed_in:
            _sign_in(page, home, username, passwords[username])
            signed_in = username
        page.goto(f"{home}/{path}")
        page.screenshot(path=out / f"{name}-{place}.png")
    page.close()


def _sign_in(page: Page, home: str, username: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(home + "/login")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("button.main")
    page.wait_for_url("**/admin/*")


if __name__ == "__main__":
    main()
