"""TwiML as Twilio reads it: which documents it accepts, and with which error it refuses the others."""

from __future__ import annotations

# The text is an answer of the hotline itself, at most 64 kB, and any document type is refused before parsing.
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from hotline.telephony.simulator.transport import Answer

VOICE_VERBS = {
    "Say",
    "Play",
    "Pause",
    "Gather",
    "Record",
    "Redirect",
    "Hangup",
    "Reject",
    "Dial",
}
MESSAGE_VERBS = {"Message", "Redirect"}
# Verbs and nouns that may stand inside another; text-to-speech marks inside <Say> are read as their text.
NESTED = {
    "Gather": {"Say", "Play", "Pause"},
    "Dial": {"Number", "Client", "Sip", "Conference", "Queue"},
    "Message": {"Body", "Media"},
}
LONGEST_DOCUMENT = 64 * 1024  # Twilio error 11750
LONGEST_SAY = 4096  # Twilio error 13520
LONGEST_MESSAGE = 1600  # Twilio error 21617


class TwimlError(Exception):
    """Twilio cannot use the document; `code` is its number in Twilio's error and warning dictionary."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One instruction with its attributes, its text and what is nested in it."""

    name: str
    attributes: dict[str, str]
    text: str
    children: tuple[Verb, ...]

    def number(self, attribute: str, default: int) -> int:
        """A whole number of seconds or digits; raises TwimlError."""
        raw = self.attributes.get(attribute, str(default)).strip()
        if not raw.isascii() or not raw.isdigit():
            raise TwimlError(12200, f'<{self.name} {attribute}="{raw}"> is not a whole number')
        return int(raw)

    def flag(self, attribute: str, default: bool) -> bool:
        """A truth value; raises TwimlError."""
        raw = self.attributes.get(attribute, str(default)).strip().lower()
        if raw not in ("true", "false"):
            raise TwimlError(12200, f'<{self.name} {attribute}="{raw}"> is neither true nor false')
        return raw == "true"

    def method(self, attribute: str = "method") -> str:
        """GET or POST (the default); raises TwimlError."""
        raw = self.attributes.get(attribute, "POST").strip().upper()
        if raw not in ("GET", "POST"):
            raise TwimlError(12200, f'<{self.name} {attribute}="{raw}"> is neither GET nor POST')
        return raw


def voice_verbs(answer: Answer) -> list[Verb]:
    """The instructions for a call; raises TwimlError."""
    return _verbs(answer, VOICE_VERBS, plain_text_verb="Say")


def message_verbs(answer: Answer) -> list[Verb]:
    """The instructions that answer a message; raises TwimlError."""
    return _verbs(answer, MESSAGE_VERBS, plain_text_verb="Message")


def _verbs(answer: Answer, allowed: set[str], plain_text_verb: str) -> list[Verb]:
    if answer.status >= 400 or answer.status < 200:
        raise TwimlError(11200, f"HTTP {answer.status}")
    if len(answer.body) > LONGEST_DOCUMENT:
        raise TwimlError(11750, f"the answer has {len(answer.body)} bytes; 64 kB are allowed")
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if answer.status == 204 or not answer.body.strip():
        return []
    if media_type == "text/plain":
        return [Verb(plain_text_verb, {}, answer.body.decode("utf-8", "replace").strip(), ())]
    if media_type not in ("text/xml", "application/xml", "text/html"):
        raise TwimlError(12300, f"Content-Type {answer.content_type!r} is not one of TwiML")
    if b"<!DOCTYPE" in answer.body:
        raise TwimlError(12100, "a document type is not TwiML")
    try:
        root = ET.fromstring(answer.body)  # noqa: S314
    except ET.ParseError as error:
        raise TwimlError(12100, f"not well-formed XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12102, f"the root element is <{root.tag}>, it must be <Response>")
    return [_verb(element, allowed) for element in root]


def _verb(element: ET.Element, allowed: set[str]) -> Verb:
    if element.tag not in allowed:
        raise TwimlError(12200, f"<{element.tag}> is not a verb that may stand here")
    nested = NESTED.get(element.tag, set())
    if element.tag != "Say" and not nested and len(element):
        raise TwimlError(12200, f"<{element.tag}> cannot hold <{element[0].tag}>")
    text = "".join(element.itertext()) if not nested else (element.text or "")
    text = " ".join(text.split()) if element.tag != "Body" and element.tag != "Message" else text.strip()
    if element.tag == "Say" and len(text) > LONGEST_SAY:
        raise TwimlError(13520, f"<Say> has {len(text)} characters; {LONGEST_SAY} are allowed")
    children = tuple(_verb(child, nested) for child in element) if nested else ()
    return Verb(element.tag, dict(element.attrib), text, children)
