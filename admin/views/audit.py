"""Who did what: the last events, those of one tip, and the proof that none was changed."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin.blueprint import blueprint, needs
from hotline.context import parts
from hotline.queries.trail import recent_events
from hotline.rules.access import Action
from hotline.services import audit as service


@blueprint.get("/audit")
@needs(Action.READ_AUDIT)
def audit() -> ResponseReturnValue:
    return _page("", None)


@blueprint.post("/audit")
@needs(Action.READ_AUDIT)
def audit_of_tip() -> ResponseReturnValue:
    """A form, not an address: a tip's code must not stay in histories and logs."""
    return _page(request.form.get("code", "").strip()[:20], None)


@blueprint.post("/audit/verify")
@needs(Action.READ_AUDIT)
def verify_audit() -> ResponseReturnValue:
    with parts().database.reading() as session:
        result = service.verify(session)
    return _page("", result)


def _page(code: str, result: service.AuditResult | None) -> str:
    with parts().database.reading() as session:
        events = recent_events(session, current_user.viewer, code)
    return render_template("admin/audit.html", events=events, code=code, result=result)
