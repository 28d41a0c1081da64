"""Files that came with texts, as officers open them."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import NotFound
from hotline.models import Attachment, Tip
from hotline.models.message import AttachmentState
from hotline.models.sealed import data_key
from hotline.queries import sight
from hotline.rules.access import Viewer


def stored_attachment(session: Session, viewer: Viewer, attachment_id: uuid.UUID) -> tuple[Attachment, bytes]:
    """An attachment that can be opened, with its data key; raises NotFound out of sight or while not fetched."""
    attachment = session.scalar(
        select(Attachment)
        .join(Tip, Attachment.tip_id == Tip.id)
        .where(
            Attachment.id == attachment_id,
            Attachment.state == AttachmentState.STORED,
            sight.tips(viewer),
        )
    )
    if attachment is None:
        raise NotFound("Không có tệp này trong các đơn vị của bạn.")
    return attachment, data_key(attachment)
