"""What was said and when: words, segments between pauses, and their JSON, SRT and plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

# Two lines of a subtitle hold about ten Vietnamese syllables each; one line is read at a glance.
WORDS_PER_CUE = 10
# As long as it takes to breathe in; commas, as the synthetic voices speak them, last 0.12 to 0.24 s. Vosk ends a result
# at a pause only when it is sure that a sentence ended, and lets somebody who talks on talk for half a minute.
PAUSE_S = 0.6


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (in Vietnamese a syllable); times in seconds from the start, `conf` in 0..1.

    `channel` tells who spoke where two people were recorded apart, and is None elsewhere.
    """

    word: str
    start: float
    end: float
    conf: float
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The words of one speaker between two pauses; never without words."""

    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def channel(self) -> int | None:
        return self.words[0].channel

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)

    @property
    def line(self) -> str:
        """The text for a reader, who is told the speaker (1, 2) where there are two."""
        return self.text if self.channel is None else f"{self.channel + 1}: {self.text}"


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything recognised in one recording of `duration_s` seconds; no segments when nobody spoke.

    Segments of two speakers are in the order they began. `sound` is "speech", or what is heard instead: "silence",
    "tones" (keys pressed, a line's busy tone) or "noise"; None in transcripts made before it was told.
    `fingerprint` tells models of one name apart; None in transcripts made before it was kept.
    """

    model: str
    duration_s: float
    segments: tuple[Segment, ...]
    sound: str | None = None
    fingerprint: str | None = None

    @classmethod
    def heard(
        cls, model: str, fingerprint: str, duration_s: float, segments: Iterable[Segment], otherwise: str
    ) -> Transcript:
        """What an engine recognised, of all speakers in any order; `otherwise` is the sound if that is nothing."""
        in_order = tuple(sorted(segments, key=lambda segment: segment.start))
        return cls(model, duration_s, in_order, "speech" if in_order else otherwise, fingerprint)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def confidence(self) -> float | None:
        """Mean over the words, None without any."""
        words = self.words
        return sum(word.conf for word in words) / len(words) if words else None

    @property
    def speech_s(self) -> float:
        """Seconds covered by words, pauses left out."""
        return sum(word.end - word.start for word in self.words)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `python -m speech transcribe --json`; a segment counts its `words` in order."""
        return {
            "model": self.model,
            "fingerprint": self.fingerprint,
            "duration_s": round(self.duration_s, 3),
            "text": self.text,
            "confidence": None if self.confidence is None else round(self.confidence, 4),
            "words": [
                {"word": w.word, "start": round(w.start, 3), "end": round(w.end, 3), "conf": round(w.conf, 4)}
                | _speaker(w.channel)
                for w in self.words
            ],
            "speech_s": round(self.speech_s, 3),
            "sound": self.sound,
            "segments": [
                {"start": round(s.start, 3), "end": round(s.end, 3), "text": s.text, "words": len(s.words)}
                | _speaker(s.channel)
                for s in self.segments
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Transcript:
        """The reverse of `to_dict`; raises ValueError when the segments do not add up to the words."""
        counts = [segment["words"] for segment in data["segments"]]
        if sum(counts) != len(data["words"]) or 0 in counts:
            raise ValueError("the segments of this transcript do not add up to its words")
        words = iter(
            [Word(w["word"], w["start"], w["end"], w["conf"], w.get("channel")) for w in data["words"]]
        )
        segments = tuple(Segment(tuple(islice(words, count))) for count in counts)
        return cls(data["model"], data["duration_s"], segments, data.get("sound"), data.get("fingerprint"))

    def to_text(self) -> str:
        """One line a segment; an empty string when nobody spoke."""
        return "".join(f"{segment.line}\n" for segment in self.segments)

    def to_srt(self) -> str:
        """SubRip subtitles of at most `WORDS_PER_CUE` words."""
        return "\n".join(
            f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.line}\n"
            for number, cue in enumerate(self._cues(), 1)
        )

    def _cues(self) -> Iterator[Segment]:
        for segment in self.segments:
            for first in range(0, len(segment.words), WORDS_PER_CUE):
                yield Segment(segment.words[first : first + WORDS_PER_CUE])


def at_pauses(words: Sequence[Word]) -> Iterator[Segment]:
    """Words of one speaker, parted where nobody speaks for longer than `PAUSE_S`."""
    first = 0
    for number in range(1, len(words) + 1):
        if number == len(words) or words[number].start - words[number - 1].end > PAUSE_S:
            yield Segment(tuple(words[first:number]))
            first = number


def _speaker(channel: int | None) -> dict[str, int]:
    return {} if channel is None else {"channel": channel}


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"
