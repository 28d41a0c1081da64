"""Urgent tips that wait for somebody: what a page that lies open asks for, and "I have it"."""

from __future__ import annotations

import uuid

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from hotline.clock import utcnow
from hotline.context import parts
from hotline.rules.access import Action
from hotline.services import alarms as service


@blueprint.get("/alarms")
@needs(Action.WORK_TIPS)
def alarms() -> str:
    """The piece of every page that names the alarms; asking for it does not keep a session alive."""
    g.unattended = True
    return render_template("admin/_alarms.html")


@blueprint.post("/tips/<uuid:tip_id>/acknowledge")
@needs(Action.WORK_TIPS)
def acknowledge(tip_id: uuid.UUID) -> ResponseReturnValue:
    """Ends the alarm, if a colleague was not quicker; the tip's page tells who has it."""
    with parts().database.begin() as session:
        service.acknowledge(session, current_user.viewer, tip_id, utcnow())
    return redirect(url_for("admin.tip", tip_id=tip_id))
