"""Settings read once from the environment; everything else is handed a `Settings`."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers

from hotline.errors import BadConfiguration
from hotline.secret_store import Secrets

TWILIO_API = "https://api.twilio.com"
SIMULATOR_API_PATH = "/simulator/twilio"
SIMULATED_NUMBER = "+84900000099"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
# In an address: "//user:secret@" and "?password=secret" (also sslpassword).
_PASSWORDS = re.compile(r"(?<=:)[^/]+(?=@)|(?<=password=)[^&]+")
# Linux takes 107 bytes in a socket's path (unix(7)); a deep data folder needs a shorter place.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the hotline was configured with; secrets are left out of `repr`."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    redis_embedded: bool
    storage_url: str
    public_url: str
    port: int
    web_workers: int
    lang: str
    vosk_model: str | None
    speech_processes: int
    twilio_account_sid: str
    twilio_number: str
    twilio_api_base: str
    simulated: bool
    thread_window_hours: int
    event_window_hours: int
    reply_diacritics: bool
    record_silence_s: int
    record_max_s: int
    continue_minutes: int
    put_through: bool
    duty_ring_s: int
    code_guesses_per_hour: int
    code_guesses_withheld_per_hour: int
    provider_copy: str
    upload_max_mb: int
    page_minutes: int
    session_minutes: int
    trusted_proxies: int
    secrets: Secrets

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read every setting, making the data folder and its secrets on the first run.

        Raises BadConfiguration naming every bad key at once.
        """
        reader = _Reader(environ)
        data_dir = data_dir_of(environ)
        port = reader.integer("PORT", 8000, 1, 65535)
        account_sid = reader.text("TWILIO_ACCOUNT_SID", "")
        auth_token = reader.text("TWILIO_AUTH_TOKEN", "")
        number = reader.phone("TWILIO_NUMBER")
        given = [bool(account_sid), bool(auth_token), bool(number)]
        simulated = not any(given)
        if any(given) and not all(given):
            reader.bad(
                "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_NUMBER",
                "set all three to connect a real number, or none to use the simulator",
            )
        public_url = reader.origin("PUBLIC_URL", f"http://127.0.0.1:{port}")
        if not simulated and not public_url.startswith("https://"):
            reader.bad(
                "PUBLIC_URL", "must be the https:// address that Twilio calls when a real number is set"
            )
        api_default = public_url + SIMULATOR_API_PATH if simulated else TWILIO_API
        redis_url = reader.text("REDIS_URL", "")
        values = {
            "data_dir": data_dir,
            "database_url": _with_driver(reader.text("DATABASE_URL", f"sqlite:///{data_dir / 'hotline.db'}")),
            "redis_url": redis_url or _embedded_queue_url(data_dir),
            "redis_embedded": not redis_url,
            "storage_url": reader.text("STORAGE_URL", (data_dir / "audio").as_uri()),
            "public_url": public_url,
            "port": port,
            "web_workers": reader.integer("WEB_WORKERS", 2, 1, 64),
            "lang": reader.choice("HOTLINE_LANG", "vi", ("vi", "en")),
            "vosk_model": reader.text("VOSK_MODEL", "") or None,
            # A core each while they work: one leaves the rest of a small machine to the web and its database.
            "speech_processes": reader.integer("SPEECH_PROCESSES", 1, 1, 64),
            "twilio_api_base": reader.url("TWILIO_API_BASE", api_default),
            # A resident who adds a detail does so the same day; a week-old text is usually a new matter.
            "thread_window_hours": reader.integer("THREAD_WINDOW_HOURS", 24, 0, 24 * 30),
            # Who saw an event tells of it within three days; what is told later in the same place is mostly the next.
            "event_window_hours": reader.integer("EVENT_WINDOW_HOURS", 72, 1, 24 * 30),
            "reply_diacritics": reader.flag("REPLY_DIACRITICS", True),
            # Twilio's default of 5 s cuts off frightened people, who pause (codeforamerica/balance#303).
            "record_silence_s": reader.integer("RECORD_SILENCE_SECONDS", 15, 2, 60),
            # Five minutes is four times the longest useful voicemail; the provider's own limit is 3,600 s.
            "record_max_s": reader.integer("RECORD_MAX_SECONDS", 300, 10, 3600),
            # Who was cut off rings again at once or after walking to where there is a signal; later in the day
            # somebody else may hold the phone.
            "continue_minutes": reader.integer("CONTINUE_MINUTES", 10, 0, 60),
            "put_through": reader.flag("PUT_THROUGH", True),
            # Four rings. Networks in Vietnam give a call to voicemail or up after 25 to 45 s; two officers who do not
            # answer are 40 s of a frightened person's patience.
            "duty_ring_s": reader.integer("DUTY_RING_SECONDS", 20, 5, 60),
            # Of a code's hundred million, ten thousand may be tips': a guess hits once in ten thousand. Six an hour
            # from one number need ten weeks for it, and no reporter keys six codes that are right in themselves but
            # no tip's: a mistyped code fails its check digit and is not counted.
            "code_guesses_per_hour": reader.integer("CODE_GUESSES_PER_HOUR", 6, 1, 1000),
            # Withheld numbers cannot be told apart, so that one guesser can close codes to all of them for an hour:
            # more than of one number, and still three weeks for a hit.
            "code_guesses_withheld_per_hour": reader.integer("CODE_GUESSES_WITHHELD_PER_HOUR", 20, 1, 1000),
            # The provider's copy is the only other one until the unit backs up, so it stays unless the unit decides:
            # "delete" trusts this machine's disk alone, "delete-after-backup" waits for the mark of a backup.
            "provider_copy": reader.choice(
                "PROVIDER_COPY", "keep", ("keep", "delete", "delete-after-backup")
            ),
            # Four hours, the longest that is written down: as a telephone records (8 kHz, 16 bit) and as a phone does
            # (AAC, 128 kbit/s) both about 230 MB. At 10 Mbit/s that is a web thread for three minutes, not for more.
            "upload_max_mb": reader.integer("UPLOAD_MAX_MB", 250, 1, 2000),
            # A fire or a fight is decided within about a quarter of an hour: three steps of the chain fit in it, and
            # five minutes are enough to wake up and sign in.
            "page_minutes": reader.integer("PAGE_MINUTES", 5, 1, 60),
            "session_minutes": reader.integer("SESSION_MINUTES", 60, 5, 24 * 60),
            "trusted_proxies": reader.integer("TRUSTED_PROXIES", 0, 0, 5),
            "simulated": simulated,
        }
        for key, scheme in (("DATABASE_URL", values["database_url"]), ("STORAGE_URL", values["storage_url"])):
            allowed = {"DATABASE_URL": ("sqlite", "postgresql"), "STORAGE_URL": ("file",)}[key]
            if not str(scheme).startswith(allowed):
                reader.bad(key, f"must start with one of {', '.join(a + '://' for a in allowed)}")
        if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
            reader.bad("REDIS_URL", "must start with redis://, rediss:// or unix://")
        reader.finish()
        secrets = Secrets.load_or_create(data_dir, environ)
        return cls(
            **values,  # type: ignore[arg-type]  # each value above was read by the reader of its own type
            twilio_account_sid=account_sid or secrets.simulator_account_sid,
            twilio_number=number or SIMULATED_NUMBER,
            secrets=secrets if simulated else secrets.with_twilio_token(auth_token),
        )

    @property
    def twilio_auth_token(self) -> str:
        """The token that signs webhooks and opens the provider's API; the simulator's own when simulated."""
        return self.secrets.twilio_auth_token

    @property
    def simulator_exposed(self) -> bool:
        """Whether others than this machine's users can reach the simulator and its page.

        An https address means a proxy or a tunnel, wherever it begins.
        """
        address = urlsplit(self.public_url)
        return self.simulated and (address.scheme == "https" or address.hostname not in THIS_MACHINE)

    @property
    def models_dir(self) -> Path:
        """Where installed speech models live."""
        return self.data_dir / "models"

    def shown(self) -> dict[str, str]:
        """Every setting as text, with secrets and passwords hidden."""
        values = {f.name: str(getattr(self, f.name)) for f in fields(self) if f.name != "secrets"}
        for name in ("database_url", "redis_url"):
            values[name] = _PASSWORDS.sub("***", values[name])
        return values | {"twilio_auth_token": "***", "secrets": "***"}


