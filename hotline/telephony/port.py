"""The port: what the hotline asks of any telephony provider. Adapters live beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hotline.services.calls import RecordingNotice


class Download(Protocol):
    """A file on its way from the provider."""

    content_type: str

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they arrive; raises ProviderError when they stop short."""
        ...


class Provider(Protocol):
    """A telephony provider's outgoing side. Every method raises ProviderError, permanent or not."""

    def send_text(self, to: str, body: str, status_url: str) -> str:
        """Hand over a text and return the provider's id of it; progress is posted to `status_url`."""
        ...

    def recording(self, recording_sid: str) -> AbstractContextManager[Download]:
        """The audio of a recording."""
        ...

    def attachment(self, message_sid: str, attachment_sid: str) -> AbstractContextManager[Download]:
        """A file that came with a text."""
        ...

    def recordings_of(self, call_sid: str) -> Sequence[RecordingNotice]:
        """The recordings that the provider has of a call that is over, announced to us or not."""
        ...

    def call_ended(self, call_sid: str) -> bool:
        """Whether a call is over; one that the provider does not know is."""
        ...

    def delete_recording(self, recording_sid: str) -> None:
        """Remove the provider's copy of a recording; one that is gone already is no error."""
        ...
