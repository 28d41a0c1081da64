"""The parts of a hotline for tests: all of them real, each test with data of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import make_url
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from hotline import queue, schema, valkey
from hotline.app import create_app
from hotline.context import EXTENSION, Parts
from hotline.db import Database
from hotline.settings import Settings
from hotline.telephony.simulator.account import SimulatedAccount, from_settings
from hotline.telephony.simulator.client import SimulatedPhone
from hotline.vault import KeyRing, Vault
from speech.models import DEMO_MODEL
from speech.vosk_engine import VoskEngine
from tests.builders import World, create_world
from tests.compiled import TemplateCache
from tests.ops.waiting import until
from workers import runtime

BOTH = ("sqlite", "postgresql")
# What the machine's own environment may hold and a test must not see.
OURS = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "PUBLIC_URL", "STORAGE_URL", "PORT", "VOSK_MODEL", "HOTLINE_KEYRING",
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER", "TWILIO_API_BASE", "HOTLINE_LANG")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs on SQLite and again on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_databases") and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", BOTH, indirect=True)


class ValkeyServer:
    """A real Valkey on a socket of its own, which can be killed, frozen and started again."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder / 'valkey.sock'}"
        self._command = valkey.command(self.url)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until(lambda: valkey.answers(self.url), "Valkey answers")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    # A socket's path may have 107 bytes, which pytest's own folders soon exceed.
    with tempfile.TemporaryDirectory(prefix="vk") as folder:
        server = ValkeyServer(Path(folder))
        yield server
        server.kill()


@pytest.fixture
def valkey_url(valkey_server: ValkeyServer) -> str:
    with Redis.from_url(valkey_server.url) as redis:
        redis.flushall()
    return valkey_server.url


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start: secrets, key ring and an empty SQLite database."""
    folder = tmp_path_factory.mktemp("new") / "data"
    settings = Settings.from_env({"DATA_DIR": str(folder)})
    database = Database(settings.database_url, Vault(KeyRing.load_or_create(folder, {})))
    schema.migrate(database)
    database.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def postgres_template(new_folder: Path, new_postgres_database: Callable[[], str]) -> str:
    """The name of a migrated database, empty, with the key ring of `new_folder`."""
    url = new_postgres_database()
    database = Database(url, Vault(KeyRing.load_or_create(new_folder, {})))
    schema.migrate(database)
    database.engine.dispose()
    return str(make_url(url).database)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database for one test."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'hotline.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"{template}_{next(_copies)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        url = make_url(server).set(drivername="postgresql+psycopg", database=name)
        yield url.render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


_copies = itertools.count(1)


@pytest.fixture
def port() -> Iterator[int]:
    """A port held for this test; a server of its own process may share it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture
def environ(tmp_path: Path, new_folder: Path, database_url: str, valkey_url: str, port: int,
            monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:  # fmt: skip
    """The environment of a hotline on one machine; also set in this process, for the jobs that run in it."""
    shutil.copytree(new_folder, tmp_path / "data")
    for key in OURS:
        monkeypatch.delenv(key, raising=False)
    ours = {
        "DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": database_url, "REDIS_URL": valkey_url,
        "PORT": str(port),
    }  # fmt: skip
    for key, value in ours.items():
        monkeypatch.setenv(key, value)
    return {"PATH": os.environ["PATH"], **ours}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ)


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    built = Parts.build(settings)
    yield built
    close(built)


@pytest.fixture
def database(parts: Parts) -> Database:
    return parts.database


@pytest.fixture
def world(database: Database) -> World:
    with database.begin() as session:
        return create_world(session)


@pytest.fixture
def app(settings: Settings, world: World) -> Iterator[Flask]:
    app = create_app(settings)
    app.jinja_env.bytecode_cache = TemplateCache()
    yield app
    close(app.extensions[EXTENSION])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def close(parts: Parts) -> None:
    parts.database.engine.dispose()
    parts.queue.redis.close()


@dataclass(frozen=True)
class Twilio:
    """Posts to the webhooks as Twilio does; `token` and `public_url` are what it signs with."""

    client: FlaskClient
    token: str
    public_url: str

    def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        signature = self.sign(path, fields)
        return self.client.post(
            path, data=fields, headers={"X-Twilio-Signature": signature, **(headers or {})}
        )

    def sign(self, path: str, fields: dict[str, str]) -> str:
        return RequestValidator(self.token).compute_signature(self.public_url + path, fields)


@pytest.fixture
def twilio(client: FlaskClient, settings: Settings) -> Twilio:
    return Twilio(client, settings.twilio_auth_token, settings.public_url)


@pytest.fixture
def served(app: Flask, port: int) -> Iterator[str]:
    """The application on a real server at its public address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def account(settings: Settings) -> SimulatedAccount:
    return from_settings(settings)


@pytest.fixture
def phone(account: SimulatedAccount, served: str) -> SimulatedPhone:
    return SimulatedPhone(account, served)


@pytest.fixture
def jobs(environ: dict[str, str]) -> Iterator[None]:
    """Jobs that run in this process build their parts from this test's environment."""
    runtime.parts.cache_clear()
    runtime.provider.cache_clear()
    yield
    if runtime.parts.cache_info().currsize:
        close(runtime.parts())
    runtime.parts.cache_clear()
    runtime.provider.cache_clear()


@pytest.fixture(scope="session")
def loaded_engine() -> VoskEngine:
    return VoskEngine.load(DEMO_MODEL)


class QuickWorker(SimpleWorker):
    """Listens to no commands of an operator: the thread that does takes a second to end."""

    def subscribe(self) -> None: ...

    def unsubscribe(self) -> None: ...


@pytest.fixture
def work_off(jobs: None, loaded_engine: VoskEngine, valkey_url: str) -> Callable[[], None]:
    """Runs the real queues until both are empty; what is put off for later stays there."""
    runtime.set_engine(loaded_engine)

    def work_off() -> None:
        with Redis.from_url(valkey_url) as redis:
            queues = [Queue(n, connection=redis, serializer=JSONSerializer) for n in queue.QUEUES]
            worker = QuickWorker(queues, serializer=JSONSerializer, log_job_description=False)
            worker.work(burst=True, logging_level="WARNING")
            failed = [q.fetch_job(job_id) for q in queues for job_id in q.failed_job_registry.get_job_ids()]
            assert not failed, [job.latest_result().exc_string for job in failed]

    return work_off
