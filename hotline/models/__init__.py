"""Tables, one noun a file; importing this package makes all of them known to the metadata."""

from hotline.models.audit import AuditEvent, AuditHead
from hotline.models.call import Call, CallEvent, Recording
from hotline.models.followup import Assignment, Note, OutcomeDecision, ValueDecision
from hotline.models.installation import ComponentState, Installation
from hotline.models.message import Attachment, Message
from hotline.models.staff import Staff, Unit, UnitArea
from hotline.models.tip import SearchToken, Tip, TipCategory, TipKey, TipPlace

__all__ = [
    "Assignment",
    "Attachment",
    "AuditEvent",
    "AuditHead",
    "Call",
    "CallEvent",
    "ComponentState",
    "Installation",
    "Message",
    "Note",
    "OutcomeDecision",
    "Recording",
    "SearchToken",
    "Staff",
    "Tip",
    "TipCategory",
    "TipKey",
    "TipPlace",
    "Unit",
    "UnitArea",
    "ValueDecision",
]
