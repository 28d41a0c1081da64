"""The queue of tips and the search."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import listing, sealed_query
from admin.blueprint import blueprint, needs
from hotline.clock import utcnow
from hotline.context import parts
from hotline.queries.people import staff_in_sight, units_in_sight
from hotline.rules.access import Action
from hotline.rules.taxonomy import categories

LONGEST_QUERY = 200


@blueprint.get("/tips")
@needs(Action.READ_TIPS)
def queue() -> ResponseReturnValue:
    with parts().database.reading() as session:
        found = listing.current(session, utcnow())
        units = units_in_sight(session, current_user.viewer)
        officers = staff_in_sight(session, current_user.viewer, active_only=True)
    if found.found is not None and found.found.tip_id is not None:
        return redirect(url_for("admin.tip", tip_id=found.found.tip_id))
    return render_template(
        "admin/queue.html", listing=found, units=units, officers=officers, categories=categories()
    )


@blueprint.post("/search")
@needs(Action.READ_TIPS)
def search() -> ResponseReturnValue:
    query = request.form.get("query", "").strip()[:LONGEST_QUERY]
    return redirect(url_for("admin.queue", q=sealed_query.seal(query) if query else None))
