"""A model is whole or refused by name, and gets onto the machine whole or not at all."""

from __future__ import annotations

import bz2
import fcntl
import http.server
import io
import os
import re
import shutil
import stat
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from speech.catalogue import OFFICIAL, OfficialModel
from speech.cli import main
from speech.errors import ModelProblem
from speech.models import DEMO_MODEL, install, installed, languages, locate, remove, successor, use, verify
from tests.speech.tiny_transducer import create_tiny_transducer

SMALL = "vosk-model-small-vn-0.4"
LARGE = "vosk-model-vn-0.4"
ENGLISH = "vosk-model-small-en-us-0.15"
ZIPFORMER = "sherpa-onnx-zipformer-vi-int8-2025-04-20"


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


def test_archives_with_names_that_are_no_text_or_a_damaged_method_are_broken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "name.zip", "w") as out:
        out.writestr("é", b"x")
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as out:
        out.writestr("m", bytes(5000))
    for file, at in (("name.zip", "é".encode()), ("lzma.zip", b"m\x09\x04\x05\x00")):
        content = (tmp_path / file).read_bytes()
        assert at in content
        (tmp_path / file).write_bytes(content.replace(at, at[: -len(at) // 2] + b"\xff" * (len(at) // 2)))
    with tarfile.open(tmp_path / "name.tar.bz2", "w:bz2", format=tarfile.PAX_FORMAT) as out:
        out.addfile(_tar_entry("m", pax_headers={"path": "m/\0"}))
    for file in ("name.zip", "lzma.zip", "name.tar.bz2"):
        with pytest.raises(ModelProblem) as problem:
            install(str(tmp_path / file), tmp_path / "models")
        assert problem.value.code == "archive-broken", file


@pytest.mark.parametrize("said", [b"\xff\xfe", b"/../../en", b"", b"new"])
def test_a_model_that_says_no_language_has_that_of_its_name(tmp_path: Path, said: bytes) -> None:
    source = create_model(tmp_path / "source")
    (source / "LANGUAGE").write_bytes(said)
    folder = install(str(create_zip(tmp_path / "m.zip", source, ENGLISH)), tmp_path / "models")
    assert folder == locate(None, tmp_path / "models", "en")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [".active.en", ENGLISH]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, stick: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelProblem, match="Not a directory") as problem:
        install(str(stick / f"{SMALL}.zip"), tmp_path / "file" / "models")
    assert problem.value.code == "not-writable"


def _tar_entry(name: str, kind: bytes = tarfile.REGTYPE, **facts: object) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    for fact, value in facts.items():
        setattr(entry, fact, value)
    return entry


UNSAFE_TAR = {
    "climbs out": (_tar_entry("m/../../evil.txt"), b"x"),
    "absolute": (_tar_entry("/tmp/evil.txt"), b"x"),
    "link": (_tar_entry("m/evil", tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
    "hard link": (_tar_entry("m/evil", tarfile.LNKTYPE, linkname="../../etc/passwd"), b""),
    "device": (_tar_entry("m/evil", tarfile.CHRTYPE), b""),
    "bomb": (_tar_entry("m/evil.bin"), bytes(32 << 20)),
    "a long name that is a bomb": (_tar_entry("m/evil", tarfile.GNUTYPE_LONGNAME), bytes(1 << 20)),
    "notes that are a bomb": (_tar_entry("m/evil", tarfile.XHDTYPE), bytes(1 << 20)),
}


@pytest.mark.parametrize(("entry", "content"), UNSAFE_TAR.values(), ids=UNSAFE_TAR.keys())
def test_unsafe_tars_are_refused_and_write_nothing(
    tmp_path: Path, entry: tarfile.TarInfo, content: bytes
) -> None:
    archive, models = tmp_path / "evil.tar.bz2", tmp_path / "models"
    with tarfile.open(archive, "w:bz2", compresslevel=1) as out:
        out.addfile(_tar_entry("m/tokens.txt"), io.BytesIO())
        entry.size = len(content)
        out.addfile(entry, io.BytesIO(content))
    with pytest.raises(ModelProblem) as problem:
        install(str(archive), models)
    assert problem.value.code == "archive-unsafe"
    assert list(models.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir() if "evil" in path.name] == ["evil.tar.bz2"]


@pytest.fixture(scope="module")
def zipformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the second engine as its publisher packs them."""
    folder = tmp_path_factory.mktemp("zipformer")
    model = create_tiny_transducer(folder / ZIPFORMER)
    (model / "test_wavs").mkdir()
    (model / "test_wavs" / "0.wav").write_bytes(b"RIFF")
    archive = folder / f"{ZIPFORMER}.tar.bz2"
    with tarfile.open(archive, "w:bz2") as out:
        out.add(model, ZIPFORMER)
    return archive


def test_a_model_of_the_second_engine_is_installed_from_its_archive(tmp_path: Path, zipformer: Path) -> None:
    folder = install(str(zipformer), tmp_path)
    assert (folder.name, folder.engine, folder.language) == (ZIPFORMER, "sherpa-onnx", "vi")
    assert locate(None, tmp_path) == folder
    assert sorted(path.name for path in tmp_path.iterdir()) == [".active", ZIPFORMER]


def test_damaged_tars_leave_nothing(tmp_path: Path, zipformer: Path) -> None:
    whole = zipformer.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    unpacked = bz2.decompress(whole)
    for content in (b"<html>", b"", whole[: len(whole) // 2], bytes(damaged), bz2.compress(unpacked[:2000])):
        (tmp_path / "m.tar.bz2").write_bytes(content)
        with pytest.raises(ModelProblem) as problem:
            install(str(tmp_path / "m.tar.bz2"), tmp_path / "models")
        assert problem.value.code in ("archive-broken", "model-broken"), content[:10]
        assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "language"),
    [(LARGE, "vi"), (ENGLISH, "en"), (ZIPFORMER, "vi"), ("vosk-model-en-us-0.22-lgraph", "en"), ("my-own", "vi"),
     ("sherpa-onnx-zipformer-en-2023-06-26", "en"), ("vosk-model-small-vn-0.4+24823", "vi")],
)  # fmt: skip
def test_the_language_is_told_by_the_name(tmp_path: Path, name: str, language: str) -> None:
    assert verify(create_model(tmp_path / name)).language == language


def test_every_model_of_the_catalogue_is_named_and_read_by_its_name(tmp_path: Path) -> None:
    for name, model in OFFICIAL.items():
        assert model.name == name
        assert model.url.endswith(f"/{model.archive}")
        assert verify(create_model(tmp_path / name)).language == model.language


def test_each_language_has_its_own_model_in_use(tmp_path: Path, stick: Path, zipformer: Path) -> None:
    models = tmp_path / "models"
    small = str(stick / f"{SMALL}.zip")
    install(small, models)
    assert languages(models) == ["vi"]
    with pytest.raises(ModelProblem, match="vosk-model-en-us") as problem:
        locate(None, models, "en")
    assert problem.value.code == "model-missing"
    archive = create_zip(tmp_path / f"{ENGLISH}.zip", create_model(tmp_path / "source"), ENGLISH)
    install(str(archive), models)
    assert languages(models) == ["vi", "en"]
    assert (locate(None, models).name, locate(None, models, "en").name) == (SMALL, ENGLISH)
    install(str(zipformer), models)
    assert (locate(None, models).name, locate(None, models, "en").name) == (ZIPFORMER, ENGLISH)
    assert use(SMALL, models) == locate(None, models)
    assert use(DEMO_MODEL.name, models).is_demonstration
    assert locate(None, models).path == DEMO_MODEL
    # What its name says is wrong, and whoever installs it says so.
    own = install(
        str(create_zip(tmp_path / "vn-own.zip", tmp_path / "source", "vn-own")), models, language="en"
    )
    assert locate(None, models, "en") == own
    assert own.fingerprint() == verify(models / ENGLISH).fingerprint()
    with pytest.raises(ModelProblem, match="language"):
        install(small, models, language="English")


def test_a_model_in_use_is_not_removed_by_mistake(tmp_path: Path) -> None:
    for name in (SMALL, LARGE, ENGLISH):
        create_model(tmp_path / name)
    use(SMALL, tmp_path)
    for name in (SMALL, ENGLISH, DEMO_MODEL.name):
        with pytest.raises(ModelProblem) as problem:
            remove(name, tmp_path)
        assert problem.value.code == "model-in-use"
    for name in ("none", "../models", ".", "/etc", ""):
        with pytest.raises(ModelProblem) as problem:
            remove(name, tmp_path)
        assert problem.value.code == "model-missing"
    after = successor(SMALL, tmp_path)
    assert after is not None and after.name == LARGE
    remove(SMALL, tmp_path, in_use_too=True)
    assert locate(None, tmp_path).name == LARGE
    (tmp_path / LARGE / "am" / "final.mdl").unlink()
    remove(LARGE, tmp_path, in_use_too=True)
    assert locate(None, tmp_path).is_demonstration
    assert successor(ENGLISH, tmp_path) is None
    remove(ENGLISH, tmp_path, in_use_too=True)
    assert languages(tmp_path) == ["vi"]
    assert list(tmp_path.iterdir()) == []


def test_the_commands_show_what_is_in_use_and_what_comes_instead(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        command = ["model", *arguments, "--models-dir", str(tmp_path)]
        return CliRunner().invoke(main, command, env={"VOSK_MODEL": None}).output

    for name in (SMALL, LARGE, ENGLISH):
        create_model(tmp_path / name)
    assert run("use", SMALL) == f"{SMALL} is in use for vi\n"
    starred = [line.split()[1] for line in run("list").splitlines() if line.startswith("*")]
    assert starred == [SMALL, ENGLISH]
    refused = run("remove", SMALL)
    assert "choose another first" in refused and f"or say --yes: then {LARGE} is used instead" in refused
    assert run("remove", SMALL, "--yes") == f"{SMALL} is removed; {LARGE} is used instead\n"
    assert run("use", LARGE) and run("remove", ENGLISH, "--yes").endswith("are read as Vietnamese\n")
    assert run("remove", DEMO_MODEL.name).endswith("[model-in-use]\n")


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
        with suppress(ConnectionError):  # whoever asked may have seen enough
            self.wfile.write(body[: len(body) // 2] if len(self.asked) == 1 else body)

    def log_message(self, *args: object) -> None:
        pass


def at(url: str, *names: str, size_mb: int = 5) -> dict[str, OfficialModel]:
    """A catalogue of the publisher's models; the demonstration's archive has about 5 MB."""
    return {name: OfficialModel(f"{url}{name}.zip", size_mb, "vi", "") for name in names}


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
        install(SMALL, tmp_path, catalogue=at(url, SMALL))
    assert problem.value.code == "download-failed"
    assert installed(tmp_path) == []
    steps: list[tuple[int, int | None]] = []
    folder = install(
        SMALL, tmp_path, lambda done, total: steps.append((done, total)), catalogue=at(url, SMALL)
    )
    assert asked == [None, f"bytes={size // 2}-"]
    assert steps[-1] == (size, size)
    assert installed(tmp_path) == [folder]
    assert install(SMALL, tmp_path, catalogue=at("http://127.0.0.1:9/", SMALL)) == folder
    assert sorted(path.name for path in tmp_path.iterdir()) == [".active", SMALL]


def test_changes_wait_for_each_other_and_clear_what_a_killed_one_left(
    tmp_path: Path, publisher: tuple[str, list[str | None]], stick: Path
) -> None:
    free: list[bool] = []

    def step(done: int, total: int | None) -> None:
        folder = os.open(tmp_path, os.O_RDONLY)
        with suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free.append(True)
        os.close(folder)

    with pytest.raises(ModelProblem, match="broke off"):
        install(SMALL, tmp_path, step, catalogue=at(publisher[0], SMALL))
    assert not free and publisher[1] == [None]
    # Killed while it unpacked: the archive is whole, and is not fetched again.
    (tmp_path / f".{SMALL}.zip.part").unlink()
    shutil.copyfile(stick / f"{SMALL}.zip", tmp_path / f".{SMALL}.zip")
    create_model(tmp_path / ".unfinished-x" / SMALL)
    install(SMALL, tmp_path, catalogue=at("http://127.0.0.1:9/", SMALL))
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
            install(name, tmp_path, catalogue=at(url, SMALL, LARGE))
        assert problem.value.code == code


@pytest.mark.parametrize("size_mb", [1, 40])
def test_what_is_no_such_model_by_its_size_is_not_even_fetched(
    tmp_path: Path, publisher: tuple[str, list[str | None]], size_mb: int
) -> None:
    with pytest.raises(ModelProblem, match="instead of about") as problem:
        install(SMALL, tmp_path, catalogue=at(publisher[0], SMALL, size_mb=size_mb))
    assert problem.value.code == "download-failed"
    assert list(tmp_path.iterdir()) == []
