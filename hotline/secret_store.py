"""Secrets that are generated on the first run and kept in the data folder, never in the code."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hotline.errors import BadConfiguration


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The installation's own secrets; SECRET_KEY and METRICS_TOKEN may be set in the environment instead."""

    session_key: str
    metrics_token: str
    simulator_account_sid: str
    twilio_auth_token: str

    @classmethod
    def load_or_create(cls, data_dir: Path, environ: Mapping[str, str]) -> Secrets:
        """Read `secrets.json` in the data folder, writing it first where there is none.

        Raises BadConfiguration when the folder cannot be written or the file is not whole.
        """
        path = data_dir / "secrets.json"
        content = read_or_create_private(path, lambda: json.dumps(asdict(cls._generated()), indent=1))
        try:
            known = cls(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise BadConfiguration(
                f"{path} is damaged ({error}): restore it from a backup, or delete it "
                "(everyone is then signed out; no tip is lost)"
            ) from error
        return replace(
            known,
            session_key=environ.get("SECRET_KEY") or known.session_key,
            metrics_token=environ.get("METRICS_TOKEN") or known.metrics_token,
        )

    def with_twilio_token(self, token: str) -> Secrets:
        """The same secrets with the real provider's token in place of the simulator's."""
        return replace(self, twilio_auth_token=token)

    @classmethod
    def _generated(cls) -> Secrets:
        return cls(
            session_key=secrets.token_urlsafe(48),
            metrics_token=secrets.token_urlsafe(24),
            simulator_account_sid="AC" + secrets.token_hex(16),
            twilio_auth_token=secrets.token_hex(16),
        )


def read_or_create_private(path: Path, make: Callable[[], str]) -> str:
    """The text of a file with mode 0600, made whole and once even when several processes start together."""
    try:
        if path.exists():
            return _text(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails if another process was first: its secrets win
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return _text(path)
    except OSError as error:
        raise BadConfiguration(
            f"cannot read or write {path}: {error.strerror}. "
            "Set DATA_DIR to a folder this user may write, with free space"
        ) from error


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")  # what is not text is not JSON, which the caller reports
