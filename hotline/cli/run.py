"""`run`: everything on one machine, from an empty folder to the officers' pages."""

from __future__ import annotations

import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hotline import logs, valkey
from hotline.cli.first_run import ADMIN, prepare
from hotline.cli.opening import database, settings
from hotline.clock import utcnow
from hotline.errors import BadConfiguration
from hotline.settings import Settings
from hotline.supervisor import ENGLISH, GRACE_S, Program, Supervisor, Words

WEB = [sys.executable, "-m", "gunicorn", "-c", "python:hotline.gunicorn_conf", "hotline.app:create_app()"]
WORKERS = ("default", "provider", "speech", "scheduler")
NAMES = {"default": "worker"}
WORDS = {
    "en": ENGLISH,
    "vi": Words(
        starting="khởi động {names}",
        died="{name} đã dừng ({reason}); chạy lại sau {delay:.0f} giây",
        status="mã thoát {code}",
        signal="tín hiệu {name}",
        stopping="đang dừng; nhấn Ctrl-C lần nữa để dừng ngay",
        stopped="đã dừng",
    ),
}
SERVING = {
    "en": {
        "title": "The hotline is running, after {seconds:.0f} s.",
        "admin": "Officers' pages",
        "phone": "Test phone",
        "health": "Health",
        "public": "Public address",
        "data": "Data",
        "login": "First sign-in",
        "password": "{user}, one-time password: {password}",
        "open": "Warning: no real number is connected, so anybody who can open {url}/phone can send made-up tips. "
        "Connect a number (README.md), or take PUBLIC_URL away.",
        "stop": "Ctrl-C stops it; nothing is lost.",
    },
    "vi": {
        "title": "Đường dây tin báo đang chạy, khởi động mất {seconds:.0f} giây.",
        "admin": "Trang cán bộ",
        "phone": "Điện thoại thử",
        "health": "Tình trạng",
        "public": "Địa chỉ công khai",
        "data": "Dữ liệu",
        "login": "Đăng nhập lần đầu",
        "password": "{user}, mật khẩu dùng một lần: {password}",
        "open": "Cảnh báo: chưa nối số điện thoại thật nên ai mở được {url}/phone cũng gửi được tin giả. "
        "Hãy nối một số (README.md) hoặc bỏ PUBLIC_URL.",
        "stop": "Nhấn Ctrl-C để dừng; dữ liệu không bị mất.",
    },
}


@click.command()
def run() -> None:
    """Serve the hotline on this machine until Ctrl-C: queue, web, workers and scheduler."""
    begun = time.monotonic()
    logs.configure()
    found = settings()
    with _alone_in(found.data_dir):
        _refuse_busy_port(found.port)
        with database(found, checked=False) as opened:
            password = prepare(opened, found.lang, utcnow())

        def announce() -> None:
            for line in addresses(found, password, time.monotonic() - begun):
                supervisor.say(line)

        supervisor = Supervisor(
            _stages(found), environ=_environ(), on_ready=announce, words=WORDS[found.lang]
        )
        supervisor.run()


def _stages(found: Settings) -> list[list[Program]]:
    queue = Program(
        "valkey",
        valkey.command(found.redis_url) if found.redis_embedded else (),
        ready=lambda: valkey.answers(found.redis_url),
        quiet=True,
    )
    web = Program("web", WEB, ready=lambda: serves(found.port))
    workers = [Program(NAMES.get(name, name), [sys.executable, "-m", "workers", name]) for name in WORKERS]
    return [*([[queue]] if found.redis_embedded else []), [web, *workers]]


def _environ() -> dict[str, str]:
    """Children write to a pipe, so they are told that a person reads along."""
    colour = {"FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
    return {"LOG_FORMAT": "text", **colour, **os.environ}


def addresses(found: Settings, password: str | None, seconds: float) -> list[str]:
    """What `run` says when it serves: where, and how to sign in."""
    words, local = SERVING[found.lang], f"http://127.0.0.1:{found.port}"
    rows = {"admin": f"{local}/admin/"}
    if found.simulated:
        rows["phone"] = f"{local}/phone"
    rows["health"] = f"{local}/healthz"
    if found.public_url != local:
        rows["public"] = found.public_url
    rows["data"] = str(found.data_dir)
    if password:
        rows["login"] = words["password"].format(user=ADMIN, password=password)
    width = max(len(words[key]) for key in rows)
    lines = [f"  {words[key]:<{width}}  {value}" for key, value in rows.items()]
    warning = [words["open"].format(url=found.public_url)] if found.simulator_exposed else []
    return [words["title"].format(seconds=seconds), *lines, *warning, words["stop"]]


def serves(port: int) -> bool:
    """Whether the web process answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; a run that was killed is given the time that its warden takes to clear up."""
    path = data_dir / "run.lock"
    try:
        file = path.open("a+")
    except OSError as error:
        raise BadConfiguration(
            f"cannot write {path}: {error.strerror}. Set DATA_DIR to a folder this user may write"
        ) from error
    with file:
        deadline = time.monotonic() + GRACE_S + 5
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip()
                if _alive(holder) or time.monotonic() > deadline:
                    raise BadConfiguration(
                        f"the hotline already runs on {data_dir} (process {holder or 'unknown'}): stop it with "
                        "Ctrl-C in its window, or set DATA_DIR and PORT to run a second one"
                    ) from None
                time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise BadConfiguration(
                f"port {port} cannot be used ({os.strerror(error.errno or 0)}): stop the program that listens "
                "there, or choose another with PORT=8010 make run"
            ) from error
