"""Recorded prompts for <Play>: public, because they say the same to everybody, and only under known names."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, request, send_file

from hotline.context import parts
from hotline.telephony.prompt_files import PromptFiles

blueprint = Blueprint("prompts", __name__, url_prefix="/twilio/prompts")

# An address names its content by ?v=: what it answers never changes.
FOR_GOOD_S = 365 * 24 * 3600


@blueprint.get("/<language>/<name>")
def prompt(language: str, name: str) -> Response:
    """The recording of a prompt, or 404; nothing but the names of our prompts reaches the file system."""
    wanted = PurePosixPath(name)
    file = PromptFiles(parts().settings.data_dir).find(language, wanted.stem)
    if file is None or file.path.name != name:
        abort(404)
    response = send_file(file.path, mimetype=file.content_type, etag=file.version)
    if request.args.get("v") == file.version:
        response.cache_control.max_age, response.cache_control.immutable = FOR_GOOD_S, True
        response.cache_control.public, response.cache_control.no_cache = True, None
    return response
