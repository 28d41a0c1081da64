"""What can go wrong between a file and its transcript, each with a code that programs can rely on."""


class SpeechError(Exception):
    """A failure with a stable `code`; the message says what is wrong and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnreadableAudio(SpeechError):
    """The recording itself cannot be used; trying again with the same bytes gives the same answer.

    Codes: empty-file, not-audio, unsupported-format, no-audio-stream, truncated, damaged, too-long, unreadable-file.
    """


class ModelProblem(SpeechError):
    """The speech model is not usable; recordings can wait until it is.

    Codes: model-missing, model-broken, model-unknown, model-in-use, engine-missing, not-adaptable,
    archive-broken, archive-unsafe, download-failed, disk-full, not-writable.
    """
