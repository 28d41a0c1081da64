"""A model is whole or refused by name, and gets onto the machine whole or not at all."""

from __future__ import annotations

import http.server
import re
import shutil
import stat
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.errors import ModelProblem
from speech.models import DEMO_MODEL, install, installed, locate, verify

SMALL = "vosk-model-small-vn-0.4"
LARGE = "vosk-model-vn-0.4"


def create_model(folder: Path, *missing: str, readme: str = "a model") -> Path:
    """The demonstration model's files under another name, but for some."""
    for file in DEMO_MODEL.rglob("*"):
        name = file.relative_to(DEMO_MODEL).as_posix()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if file.is_file() and name not in missing:
            shutil.copyfile(file, folder / name)
    (folder / "README").write_text(readme)
    return folder


def create_zip(archive: Path, folder: Path, top: str) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for file in folder.rglob("*"):
            out.write(file, Path(top) / file.relative_to(folder))
    return archive


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the archive of an official model, as on the publisher's site or a USB stick."""
    folder = tmp_path_factory.mktemp("stick")
    create_zip(folder / f"{SMALL}.zip", create_model(folder / "model"), SMALL)
    return folder


def test_the_demonstration_model_is_whole_and_labelled(tmp_path: Path) -> None:
    demo = verify(DEMO_MODEL)
    assert (demo.sample_rate, demo.allows_upsampling, demo.is_demonstration) == (8000, False, True)
    renamed = create_model(tmp_path / LARGE, readme=(DEMO_MODEL / "README").read_text())
    assert verify(renamed).is_demonstration
    assert not verify(create_model(tmp_path / "other")).is_demonstration