def data_dir_of(environ: Mapping[str, str]) -> Path:
    """Where everything is kept that outlives the processes; nothing is made or read."""
    return Path(environ.get("DATA_DIR", "").strip() or "var").expanduser().resolve()


class _Reader:
    """Reads typed values and collects what is wrong with them, so that one error names all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def bad(self, key: str, why: str) -> None:
        self._problems.append(f"{key}: {why}")

    def text(self, key: str, default: str) -> str:
        return self._environ.get(key, "").strip() or default

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        raw = self.text(key, str(default))
        if raw.isascii() and raw.isdigit() and low <= int(raw) <= high:
            return int(raw)
        self.bad(key, f"is {raw!r}, must be a whole number from {low} to {high}")
        return default

    def flag(self, key: str, default: bool) -> bool:
        raw = self.choice(key, "1" if default else "0", ("1", "0", "true", "false", "yes", "no"))
        return raw in ("1", "true", "yes")

    def choice(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        raw = self.text(key, default).lower()
        if raw in allowed:
            return raw
        self.bad(key, f"is {raw!r}, must be one of {', '.join(allowed)}")
        return default

    def origin(self, key: str, default: str) -> str:
        """An address without a path: pages, webhooks and signatures start at the root of their host."""
        raw = self.url(key, default)
        parts = urlsplit(raw)
        if not parts.path:
            return raw
        self.bad(key, f"has the path {parts.path}: give the hotline a host name of its own, without a path")
        return default

    def url(self, key: str, default: str) -> str:
        raw = self.text(key, default).rstrip("/")
        try:
            parts = urlsplit(raw)
            usable = parts.hostname is not None and parts.port != 0  # reading the port checks it
        except ValueError:
            usable = False
        if usable and "@" in parts.netloc:  # not repeated: it may be a password
            self.bad(key, "holds a user name or password before the @: take it out")
            return default
        if usable and parts.scheme in ("http", "https") and not parts.query and not parts.fragment:
            return raw
        self.bad(key, f"is {raw!r}, must be an address such as https://hotline.example.vn")
        return default

    def phone(self, key: str) -> str:
        raw = self.text(key, "")
        if not raw:
            return ""
        try:
            number = phonenumbers.parse(raw, None)
        except phonenumbers.NumberParseException:
            self.bad(key, f"is {raw!r}, must be a number with its country code, such as +84900000099")
            return ""
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def finish(self) -> None:
        if self._problems:
            raise BadConfiguration(
                "these settings cannot be used (see .env.example):\n  " + "\n  ".join(self._problems)
            )


def _with_driver(url: str) -> str:
    """Name the installed PostgreSQL driver, whichever way the platform spells the address."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _embedded_queue_url(data_dir: Path) -> str:
    socket = data_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        socket = Path(tempfile.gettempdir()) / f"hotline-{os.getuid()}-{digest}" / "valkey.sock"
    return f"unix://{socket}"
