"""The layout of a sherpa-onnx transducer: encoder, decoder and joiner as ONNX, and tokens.txt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from speech.model_files import broken, check_file

# The features of all of icefall's Zipformer models; sherpa-onnx brings any other rate to it.
SAMPLE_RATE = 16_000
_TOKENS = "tokens.txt"
# The first field of every ONNX file is its version (ModelProto.ir_version, a varint).
_ONNX = b"\x08"
# Metadata that only streaming encoders carry; it is written at the end of the file.
_STREAMING = b"decode_chunk_len"
_TAIL = 1 << 16


@dataclass(frozen=True, slots=True)
class SherpaFiles:
    """Which of the published variants is loaded."""

    encoder: Path
    decoder: Path
    joiner: Path
    tokens: Path


def is_sherpa(path: Path) -> bool:
    """Whether a folder looks like a sherpa-onnx model rather than a Vosk one."""
    return (path / _TOKENS).exists() or any(path.glob("encoder*.onnx"))


def check(path: Path) -> SherpaFiles:
    """The files to load; raises ModelProblem model-broken.

    Of encoder and joiner the 8-bit file where there is one, of the small decoder the exact one, as its publisher
    runs them. sherpa-onnx would end the process on some damaged files rather than complain.
    """
    files = SherpaFiles(
        encoder=_part(path, "encoder", quantized=True),
        decoder=_part(path, "decoder", quantized=False),
        joiner=_part(path, "joiner", quantized=True),
        tokens=path / _TOKENS,
    )
    with files.encoder.open("rb") as encoder:
        encoder.seek(max(0, files.encoder.stat().st_size - _TAIL))
        if _STREAMING in encoder.read():
            raise broken(path, "it is a streaming model; take one for whole recordings (without 'streaming')")
    _check_tokens(path)
    return files


def _part(path: Path, name: str, *, quantized: bool) -> Path:
    found = sorted(path.glob(f"{name}*.onnx"), key=lambda file: (".int8." in file.name) != quantized)
    if not found:
        raise broken(path, f"it has no {name}*.onnx")
    check_file(path, found[0].name, _ONNX)
    return found[0]


def _check_tokens(path: Path) -> None:
    check_file(path, _TOKENS)
    try:
        lines = (path / _TOKENS).read_text("utf-8").splitlines()
        numbers = [int(line.split()[1]) for line in lines]
    except (ValueError, IndexError) as error:
        raise broken(path, f"{_TOKENS} is not a list of tokens and numbers") from error
    if sorted(numbers) != list(range(len(numbers))):
        raise broken(path, f"{_TOKENS} does not number its tokens from 0 on")