@pytest.mark.parametrize(
    "missing",
    [
        "am/final.mdl",
        "conf/model.conf",
        "conf/mfcc.conf",
        "graph/HCLr.fst",
        "graph/Gr.fst",
        "graph/disambig_tid.int",
        "graph/words.txt",
    ],
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_part_is_named_with_the_way_out(tmp_path: Path, missing: str, how: str) -> None:
    folder = create_model(tmp_path / "model", missing)
    if how == "empty":
        (folder / missing).touch()
    with pytest.raises(ModelProblem, match=re.escape(missing.rpartition("/")[2])) as problem:
        verify(folder)
    assert problem.value.code == "model-broken"
    assert f"python -m speech model install {LARGE}" in str(problem.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("am/final.mdl", b"version https://git-lfs.github.com/spec/v1\n"),
        ("graph/HCLr.fst", b"<html>"),
        ("graph/HCLG.fst", b""),
        ("ivector/final.ie", b"\0B"),
        ("conf/mfcc.conf", b"--sample-frequency=fast\n"),
    ],
)
def test_a_wrong_part_is_broken(tmp_path: Path, name: str, content: bytes) -> None:
    folder = create_model(tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    with pytest.raises(ModelProblem) as problem:
        verify(folder)
    assert problem.value.code == "model-broken"


def test_the_old_layout_with_its_own_settings(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/words.txt"):
        shutil.copyfile(DEMO_MODEL / name, tmp_path / Path(name).name)
    shutil.copyfile(DEMO_MODEL / "graph/HCLr.fst", tmp_path / "HCLG.fst")
    (tmp_path / "mfcc.conf").write_text("--sample-frequency=16000  # Hz\n--allow-upsample=true\n")
    folder = verify(tmp_path)
    assert (folder.sample_rate, folder.allows_upsampling) == (16000, True)


def test_which_model_is_used(tmp_path: Path, stick: Path) -> None:
    models = tmp_path / "models"
    assert locate(None, models).path == DEMO_MODEL
    assert installed(models) == []
    create_model(models / "zz-own")
    create_model(models / SMALL)
    create_model(models / LARGE)
    create_model(models / "broken", "am/final.mdl")
    assert locate(None, models).name == LARGE
    assert [folder.name for folder in installed(models)] == [LARGE, SMALL, "zz-own"]
    assert locate("zz-own", models).path == models / "zz-own"
    assert locate(str(models / SMALL), tmp_path / "elsewhere").name == SMALL
    assert locate(DEMO_MODEL.name, models).is_demonstration
    install(str(stick / f"{SMALL}.zip"), models)
    assert locate(None, models).name == SMALL


@pytest.mark.parametrize("requested", ["vosk-model-vn-9", LARGE, "/no/such/model", "./none"])
def test_a_model_asked_for_is_never_replaced(tmp_path: Path, requested: str) -> None:
    with pytest.raises(ModelProblem) as problem:
        locate(requested, tmp_path)
    assert problem.value.code == "model-missing"
    assert LARGE in str(problem.value)


def test_a_chosen_model_that_is_gone_or_damaged_is_a_problem_until_it_is_installed_again(
    tmp_path: Path, stick: Path
) -> None:
    archive = str(stick / f"{SMALL}.zip")
    folder = install(archive, tmp_path)
    (folder.path / "graph/words.txt").unlink()
    with pytest.raises(ModelProblem, match=r"words\.txt"):
        locate(None, tmp_path)
    assert install(archive, tmp_path) == locate(None, tmp_path) == folder
    shutil.rmtree(folder.path)
    with pytest.raises(ModelProblem, match="no model folder"):
        locate(None, tmp_path)


def test_the_same_archive_twice_is_fine_and_leaves_nothing_else(tmp_path: Path, stick: Path) -> None:
    first = install(str(stick / f"{SMALL}.zip"), tmp_path)
    assert install(str(stick / f"{SMALL}.zip"), tmp_path) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == [".active", SMALL]


def test_an_archive_without_a_top_folder_is_named_by_its_file(tmp_path: Path) -> None:
    archive = create_zip(tmp_path / "my-model.zip", create_model(tmp_path / "source"), ".")
    assert install(str(archive), tmp_path / "models").path == tmp_path / "models" / "my-model"


def _link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


UNSAFE = {
    "climbs out": ("m/../../evil.txt", b"x"),
    "absolute": ("/tmp/evil.txt", b"x"),
    "backslashes": ("m\\..\\..\\evil.txt", b"x"),
    "drive": ("C:/evil.txt", b"x"),
    "link": (_link("m/evil"), b"/etc/passwd"),
    "bomb": ("m/evil.bin", bytes(32 << 20)),
    "hidden name": (".evil/am/final.mdl", b"x"),
}


@pytest.mark.parametrize(("entry", "content"), UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_archives_are_refused_and_write_nothing(
    tmp_path: Path, entry: str | zipfile.ZipInfo, content: bytes
) -> None:
    archive, models = tmp_path / "evil.zip", tmp_path / "models"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        if isinstance(entry, str):
            entry = zipfile.ZipInfo(entry)
            entry.compress_type = zipfile.ZIP_DEFLATED
        out.writestr(entry, content)
    with pytest.raises(ModelProblem) as problem:
        install(str(archive), models)
    assert problem.value.code == "archive-unsafe"
    assert list(models.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir() if "evil" in path.name] == ["evil.zip"]


def test_archives_that_are_no_models_leave_nothing(tmp_path: Path, stick: Path) -> None:
    whole = (stick / f"{SMALL}.zip").read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 3] ^= 0xFF
    cases = {
        "page.zip": (b"<html>", "archive-broken"),
        "half.zip": (whole[: len(whole) // 2], "archive-broken"),
        "damaged.zip": (bytes(damaged), "archive-broken"),
    }
    for name, (content, _) in cases.items():
        (tmp_path / name).write_bytes(content)
    create_zip(tmp_path / "incomplete.zip", create_model(tmp_path / "source", "conf/mfcc.conf"), "incomplete")
    for name, code in [(n, c) for n, (_, c) in cases.items()] + [
        ("incomplete.zip", "model-broken"),
        ("absent.zip", "model-missing"),
    ]:
        with pytest.raises(ModelProblem) as problem:
            install(str(tmp_path / name), tmp_path / "models")
        assert problem.value.code == code, name
    assert list((tmp_path / "models").iterdir()) == []


class _Publisher(http.server.BaseHTTPRequestHandler):
    """Serves the archive with ranges; the first answer breaks off in the middle."""

    archive = b""
    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Range"))
        if not self.path.endswith(f"/{SMALL}.zip"):
            self.send_error(404)
            return
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        body = self.archive[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if len(self.asked) == 1 else body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def publisher(stick: Path) -> Iterator[tuple[str, list[str | None]]]:
    handler = type(
        "Publisher", (_Publisher,), {"archive": (stick / f"{SMALL}.zip").read_bytes(), "asked": []}
    )
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", handler.asked
        server.shutdown()
        thread.join()


def test_a_broken_download_goes_on_where_it_stopped(
    tmp_path: Path, publisher: tuple[str, list[str | None]], stick: Path
) -> None:
    url, asked = publisher
    size = (stick / f"{SMALL}.zip").stat().st_size
    with pytest.raises(ModelProblem, match="USB stick") as problem:
        install(SMALL, tmp_path, base_url=url)
    assert problem.value.code == "download-failed"
    assert installed(tmp_path) == []
    steps: list[tuple[int, int | None]] = []
    folder = install(SMALL, tmp_path, lambda done, total: steps.append((done, total)), url)
    assert asked == [None, f"bytes={size // 2}-"]
    assert steps[-1] == (size, size)
    assert installed(tmp_path) == [folder]
    assert install(SMALL, tmp_path, base_url="http://127.0.0.1:9/") == folder
    assert sorted(path.name for path in tmp_path.iterdir()) == [".active", SMALL]


def test_no_network_and_unknown_names_say_what_to_do(
    tmp_path: Path, publisher: tuple[str, list[str | None]]
) -> None:
    for name, url, code, advice in [
        (SMALL, "http://127.0.0.1:9/", "download-failed", "USB stick"),
        (LARGE, publisher[0], "download-failed", "404"),
        ("vosk-model-xx", publisher[0], "model-unknown", LARGE),
    ]:
        with pytest.raises(ModelProblem, match=advice) as problem:
            install(name, tmp_path, base_url=url)
        assert problem.value.code == code
