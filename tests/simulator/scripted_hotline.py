"""A throw-away hotline on a real server: answers from a script and notes every request it gets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

XML = "text/xml"


@dataclass(frozen=True)
class Received:
    """One request as the hotline saw it."""

    method: str
    path: str
    params: dict[str, str]
    token: str
    signed: bool


@dataclass
class Page:
    """One answer of the script."""

    body: str | bytes
    content_type: str = XML
    status: int = 200
    after: threading.Event | None = None
    """The answer waits for this."""


@dataclass
class ScriptedHotline:
    """`pages` maps a path to its answer; a path without one answers 204."""

    auth_token: str
    base_url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def script(self, pages: dict[str, str | Page]) -> None:
        """Forget the past and answer from these pages; a bare text is the inside of a <Response>."""
        self.received.clear()
        self.pages = {
            path: page if isinstance(page, Page) else Page(f"<Response>{page}</Response>")
            for path, page in pages.items()
        }

    def paths(self) -> list[str]:
        return [one.path for one in self.received]

    def params(self, path: str) -> list[dict[str, str]]:
        return [one.params for one in self.received if one.path == path]

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def anything(path: str) -> Response:
            url = self.base_url + request.full_path.removesuffix("?")
            signature = request.headers.get("X-Twilio-Signature", "")
            self.received.append(
                Received(
                    request.method,
                    request.path,
                    (request.form if request.method == "POST" else request.args).to_dict(),
                    request.headers.get("I-Twilio-Idempotency-Token", ""),
                    RequestValidator(self.auth_token).validate(url, request.form, signature),
                )
            )
            page = self.pages.get(request.path, Page("", status=204))
            if page.after:
                page.after.wait(30)
            return Response(page.body, page.status, content_type=page.content_type)

        return app


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app on a real server in a thread; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
