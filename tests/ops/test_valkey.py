"""The embedded queue: a real server on its socket, in a folder that is ours alone."""

from __future__ import annotations

import stat
import subprocess

import pytest

from hotline import valkey
from hotline.errors import BadConfiguration
from tests.ops.waiting import until


def test_a_server_starts_over_a_socket_that_was_left_behind(tmp_path):
    url = f"unix://{tmp_path / 'valkey' / 'valkey.sock'}"
    for _ in range(2):
        with subprocess.Popen(valkey.command(url), stdout=subprocess.DEVNULL) as server:
            until(lambda: valkey.answers(url), "the queue answers")
            socket = tmp_path / "valkey" / "valkey.sock"
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700
            assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
            server.kill()
        assert socket.exists()
        assert not valkey.answers(url)
    assert sorted(file.name for file in socket.parent.iterdir()) == ["valkey.sock"]


@pytest.mark.parametrize("kind", ["writable by others", "a link"])
def test_a_folder_that_somebody_else_controls_is_refused(tmp_path, kind):
    folder = tmp_path / "valkey"
    if kind == "a link":
        (tmp_path / "theirs").mkdir()
        folder.symlink_to(tmp_path / "theirs")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with pytest.raises(BadConfiguration, match="not a folder of this user alone"):
        valkey.command(f"unix://{folder / 'valkey.sock'}")
