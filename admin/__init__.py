"""The officers' pages: a queue of tips, the tip itself, figures, staff, units and the audit trail."""

from __future__ import annotations

from flask import Flask

from admin import banners, errors, language, security, wording
from admin.blueprint import blueprint
from admin.views import (
    accuracy,
    alarms,
    audit,
    auth,
    calibration,
    corrections,
    figures,
    followup,
    matters,
    media,
    mutes,
    person,
    queue,
    readings,
    roster,
    staff,
    tip,
    transcript,
    units,
    uploads,
)
from hotline.context import parts

VIEWS = (
    accuracy,
    alarms,
    audit,
    auth,
    calibration,
    corrections,
    figures,
    followup,
    matters,
    media,
    mutes,
    person,
    queue,
    readings,
    roster,
    staff,
    tip,
    transcript,
    units,
    uploads,
)


def register(app: Flask) -> None:
    """Put the pages under /admin; the application's parts and SECRET_KEY must be set before."""
    with app.app_context():
        settings = parts().settings
    security.init_app(app, settings)
    language.init_app(app)
    wording.init_app(app)
    banners.init_app(app)
    errors.init_app(app)
    app.register_blueprint(blueprint)
