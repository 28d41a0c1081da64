"""Recorded prompts for <Play>: public, because they say the same to everybody, and only under known names."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from hotline.context import parts
from hotline.telephony.prompt_files import PromptFiles

blueprint = Blueprint("prompts", __name__, url_prefix="/twilio/prompts")

# An address names its content by ?v=: what it answers never changes.
FOR_GOOD_S = 365 * 24 * 3600


@blueprint.get("/<language>/<name>")
def prompt(language: str, name: str) -> ResponseReturnValue:
    """The recording of a prompt, or 404; nothing but the names of our prompts reaches the file system."""
    wanted = PurePosixPath(name)
    file = PromptFiles(parts().settings.data_dir).find(language, wanted.stem)
    if file is None or file.path.name != name:
        abort(404)
    response = Response(file.path.read_bytes(), mimetype=file.content_type)
    response.set_etag(file.version)
    if request.args.get("v") == file.version:
        response.cache_control.public = response.cache_control.immutable = True
        response.cache_control.max_age = FOR_GOOD_S
    else:
        response.cache_control.no_cache = True
    return response.make_conditional(request)
