"""Members of staff: signing in, passwords, coming and going."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import InvalidChange, NotAllowed, NotFound
from hotline.models import Staff, Unit
from hotline.rules.access import Action, Role, Viewer
from hotline.services import assignment, audit

# NIST SP 800-63B-4 3.1.1.2: length is what counts; no rules of composition.
PASSWORD_MIN = 12
PASSWORD_MAX = 256
# Letters and digits that are not mistaken for one another when read off a screen.
ONE_TIME_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

# argon2-cffi's defaults are RFC 9106's low-memory profile.
_hasher = PasswordHasher()
# Checked when the username is unknown, so that the time taken does not tell.
_nobody = _hasher.hash(secrets.token_hex(16))


def authenticate(session: Session, username: str, password: str, now: datetime) -> Staff | None:
    """The active member of staff with this name and password, else None; both ends are audited."""
    staff = session.scalar(select(Staff).where(Staff.username == _name(username)).with_for_update())
    try:
        _hasher.verify(staff.password_hash if staff else _nobody, password[:PASSWORD_MAX])
    except VerificationError:
        matches = False
    else:
        matches = True
    if staff is None or not staff.active or not matches:
        audit.record(session, None, "login_failed", now=now, staff_id=staff.id if staff else None)
        return None
    if _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = _hasher.hash(password)
    staff.last_login_at = now
    audit.record(session, staff.id, "login", now=now)
    return staff


def by_session_id(session: Session, session_id: uuid.UUID) -> Staff | None:
    """Who a session cookie belongs to, while they are active."""
    return session.scalar(select(Staff).where(Staff.session_id == session_id, Staff.active))


def sign_out(session: Session, session_id: uuid.UUID, now: datetime) -> None:
    """End the person's sessions everywhere: a copied cookie is worth nothing from now on."""
    staff = by_session_id(session, session_id)
    if staff is not None:
        staff.session_id = uuid.uuid4()
        audit.record(session, staff.id, "logout", now=now)


def change_password(session: Session, staff: Staff, old: str, new: str, now: datetime) -> None:
    """Replace one's own password; every session of the person ends, this one included."""
    try:
        _hasher.verify(staff.password_hash, old[:PASSWORD_MAX])
    except VerificationError:
        raise InvalidChange("Mật khẩu hiện tại không đúng.") from None
    if not PASSWORD_MIN <= len(new) <= PASSWORD_MAX:
        raise InvalidChange(
            "Mật khẩu cần từ %(least)s ký tự trở lên; nên dùng một câu ngắn dễ nhớ.", least=PASSWORD_MIN
        )
    if new == old or staff.username in new.lower():
        raise InvalidChange("Hãy chọn mật khẩu mới khác mật khẩu cũ và không chứa tên đăng nhập.")
    _set_password(staff, new, must_change=False)
    audit.record(session, staff.id, "password_changed", now=now)


def create(
    session: Session, viewer: Viewer | None, *, username: str, display_name: str, role: Role, unit_code: str,
    now: datetime,
) -> tuple[Staff, str]:  # fmt: skip
    """A new member of staff with a one-time password, to be changed at the first sign-in.

    `viewer` is None on the command line. Raises InvalidChange for a name that is taken or not well formed.
    """
    name = _name(username)
    if not name.isascii() or not name.replace(".", "").replace("-", "").isalnum() or not 3 <= len(name) <= 32:
        raise InvalidChange(
            "Tên đăng nhập gồm 3 đến 32 chữ không dấu, chữ số, dấu chấm hoặc gạch nối, ví dụ lan.nguyen."
        )
    if not display_name.strip():
        raise InvalidChange("Cần có họ tên để đồng nghiệp nhận ra.")
    if session.scalar(select(Staff.id).where(Staff.username == name)) is not None:
        raise InvalidChange("Tên đăng nhập %(name)s đã có người dùng. Hãy chọn tên khác.", name=name)
    unit = session.scalar(select(Unit).where(Unit.code == unit_code))
    if unit is None or (viewer is not None and not unit.seen_by(viewer)):
        raise NotFound("Không có đơn vị mã %(code)s. Xem danh sách đơn vị.", code=unit_code)
    _may_manage(viewer)
    password = one_time_password()
    staff = Staff(
        id=uuid.uuid4(), username=name, display_name=display_name.strip(), role=role, unit_id=unit.id,
        password_hash=_hasher.hash(password), created_at=now,
    )  # fmt: skip
    session.add(staff)
    session.flush()
    audit.record(session, _actor(viewer), "staff_created", now=now, staff_id=staff.id, role=role)
    return staff, password


def reset_password(session: Session, viewer: Viewer | None, username: str, now: datetime) -> str:
    """A new one-time password; the person is signed out everywhere."""
    staff = _manageable(session, viewer, username)
    password = one_time_password()
    _set_password(staff, password, must_change=True)
    audit.record(session, _actor(viewer), "password_reset", now=now, staff_id=staff.id)
    return password


def disable(
    session: Session, viewer: Viewer | None, username: str, now: datetime, *, to_id: uuid.UUID | None = None
) -> int:
    """Keep a person out from now on; what they did stays under their name.

    Their open tips go to the colleague `to_id` or back to the unit; returns how many these were.
    """
    staff = _manageable(session, viewer, username)
    if viewer is not None and staff.id == viewer.staff_id:
        raise InvalidChange("Bạn không thể tự khóa tài khoản của mình. Hãy nhờ quản trị viên khác.")
    admins = select(func.count()).where(Staff.role == Role.ADMIN, Staff.active, Staff.id != staff.id)
    if staff.role == Role.ADMIN and not session.scalar(admins):
        raise InvalidChange("Đây là quản trị viên cuối cùng. Hãy thêm một quản trị viên khác trước.")
    staff.active, staff.session_id = False, uuid.uuid4()
    session.flush()
    handed_over = assignment.pass_on(session, viewer, staff, to_id, now)
    audit.record(session, _actor(viewer), "staff_disabled", now=now, staff_id=staff.id)
    return handed_over


def set_language(session: Session, staff: Staff, lang: str) -> None:
    """The language of the person's pages: vi or en."""
    if lang not in ("vi", "en"):
        raise InvalidChange("Chỉ có tiếng Việt (vi) và tiếng Anh (en).")
    staff.lang = lang
    session.flush()


def one_time_password() -> str:
    """Twelve easy characters in three groups: 60 bits."""
    return "-".join("".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(4)) for _ in range(3))


def _manageable(session: Session, viewer: Viewer | None, username: str) -> Staff:
    _may_manage(viewer)
    # Not against those who only name the person in a tip's history.
    found = select(Staff).where(Staff.username == _name(username)).with_for_update(key_share=True)
    staff = session.scalar(found)
    if staff is None or (viewer is not None and not staff.unit.seen_by(viewer)):
        raise NotFound("Không có ai dùng tên đăng nhập %(name)s.", name=_name(username))
    return staff


def _actor(viewer: Viewer | None) -> uuid.UUID | None:
    return None if viewer is None else viewer.staff_id


def _may_manage(viewer: Viewer | None) -> None:
    if viewer is not None and not viewer.may(Action.MANAGE_STAFF):
        raise NotAllowed("Chỉ quản trị viên được quản lý cán bộ.")


def _set_password(staff: Staff, password: str, *, must_change: bool) -> None:
    staff.password_hash = _hasher.hash(password)
    staff.must_change_password = must_change
    staff.session_id = uuid.uuid4()


def _name(username: str) -> str:
    return username.strip().lower()
