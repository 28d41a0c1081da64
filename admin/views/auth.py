"""Signing in and out, one's own password and language."""

from __future__ import annotations

import re

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from admin.blueprint import blueprint, needs, public
from admin.language import COOKIE, LANGUAGES, _, said
from admin.security import SignedIn, limiter
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import InvalidChange
from hotline.rules.access import Action
from hotline.services import staff as staff_service

# A person mistypes a few times; a guesser needs thousands. Only failures count.
LIMIT_PER_ADDRESS = "20 per 5 minutes"
LIMIT_PER_NAME = "10 per 15 minutes"
YEAR_S = 365 * 24 * 3600
# Our own pages only: no scheme, no host, no second slash that a browser would read as one.
OUR_PAGE = re.compile(r"/admin(?:/[\w.-]+)*/?(?:\?[\w=&%.+-]*)?")


def _failed(response: Response) -> bool:
    return response.status_code != 302


def _name_key() -> str:
    """Keyed, so that the queue's memory holds no names."""
    name = request.form.get("username", "").strip().lower()
    return "name:" + parts().database.vault.lookup("username", name).hex()


@blueprint.route("/login", methods=["GET", "POST"])
@public
@limiter.limit(LIMIT_PER_ADDRESS, methods=["POST"], deduct_when=_failed)
@limiter.limit(LIMIT_PER_NAME, key_func=_name_key, methods=["POST"], deduct_when=_failed)
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("admin.home"))
    if request.method == "GET":
        return _login_page()
    username, password = request.form.get("username", ""), request.form.get("password", "")
    with parts().database.begin() as database:
        staff = staff_service.authenticate(database, username, password, utcnow())
        person = None if staff is None else SignedIn.of(staff)
    if person is None:
        return _login_page(_("Tên đăng nhập hoặc mật khẩu không đúng."), username), 401
    # Nothing of an earlier session survives, so that nobody can plant one.
    session.clear()
    session.permanent = True
    login_user(person)
    return redirect(safe_next(request.args.get("next")))


@blueprint.post("/logout")
@needs(None)
def logout() -> ResponseReturnValue:
    with parts().database.begin() as database:
        staff_service.sign_out(database, current_user.session_id, utcnow())
    logout_user()
    session.clear()
    return redirect(url_for("admin.login"))


@blueprint.route("/password", methods=["GET", "POST"])
@needs(None)
@limiter.limit(LIMIT_PER_ADDRESS, methods=["POST"], deduct_when=_failed)
def change_password() -> ResponseReturnValue:
    if request.method == "GET":
        return _password_page()
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    if new != again:
        return _password_page(_("Hai lần nhập mật khẩu mới không giống nhau.")), 400
    try:
        with parts().database.begin() as database:
            staff = staff_service.by_session_id(database, current_user.session_id)
            if staff is None:
                return redirect(url_for("admin.login"))
            staff_service.change_password(database, staff, old, new, utcnow())
            person = SignedIn.of(staff)
    except InvalidChange as error:
        return _password_page(said(error)), 400
    login_user(person)
    return redirect(url_for("admin.home"))


@blueprint.post("/language")
@needs(None)
def set_language() -> ResponseReturnValue:
    wanted = request.form.get("lang", "")
    with parts().database.begin() as database:
        staff = staff_service.by_session_id(database, current_user.session_id)
        if staff is not None:
            staff_service.set_language(database, staff, wanted)
    answer = redirect(safe_next(request.form.get("next")))
    answer.set_cookie(COOKIE, wanted, max_age=YEAR_S, httponly=True, samesite="Lax")
    return answer


@blueprint.get("/")
@needs(None)
def home() -> ResponseReturnValue:
    reads_tips = current_user.viewer.may(Action.READ_TIPS)
    return redirect(url_for("admin.queue" if reads_tips else "admin.figures"))


def safe_next(wanted: str | None) -> str:
    """An address of our own pages, or the first page for anything else."""
    return wanted if wanted and OUR_PAGE.fullmatch(wanted) else url_for("admin.home")


def _login_page(error: str | None = None, username: str = "") -> str | Response:
    body = render_template("admin/login.html", error=error, username=username)
    wanted = request.args.get("lang")
    if wanted not in LANGUAGES:
        return body
    answer = Response(body)
    answer.set_cookie(COOKIE, wanted, max_age=YEAR_S, httponly=True, samesite="Lax")
    return answer


def _password_page(error: str | None = None) -> str:
    return render_template("admin/password.html", error=error, least=staff_service.PASSWORD_MIN)
