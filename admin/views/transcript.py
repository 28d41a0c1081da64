"""Putting the words of a recording right, word by word against the sound."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin import listing
from admin.blueprint import blueprint, needs
from admin.language import said
from admin.security import csrf
from hotline.clock import utcnow
from hotline.context import parts
from hotline.errors import Conflict, InvalidChange
from hotline.queries.transcript import editor
from hotline.rules.access import Action
from hotline.services import followup, transcripts

# Four hours of speech without a break: 60,000 syllables, sent as about nine letters each. The body's limit holds too.
LARGEST_FORM = 1024 * 1024


@blueprint.get("/tips/<uuid:tip_id>/recordings/<uuid:recording_id>/words")
@needs(Action.WORK_TIPS)
def words(tip_id: uuid.UUID, recording_id: uuid.UUID) -> ResponseReturnValue:
    with parts().database.begin() as session:
        followup.read(session, current_user.viewer, tip_id, utcnow())
    return _page(tip_id, recording_id)


@blueprint.post("/tips/<uuid:tip_id>/recordings/<uuid:recording_id>/words")
@needs(Action.WORK_TIPS)
def correct_words(tip_id: uuid.UUID, recording_id: uuid.UUID) -> ResponseReturnValue:
    """All lines, or the machine's words again; what is refused comes back as it was typed."""
    request.max_form_memory_size = LARGEST_FORM
    csrf.protect()
    typed = "\n".join(request.form.getlist("line"))
    try:
        with parts().database.begin() as session:
            based_on, viewer, now = request.form.get("version", ""), current_user.viewer, utcnow()
            if "undo" in request.form:
                transcripts.as_machine(session, viewer, recording_id, based_on=based_on, now=now)
            else:
                transcripts.correct(
                    session, viewer, recording_id, typed, complete="complete" in request.form,
                    based_on=based_on, now=now,
                )  # fmt: skip
    except InvalidChange as error:
        back = None if "undo" in request.form else typed
        return _page(tip_id, recording_id, said(error), back), 409 if isinstance(error, Conflict) else 400
    parts().queue.triage(tip_id)
    return redirect(
        url_for("admin.tip", tip_id=tip_id, _anchor=f"recording-{recording_id}", **listing.kept())
    )


# The token is looked at there, after the limit on the form that it is in.
csrf.exempt(correct_words)


def _page(
    tip_id: uuid.UUID, recording_id: uuid.UUID, refusal: str | None = None, typed: str | None = None
) -> str:
    with parts().database.reading() as session:
        shown = editor(session, current_user.viewer, tip_id, recording_id, typed)
    return render_template(
        "admin/transcript.html", editing=shown, refusal=refusal, keep=listing.kept(),
        complete="complete" in request.form,
    )  # fmt: skip
