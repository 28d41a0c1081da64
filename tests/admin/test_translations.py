"""Every text of the pages and every refusal of a service exists in English, and the compiled file is in step."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "admin" / "translations" / "en" / "LC_MESSAGES" / "messages"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("_l", "InvalidChange", "Conflict", "NotFound", "NotAllowed")),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
HOLE = re.compile(r"%\(\w+\)s")


def extracted() -> set[str]:
    found: set[str] = set()
    for folder in ("admin", "hotline/services", "hotline/queries"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=METHODS, keywords=KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_the_catalogue_is_whole_and_in_step() -> None:
    with CATALOGUE.with_suffix(".po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    english = {message.id: message.string for message in catalogue if message.id}
    assert set(english) == extracted()
    assert not [text for text, translated in english.items() if not translated]
    assert not [
        text
        for text, translated in english.items()
        if set(HOLE.findall(text)) != set(HOLE.findall(translated))
    ]
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {text: compiled.gettext(text) for text in english} == english
