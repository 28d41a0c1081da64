"""Tables, one noun a file; importing this package makes all of them known to the metadata."""

from hotline.models.audit import AuditEvent, AuditHead
from hotline.models.call import Call, CallEvent, ProviderCopy, Recording
from hotline.models.duty import Absence, Alarm, Page, Shift
from hotline.models.followup import Assignment, Correction, Note, OutcomeDecision, ValueDecision
from hotline.models.installation import ComponentState, Installation
from hotline.models.matter import Matter, MutedSender, SuggestedLink
from hotline.models.message import Attachment, Message
from hotline.models.staff import Speciality, Staff, Unit, UnitArea, UnitCategory, UnitProvince
from hotline.models.tip import SearchToken, Tip, TipCategory, TipKey, TipPlace
from hotline.models.transcript import EarlierTranscript, Retranscription, TranscriptCorrection

__all__ = [
    "Absence",
    "Alarm",
    "Assignment",
    "Attachment",
    "AuditEvent",
    "AuditHead",
    "Call",
    "CallEvent",
    "ComponentState",
    "Correction",
    "EarlierTranscript",
    "Installation",
    "Matter",
    "Message",
    "MutedSender",
    "Note",
    "OutcomeDecision",
    "Page",
    "ProviderCopy",
    "Recording",
    "Retranscription",
    "SearchToken",
    "Shift",
    "Speciality",
    "Staff",
    "SuggestedLink",
    "Tip",
    "TipCategory",
    "TipKey",
    "TipPlace",
    "TranscriptCorrection",
    "Unit",
    "UnitArea",
    "UnitCategory",
    "UnitProvince",
    "ValueDecision",
]
