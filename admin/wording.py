"""How codes, times, numbers and lengths are written on the pages."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers
from babel.numbers import format_decimal
from flask import Flask, url_for

from admin import confidence, highlight, labels, reasons
from admin.language import LANGUAGES, _, lang
from hotline.clock import local, utcnow
from hotline.queries.tags import CategoryView
from hotline.rules.access import Action
from hotline.rules.lifecycle import Outcome, Status, Value
from hotline.rules.names import short_unit
from hotline.rules.tip_code import grouped

STATIC = Path(__file__).parent / "static"
NO_BREAK = "\u00a0"
# Pictures that hold nothing but a picture: SVG can hold scripts.
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# Sounds that browsers play; others are offered for saving.
PLAYED = frozenset(
    f"audio/{kind}"
    for kind in ("wav", "x-wav", "mpeg", "mp3", "ogg", "opus", "flac", "mp4", "x-m4a", "aac", "webm", "3gpp")
)
# Three days are left for the last steps of a verification.
NEAR = timedelta(days=3)
# Other, control and Other, format; line and paragraph separators.
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
SHOWN = frozenset("\t\n\r\u200c\u200d")


def init_app(app: Flask) -> None:
    """Give templates their filters and names."""
    filters: dict[str, Callable[..., Any]] = {
        "code": grouped_code,
        "clock": clock,
        "day": day,
        "hour": hour,
        "shift_start": lambda moment: f"{local(moment):%d/%m %H:%M}",
        "day_before": lambda moment: day(moment - timedelta(seconds=1)),
        "ago": ago,
        "near": near,
        "said": said,
        "short_unit": short_unit,
        "due": due,
        "second": second,
        "seconds": seconds,
        "number": number,
        "percent": percent,
        "decimal": decimal,
        "commune": labels.commune,
        "commune_in": labels.commune_in,
        "month_figures": lambda month: (labels.month(month), month.figures),
        "category_figures": lambda part: (labels.category(part.code), part.figures),
        "channel_figures": lambda part: (labels.named(labels.CHANNELS, part.code), part.figures),
        "named_part": lambda part: (part.name, part),
        "month_part": lambda part: (confidence.month_ending(part.name), part),
        "version_figures": lambda part: (part.code, part.figures),
        "scored": scored,
        "telephone": telephone,
        "province": labels.province,
        "category": labels.category,
        "failure": labels.failure,
        "reason": reasons.assignment_reason,
        "with_name": lambda code: (code, labels.category(code)),
        "id_and_name": lambda thing: (thing.id, getattr(thing, "display_name", None) or thing.name),
        "named": lambda value, names: labels.named(names, value),
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        labels=labels,
        Action=Action,
        Status=Status,
        Outcome=Outcome,
        Value=Value,
        languages=LANGUAGES,
        lang=lang,
        asset=asset,
        PICTURES=PICTURES,
        PLAYED=PLAYED,
        spoken=highlight.spoken,
        written=highlight.written,
    )


def grouped_code(code: str | None) -> str:
    """A tip's code in threes that stay on one line; a dash for a tip whose content was deleted."""
    return grouped(code).replace(" ", NO_BREAK) if code else "—"


def clock(moment: datetime) -> str:
    """Date and time in Vietnam: 06:40 22/11/2026."""
    return local(moment).strftime("%H:%M %d/%m/%Y")


def hour(moment: datetime) -> str:
    """The time of day in Vietnam: 06:40."""
    return local(moment).strftime("%H:%M")


def second(moment: datetime) -> str:
    """22:14:03, where moments lie close together."""
    return local(moment).strftime("%H:%M:%S")


def day(moment: datetime) -> str:
    """The date in Vietnam: 22/11/2026."""
    return local(moment).strftime("%d/%m/%Y")


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, as short as it stays useful; the date beyond a week, with the year of another year."""
    passed = (now or utcnow()) - moment
    if passed < timedelta(minutes=1):
        return _("vừa xong")
    if passed < timedelta(days=7):
        return _length(passed)
    there, here = local(moment), local(now or utcnow())
    return there.strftime("%d/%m" if there.year == here.year else "%d/%m/%Y")


def telephone(number: str) -> str:
    """As it is dialled in Vietnam: 0900 000 012; what is no whole number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def near(moment: datetime, now: datetime | None = None) -> bool:
    """Whether a deadline is so close that it should stand out."""
    return moment - (now or utcnow()) < NEAR


def said(text: str) -> str:
    """A resident's words with what cannot be seen left out: control characters and turns of the direction.

    These could make a page show another text than was sent (Unicode Standard Annex 9; CVE-2021-42574). Lines,
    tabs and the joiners of emoji and scripts stay.
    """
    return "".join(c for c in text if c in SHOWN or unicodedata.category(c) not in UNSEEN)


def due(moment: datetime, now: datetime | None = None) -> str:
    """How much time is left, or by how much it has run out."""
    left = moment - (now or utcnow())
    if left < timedelta(0):
        return _("quá hạn %(length)s", length=_length(-left))
    return _("còn %(length)s", length=_length(left))


def seconds(length: float | None) -> str:
    """Minutes and seconds of a recording: 0:09."""
    whole = round(length or 0)
    return f"{whole // 60}:{whole % 60:02}"


def number(value: float) -> str:
    """With the separators of the page's language: 2.016 in Vietnamese."""
    return str(format_decimal(value, locale=lang()))


def percent(value: float | None) -> str:
    """91,83 % in Vietnamese; a dash where there is nothing to divide by."""
    if value is None:
        return "–"
    return f"{format_decimal(value, format='#,##0.00', locale=lang())}{NO_BREAK}%"


def decimal(value: float | None) -> str:
    """Two places: 0,94 in Vietnamese."""
    return "–" if value is None else str(format_decimal(value, format="0.00", locale=lang()))


def scored(tag: CategoryView) -> str:
    """A category with how sure the machine is, which is never entirely: Trộm cắp 0,81."""
    return f"{labels.category(tag.code)} {decimal(min(tag.score, 0.99))}"


def asset(name: str) -> str:
    """Address of a static file, changing with its content so that browsers may keep it for a year."""
    return url_for("admin.static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _length(length: timedelta) -> str:
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)s phút", n=minutes)
    if minutes < 24 * 60:
        return _("%(n)s giờ", n=minutes // 60)
    return _("%(n)s ngày", n=minutes // (24 * 60))
