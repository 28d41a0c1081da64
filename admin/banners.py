"""What every page says of the system's own state: calm when all is well, clear when something waits."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask_login import current_user
from redis.exceptions import RedisError

from admin.language import _
from hotline.clock import utcnow
from hotline.context import parts
from hotline.queries import alarms, mutes
from hotline.queries.alarms import Ringing
from hotline.services import components


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence over the page; `level` is "quiet" or "clear", `endpoint` the page where something can be done."""

    level: str
    text: str
    endpoint: str | None = None


def init_app(app: Flask) -> None:
    """Let templates ask for `banners()`."""
    app.add_template_global(banners, "banners")
    app.add_template_global(ringing, "ringing")


def banners() -> list[Banner]:
    """What signed-in people should know of the system's state."""
    if not current_user.is_authenticated:
        return []
    with parts().database.reading() as session:
        speech = components.state(session, components.SPEECH, utcnow())
        muted = mutes.waiting(session, current_user.viewer, utcnow())
    found = (_of_speech(speech), _of_queue(), _of_mutes(muted))
    return [banner for banner in found if banner is not None]


def ringing() -> list[Ringing]:
    """The alarms that wait for the person who is signed in."""
    with parts().database.reading() as session:
        return alarms.ringing(session, current_user.viewer)


def _of_mutes(waiting: int) -> Banner | None:
    if not waiting:
        return None
    text = _("%(n)s lượt tạm gác tin của người báo đã hết hạn hoặc quá 30 ngày chưa ai xem lại.", n=waiting)
    return Banner("clear", text, "admin.mutes")


def _of_speech(speech: components.Component) -> Banner | None:
    if speech.state == components.NOT_RUNNING:
        return Banner(
            "clear",
            _(
                "Bộ chép lời đang không chạy. Tin thoại vẫn nghe được và sẽ tự động được chép lời khi bộ này "
                "chạy lại."
            ),
        )
    if not speech.ready:
        return Banner(
            "clear",
            _(
                "Chưa có mô hình nhận dạng tiếng nói dùng được. Tin thoại vẫn nghe được và sẽ tự động được "
                "chép lời khi quản trị viên cài mô hình."
            ),
        )
    if speech.detail.get("demonstration"):
        return Banner(
            "quiet",
            _(
                "Đang dùng mô hình nhận dạng tiếng nói chạy thử: bản chép lời chỉ để tham khảo, hãy nghe bản ghi âm."
            ),
        )
    return None


def _of_queue() -> Banner | None:
    try:
        parts().queue.redis.ping()
    except RedisError:
        return Banner(
            "clear",
            _(
                "Một phần của hệ thống đang tạm dừng. Tin báo vẫn được nhận và giữ đủ; việc phân loại, chép lời "
                "và gửi tin nhắn sẽ tự tiếp tục khi phần này chạy lại."
            ),
        )
    return None
