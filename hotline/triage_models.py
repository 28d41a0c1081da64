"""The triage models of an installation: those trained here, kept in DATA_DIR/triage, and which one is in use.

`active` holds the fingerprint of the model in use; without it that is the one the hotline ships. The models lie
beside it as `model.<fingerprint>.bin`. Every process looks at `active` before it reads a message, so that a switch
is noticed with the next message and needs no restart. Each machine has its own folder: switch on each.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hotline.errors import BadConfiguration, NotFound
from hotline.rules import classifier
from hotline.rules import triage as rules

log = structlog.get_logger()

SHIPPED = "shipped"
ACTIVE = "active"
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Known:
    """A model that can be switched on: its fingerprint, whether it is in use, and its file's size in bytes."""

    fingerprint: str
    in_use: bool
    size: int
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class TriageModels:
    """The models of one installation; reading with them never raises, changing them does."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.data_dir / "triage"

    def chosen(self) -> str:
        """The fingerprint that was switched on, or "shipped"."""
        try:
            named = (self.folder / ACTIVE).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return SHIPPED
        return named if _FINGERPRINT.fullmatch(named) else SHIPPED

    def path(self, fingerprint: str) -> Path:
        """Where the model with this fingerprint lies, if it is kept."""
        return self.folder / f"model.{fingerprint}.bin"

    def refresh(self) -> None:
        """Have the rules use what is switched on; what cannot be used is logged, and the shipped model stands in."""
        chosen = self.chosen()
        try:
            classifier.use(None if chosen == SHIPPED else self.path(chosen))
        except (OSError, ValueError) as error:
            classifier.use(None)
            log.error(
                "triage_model_unusable",
                model=chosen,
                error=type(error).__name__,
                using=classifier.fingerprint(),
            )

    def read(self, text: str, **options: Any) -> rules.Triage:
        """Read a message as `rules.triage.triage` does, with the model switched on by now."""
        self.refresh()
        return rules.triage(text, **options)

    def trouble(self) -> str | None:
        """What is wrong with the model switched on; None when it can be used."""
        chosen = self.chosen()
        if chosen == SHIPPED:
            return None
        try:
            classifier.load(self.path(chosen).read_bytes())
        except OSError as error:
            return f"{self.path(chosen).name}: {error.strerror}"
        except ValueError as error:
            return f"{self.path(chosen).name}: {error}"
        return None

    def known(self) -> list[Known]:
        """The shipped model, then those kept here, by their age."""
        chosen, found = self.chosen(), []
        try:
            content = classifier.shipped_content()
        except OSError:
            content = b""
        shipped = classifier.fingerprint_of(content)
        found.append(Known(shipped, chosen == SHIPPED, len(content), shipped=True))
        kept = sorted(self.folder.glob("model.*.bin"), key=lambda path: (path.stat().st_mtime, path.name))
        for path in kept:
            fingerprint = path.name.split(".")[1]
            found.append(Known(fingerprint, chosen == fingerprint, path.stat().st_size))
        return found

    def keep(self, content: bytes) -> str:
        """Keep a model, without switching it on; its fingerprint. ValueError when it is damaged."""
        classifier.load(content)
        fingerprint = classifier.fingerprint_of(content)
        self._write(self.path(fingerprint).name, content)
        return fingerprint

    def switch(self, wanted: str) -> str:
        """Switch a kept model on, or the shipped one; returns what was in use until now.

        The shipped one is kept too when it is left, for the next version of the program may ship another.
        Raises NotFound for a model that is not here, BadConfiguration for one that cannot be used.
        """
        before = self.chosen()
        if wanted != SHIPPED:
            if not _FINGERPRINT.fullmatch(wanted) or not self.path(wanted).exists():
                raise NotFound(
                    f"there is no triage model {wanted} here: `triage models` lists those that are"
                )
            try:
                classifier.load(self.path(wanted).read_bytes())
            except ValueError as error:
                raise BadConfiguration(f"{self.path(wanted)}: {error}") from error
            if before == SHIPPED and (shipped := self._shipped()) is not None:
                self.keep(shipped)
        self._write(ACTIVE, wanted.encode("ascii"))
        return before

    @staticmethod
    def _shipped() -> bytes | None:
        try:
            content = classifier.shipped_content()
            classifier.load(content)
        except (OSError, ValueError):
            return None
        return content

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all, readable by this user only: the words of a model come from residents' messages."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(self.folder / name)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
