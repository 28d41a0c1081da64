"""Pages for what went wrong: what happened, that nothing was lost, and what to do. They carry ids only."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from admin.blueprint import blueprint
from admin.language import _l, said
from hotline.errors import HotlineError, InvalidChange, KeyUnavailable, NotAllowed, NotFound, StorageProblem

TEXTS = {
    400: (_l("Yêu cầu không hợp lệ"), _l("Hãy quay lại trang trước và thử lại.")),
    403: (
        _l("Bạn không được mở trang này"),
        _l("Nếu công việc cần đến, hãy hỏi chỉ huy đơn vị hoặc quản trị viên."),
    ),
    404: (
        _l("Không có trang này"),
        _l("Trang hoặc tin này không tồn tại, hoặc không thuộc đơn vị của bạn. Hãy quay về danh sách tin."),
    ),
    405: (_l("Yêu cầu không hợp lệ"), _l("Hãy quay lại trang trước và thử lại.")),
    410: (
        _l("Nội dung đã bị xóa"),
        _l("Nội dung tin này đã bị hủy, không còn đọc được ở bất cứ đâu."),
    ),
    413: (_l("Nội dung gửi lên quá dài"), _l("Hãy quay lại, rút ngắn rồi gửi lại. Chưa có gì được lưu.")),
    429: (
        _l("Thử quá nhiều lần"),
        _l("Vì an toàn, hãy đợi vài phút rồi thử lại. Quên mật khẩu thì nhờ quản trị viên đặt lại."),
    ),
    500: (
        _l("Hệ thống gặp lỗi"),
        _l(
            "Tin báo đã nhận không bị mất. Hãy thử lại; nếu vẫn lỗi, hãy báo cho quản trị viên biết giờ xảy ra lỗi."
        ),
    ),
    503: (
        _l("Kho lưu trữ tạm thời không đọc được"),
        _l("Dữ liệu không bị mất. Hãy thử lại sau ít phút; nếu vẫn lỗi, báo quản trị viên."),
    ),
}
# Words that officers type and that a failed request must not take with it.
TYPED = ("body", "reason", "detail")


def init_app(app: Flask) -> None:
    """Answer for the pages under /admin; other parts of the application keep their own answers."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HotlineError, _domain)


def page(status: int, message: str | None = None, typed: str | None = None) -> Response:
    """The page for a status, with a message of its own or the usual one."""
    title, usual = TEXTS.get(status, TEXTS[500])
    body = render_template(
        "admin/error.html", status=status, title=title, message=message or usual, typed=typed
    )
    return make_response(body, status)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or not _ours() or error.code is None or error.code < 400:
        return error
    answer = page(error.code)
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            answer.headers[name] = value
    return answer


def _stale(error: HTTPException) -> ResponseReturnValue:
    """The session ended while a form lay open: give back what was typed."""
    if not _ours():
        return error
    typed = "\n\n".join(request.form[name] for name in TYPED if request.form.get(name))
    return make_response(render_template("admin/stale.html", typed=typed), 400)


def _domain(error: HotlineError) -> ResponseReturnValue:
    if not _ours():
        raise error
    for kind, status in (
        (NotFound, 404),
        (NotAllowed, 403),
        (InvalidChange, 400),
        (KeyUnavailable, 410),
        (StorageProblem, 503),
    ):
        if isinstance(error, kind):
            # What keys and disks say is for administrators; officers get the page's own words.
            return page(status, said(error) if status in (400, 403, 404) else None)
    raise error


def _ours() -> bool:
    return request.blueprint == blueprint.name or request.path.startswith("/admin")
