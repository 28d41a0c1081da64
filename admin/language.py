"""Vietnamese first, English by choice: which one a page speaks, and how errors are said in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, get_locale, gettext, lazy_gettext  # type: ignore[import-untyped]  # has no types

from hotline.context import parts
from hotline.errors import HotlineError

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "hotline_lang"


def _(message: str, **values: Any) -> str:
    """The message in the language of the page, its %(name)s filled."""
    return str(gettext(message, **values))


def _l(message: str) -> str:
    """The same for names made at import: translated each time they are shown."""
    lazy: str = lazy_gettext(message)
    return lazy


def init_app(app: Flask) -> None:
    """Set up translations; the source language of every text is Vietnamese."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    Babel(app, default_locale="vi", default_timezone="Asia/Ho_Chi_Minh", locale_selector=_choose)


def lang() -> str:
    """The language of this page: vi or en."""
    return "en" if str(get_locale()).startswith("en") else "vi"


def said(error: HotlineError) -> str:
    """An error's message in the language of the page."""
    return _(error.template, **error.params)


def _choose() -> str:
    # The person's own language, noted by the guard: an error page must not need the database to speak.
    for wanted in (g.get("lang"), request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    return parts().settings.lang
