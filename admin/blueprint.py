"""The blueprint of the officers' pages, closed by default: a view is opened by naming what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from hotline.errors import NotAllowed
from hotline.rules.access import Action

View = TypeVar("View", bound=Callable[..., Any])

blueprint = Blueprint(
    "admin", __name__, url_prefix="/admin", template_folder="templates", static_folder="static"
)
# What a person with a one-time password can reach before choosing one of their own.
BEFORE_PASSWORD = {"admin.change_password", "admin.logout", "admin.set_language", "admin.static"}


def needs(action: Action | None) -> Callable[[View], View]:
    """Open a view to signed-in people whose role permits the action, or to all of them for None."""

    def mark(view: View) -> View:
        view.needs = action  # type: ignore[attr-defined]  # a function takes attributes
        return view

    return mark


def public(view: View) -> View:
    """Open a view to people who are not signed in."""
    view.public = True  # type: ignore[attr-defined]  # a function takes attributes
    return view


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Refuse whoever a view was not opened to; a view that names nothing is open to nobody."""
    endpoint = request.endpoint or ""
    view = current_app.view_functions[endpoint]
    if endpoint == "admin.static" or getattr(view, "public", False):
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("admin.login", next=wanted))
    g.lang = current_user.lang
    if current_user.must_change_password and endpoint not in BEFORE_PASSWORD:
        return redirect(url_for("admin.change_password"))
    if not hasattr(view, "needs"):
        abort(403)
    if view.needs is not None and not current_user.viewer.may(view.needs):
        raise NotAllowed("Vai trò của bạn không được mở trang này. Hãy hỏi chỉ huy đơn vị.")
    return None
