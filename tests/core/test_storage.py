from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.errors import KeyUnavailable, StorageProblem
from hotline.storage import CHUNK, HEADER, TAG_BYTES, AudioStore

ROOT = Path(__file__).parents[2]
KEY = bytes(32)
SEALED_CHUNK = CHUNK + TAG_BYTES
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> AudioStore:
    return AudioStore((tmp_path_factory.mktemp("store") / "a b").as_uri())


def file_of(store: AudioStore, storage_key: str) -> Path:
    return store.root / storage_key[:2] / storage_key


def sound(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(range(size % 251))


@pytest.mark.parametrize("size", SIZES)
def test_every_size_comes_back_however_it_was_cut(store, size):
    plain = sound(size)
    for pieces in ([plain], [plain[i : i + 40_000] for i in range(0, size, 40_000)], [b"", plain, b""]):
        storage_key = store.put(KEY, pieces)
        with store.open(KEY, storage_key) as reader:
            assert reader.read() == plain
        sealed = file_of(store, storage_key).read_bytes()
        assert len(sealed) == HEADER + size + max(1, -(-size // CHUNK)) * TAG_BYTES
        assert size < 64 or plain[:64] not in sealed
    assert file_of(store, storage_key).stat().st_mode & 0o777 == 0o600


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SIZES), st.data())
def test_seeking_reads_what_a_plain_file_reads(store, tmp_path_factory, size, data):
    plain_file = tmp_path_factory.getbasetemp() / f"plain-{size}"
    plain_file.write_bytes(sound(size))
    near = st.integers(-CHUNK - 2, size + 2)
    moves = st.lists(st.tuples(near, st.sampled_from([0, 1, 2]), st.integers(-1, 2 * CHUNK)), max_size=8)
    with plain_file.open("rb") as plain, store.open(KEY, store.put(KEY, [sound(size)])) as reader:
        for offset, whence, count in data.draw(moves):
            base = {0: 0, 1: plain.tell(), 2: size}[whence]
            if base + offset >= 0:  # a plain file refuses what lies before its start
                assert reader.seek(offset, whence) == plain.seek(offset, whence)
            assert reader.read(count) == plain.read(count)
            assert reader.tell() == plain.tell()


def read_all(store: AudioStore, storage_key: str, key: bytes = KEY) -> bytes:
    with store.open(key, storage_key) as reader:
        return reader.read()


def chunks(sealed: bytes) -> list[bytes]:
    return [sealed[i : i + SEALED_CHUNK] for i in range(HEADER, len(sealed), SEALED_CHUNK)]


TAMPERINGS = {
    "cut after a chunk": lambda s: s[: HEADER + 2 * SEALED_CHUNK],
    "cut in a tag": lambda s: s[: HEADER + 2 * SEALED_CHUNK + 8],
    "cut at an empty chunk": lambda s: s[: HEADER + 2 * SEALED_CHUNK + TAG_BYTES],
    "cut in the middle": lambda s: s[: HEADER + 100_000],
    "chunks swapped": lambda s: s[:HEADER] + b"".join([chunks(s)[1], chunks(s)[0], *chunks(s)[2:]]),
    "chunk left out": lambda s: s[:HEADER] + b"".join([chunks(s)[0], *chunks(s)[2:]]),
    "chunk repeated": lambda s: s[:HEADER] + b"".join([chunks(s)[0], *chunks(s)]),
    "something appended": lambda s: s + bytes(TAG_BYTES),
    "another header": lambda s: b"HLA2" + s[4:],
    "nothing": lambda s: b"",
    "header only": lambda s: s[:HEADER],
    "header in part": lambda s: s[:6],
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_changed_file_is_refused(store, name):
    storage_key = store.put(KEY, [sound(3 * CHUNK + 7)])
    path = file_of(store, storage_key)
    path.write_bytes(TAMPERINGS[name](path.read_bytes()))
    with pytest.raises((KeyUnavailable, StorageProblem), match=storage_key):
        read_all(store, storage_key)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_refused(store, data):
    storage_key = store.put(KEY, [sound(CHUNK + 5)])
    sealed = bytearray(file_of(store, storage_key).read_bytes())
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    file_of(store, storage_key).write_bytes(sealed)
    with pytest.raises((KeyUnavailable, StorageProblem)):
        read_all(store, storage_key)


def test_another_key_opens_nothing(store):
    storage_key = store.put(KEY, [b"audio"])
    with pytest.raises(KeyUnavailable):
        read_all(store, storage_key, bytes([1] * 32))


def test_a_missing_file_is_a_storage_problem_and_deleting_it_none(store):
    storage_key = store.put(KEY, [b"audio"])
    store.delete(storage_key)
    store.delete(storage_key)
    with pytest.raises(StorageProblem, match="cannot be opened"):
        store.open(KEY, storage_key)


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path):
    code = (
        "import sys; from hotline.storage import AudioStore; from hotline.errors import StorageProblem\n"
        "try: AudioStore(sys.argv[1]).put(bytes(32), [bytes(65536)] * 40)\n"
        "except StorageProblem as e: print(e); sys.exit(3)"
    )
    limit = 200_000  # bytes of a file: what RLIMIT_FSIZE refuses, as a full disk would
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path.as_uri()], cwd=ROOT, capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert (done.returncode, "Free some space" in done.stdout) == (3, True), done.stderr
    assert left(tmp_path) == []


def test_a_source_that_breaks_off_leaves_nothing(tmp_path):
    def broken():
        yield bytes(CHUNK * 2)
        raise TimeoutError("the job ran too long")

    class JobTimeout(Exception): ...

    def timed_out():
        yield bytes(CHUNK * 2)
        raise JobTimeout

    store = AudioStore(tmp_path.as_uri())
    with pytest.raises(StorageProblem):
        store.put(KEY, broken())
    with pytest.raises(JobTimeout):
        store.put(KEY, timed_out())
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_a_storage_problem(tmp_path):
    store = AudioStore((tmp_path / "file" / "audio").as_uri())
    (tmp_path / "file").write_text("in the way")
    for use in (store.check, lambda: store.put(KEY, [b"x"]), lambda: store.open(KEY, "ab" * 16)):
        with pytest.raises(StorageProblem):
            use()


def test_check_leaves_nothing(tmp_path):
    AudioStore(tmp_path.as_uri()).check()
    assert left(tmp_path) == []
    assert os.access(tmp_path, os.W_OK)
