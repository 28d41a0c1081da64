"""The web process put together: settings in, a Flask application out."""

from __future__ import annotations

import os

from flask import Flask, redirect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

import admin
from hotline import logs, schema
from hotline.context import EXTENSION, Parts
from hotline.settings import Settings
from hotline.web import health, prompts, twilio, voice

# Forms of officers are small; the simulator's page and the webhooks set their own limits.
BODY_MAX = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; raises BadConfiguration when the settings or the database do not fit."""
    logs.configure(os.environ)
    settings = settings or Settings.from_env(os.environ)
    app = Flask("hotline", static_folder=None)
    app.config["SECRET_KEY"] = settings.secrets.session_key
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    app.extensions[EXTENSION] = Parts.build(settings)
    schema.check(app.extensions[EXTENSION].database)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.register_blueprint(health.blueprint)
    app.register_blueprint(prompts.blueprint)
    app.register_blueprint(twilio.blueprint)
    app.register_blueprint(voice.blueprint)
    admin.register(app)
    admin.security.csrf.exempt(twilio.blueprint)
    admin.security.csrf.exempt(voice.blueprint)
    if settings.simulated:
        _add_simulator(app, settings)
    app.add_url_rule("/", view_func=_home)
    return app


def _home() -> Response:
    return redirect("/admin/")


def _add_simulator(app: Flask, settings: Settings) -> None:
    """The provider that is not there: its API and a page with a phone."""
    from hotline.telephony.simulator.account import from_settings
    from hotline.telephony.simulator.http import simulator_api
    from hotline.telephony.simulator.phone import phone_page

    account = from_settings(settings)
    api = simulator_api(account)
    app.register_blueprint(api)
    app.register_blueprint(phone_page(account, settings.public_url))
    admin.security.csrf.exempt(api)
