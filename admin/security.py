"""Who is signed in, and what keeps others out: sessions, CSRF tokens, limits and headers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

from hotline.context import parts
from hotline.models import Staff
from hotline.rules.access import Viewer
from hotline.services import staff as staff_service
from hotline.settings import Settings

# A tip's page holds at most two notes of 10,000 letters; nothing is uploaded by officers.
LARGEST_FORM = 256 * 1024
CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, key_prefix="limit")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session, as pages need them."""

    viewer: Viewer
    session_id: uuid.UUID
    username: str
    display_name: str
    unit: str
    lang: str
    must_change_password: bool

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @classmethod
    def of(cls, staff: Staff) -> SignedIn:
        """From a row still in its session."""
        return cls(
            staff.viewer,
            staff.session_id,
            staff.username,
            staff.display_name,
            staff.unit.name,
            staff.lang,
            staff.must_change_password,
        )

    def get_id(self) -> str:
        """What the cookie names: not the person but the session, so that a reset signs out everywhere."""
        return str(self.session_id)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up sessions, tokens, limits and headers on the application."""
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="hotline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.session_minutes),
        # The token lives as long as the session that it is bound to.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        RATELIMIT_STORAGE_URI=_limits_uri(settings.redis_url),
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1},
    )
    csrf.init_app(app)
    limiter.init_app(app)
    Talisman(
        app,
        # The proxy redirects to https; a redirect here would lose a provider's webhook behind a proxy that
        # does not say so (TRUSTED_PROXIES).
        force_https=False,
        strict_transport_security=secure,
        content_security_policy=CSP,
        frame_options="DENY",
        referrer_policy="same-origin",
        session_cookie_secure=secure,
        permissions_policy={"camera": "()", "geolocation": "()"},
    )
    app.session_interface = _Sessions()
    manager = LoginManager()
    # Phones change networks all day: tying a session to an address would sign officers out in the field.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
    app.after_request(_forget)


class _Sessions(SecureCookieSessionInterface):
    """A session ends after idle minutes; what a page asks for by itself is nobody's work and does not prolong it."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Not for an answer that nobody asked for."""
        return not g.get("unattended", False) and super().should_set_cookie(app, session)


def _load(session_id: str) -> SignedIn | None:
    with parts().database.reading() as session:
        staff = staff_service.by_session_id(session, uuid.UUID(session_id))
        return None if staff is None else SignedIn.of(staff)


def _forget(response: Response) -> Response:
    """Pages name people and places: a shared computer must not keep them."""
    if request.path.startswith("/admin") and request.endpoint != "admin.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _limits_uri(redis_url: str) -> str:
    return "redis+" + redis_url if redis_url.startswith("unix://") else redis_url
