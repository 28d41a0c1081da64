"""The tree of units and the communes each answers for."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from hotline.context import parts
from hotline.queries.people import units_in_sight
from hotline.rules.access import Action


@blueprint.get("/units")
@needs(Action.MANAGE_STAFF)
def units() -> ResponseReturnValue:
    with parts().database.reading() as session:
        found = units_in_sight(session, current_user.viewer)
    return render_template("admin/units.html", units=found)
