"""The page of what the machine's confidence in its words is worth, and its tables as a file."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from admin import calibration_csv, charts
from admin.blueprint import blueprint, needs
from admin.views.accuracy import Wanted, asked
from hotline.clock import utcnow
from hotline.context import parts
from hotline.queries.people import units_in_sight
from hotline.rules.access import Action
from hotline.services import audit
from hotline.services.calibration import LEAST, Calibration, report


@blueprint.get("/figures/calibration")
@needs(Action.READ_FIGURES)
def calibration() -> ResponseReturnValue:
    wanted = asked()
    with parts().database.reading() as session:
        found = _report(session, wanted)
        units = units_in_sight(session, current_user.viewer)
    return render_template(
        "admin/calibration.html", report=found, wanted=wanted, units=units, least=LEAST,
        chart=charts.right_by_confidence(found.whole.bands),
    )  # fmt: skip


@blueprint.get("/figures/calibration.csv")
@needs(Action.READ_FIGURES)
def calibration_file() -> ResponseReturnValue:
    wanted, viewer, now = asked(), current_user.viewer, utcnow()
    with parts().database.begin() as session:
        found = _report(session, wanted)
        audit.record(
            session, viewer.staff_id, "figures_exported", now=now, what="calibration",
            start=found.start.isoformat(), end=found.end.isoformat(), unit=wanted.unit_code,
        )  # fmt: skip
    name = f"do-tin-cay-{found.start:%Y%m%d}-{found.end:%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(calibration_csv.render(found), mimetype="text/csv", headers=headers)


def _report(session: Session, wanted: Wanted) -> Calibration:
    return report(
        session, current_user.viewer, wanted.year, wanted.number, start_day=wanted.start_day,
        unit_code=wanted.unit_code,
    )  # fmt: skip
