"""OpenFst's `ngram` file, the type of Gr.fst in Vosk's small models, as arrays and back.

The bindings on PyPI (pynini, kaldifst) are built without this type, so the file is read and written here, as in
https://github.com/alphacep/openfst/blob/master/src/include/fst/extensions/ngram/ngram-fst.h. A state is a
context, the words before; the contexts form a tree in which a child adds one older word. States are numbered
breadth first, so two bit strings say everything about the tree and about which state has which words.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech.errors import ModelProblem

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_FST_MAGIC, _SYMBOLS_MAGIC = 2125659606, 2125658996
_HEADER = struct.Struct("<iiQqqq")  # version, flags, properties, start, states, arcs
_COUNTS = struct.Struct("<QQQ")  # states, words in all of them, final states
_SYMBOLS = (1, 2)  # flags: an input and an output symbol table follow the header
_VERSION = 4


@dataclass(frozen=True, slots=True)
class NgramFst:
    """A back-off language model; every number is -ln of a probability.

    State 0 is the empty context, state 1 the start of an utterance (its word is 0). `older` (states,) is the oldest
    word of each state's context and `parent` (states,) the state without it; both are -1 for state 0. Words of state
    s are `words[first[s]:first[s + 1]]`, ascending, with `costs`; `backoff` (states,) leads to the parent, `final`
    (states,) ends the utterance, infinite where only the parent can. `symbols` are the words' names by number where
    the file holds them. `prefix` is what stands before the counts, to be written back.
    """

    prefix: bytes
    symbols: dict[int, str] | None
    parent: Integers
    older: Integers
    backoff: Floats
    final: Floats
    first: Integers
    words: Integers
    costs: Floats

    @property
    def states(self) -> int:
        return len(self.parent)


def read(file: Path) -> NgramFst:
    """Read a Gr.fst; raises ModelProblem "model-broken", or "not-adaptable" when it is of another type."""
    data = file.read_bytes()
    try:
        return parse(data)
    except _OtherType as other:
        raise ModelProblem(
            "not-adaptable",
            f"{file} is an OpenFst file of the type {other}; only the type ngram, as in Vosk's small models, can be adapted",
        ) from other
    except (struct.error, ValueError, IndexError) as error:
        raise ModelProblem("model-broken", f"{file} is damaged ({error}); install the model again") from error


def to_bytes(fst: NgramFst) -> bytes:
    """The file that libvosk reads."""
    states, futures = fst.states, len(fst.words)
    children = np.bincount(fst.parent[1:], minlength=states)
    finals = np.isfinite(fst.final)
    prefix = bytearray(fst.prefix)
    struct.pack_into("<q", prefix, _states_at(fst.prefix), states)
    return b"".join(
        [
            bytes(prefix),
            _COUNTS.pack(states, futures, int(finals.sum())),
            _pack_bits(np.concatenate([[1, 0], _unary(children)])),
            _pack_bits(np.concatenate([[0], _unary(np.diff(fst.first))])),
            _pack_bits(finals),
            fst.older.astype("<i4").tobytes(),
            np.int32(0).tobytes(),  # the format has one place more than states
            fst.words.astype("<i4").tobytes(),
            fst.backoff.astype("<f4").tobytes(),
            np.float32(0).tobytes(),
            fst.final[finals].astype("<f4").tobytes(),
            fst.costs.astype("<f4").tobytes(),
            np.float32(0).tobytes(),
        ]
    )


class _OtherType(Exception):
    pass


def parse(data: bytes) -> NgramFst:
    """The arrays of a file's bytes; raises ValueError, IndexError or struct.error for damaged ones."""
    magic, kind, at = _fst_type(data)
    if magic != _FST_MAGIC:
        raise ValueError("not an OpenFst file")
    if kind != "ngram":
        raise _OtherType(kind)
    version, flags, _, _, _, _ = _HEADER.unpack_from(data, at)
    if version != _VERSION:
        raise _OtherType(f"ngram version {version}")
    at += _HEADER.size
    symbols = None
    for flag in _SYMBOLS:
        if flags & flag:
            symbols, at = _symbol_table(data, at)
    start, reader = at, _Reader(data, at + _COUNTS.size)
    states, futures, finals = _COUNTS.unpack_from(data, at)
    if max(states, futures) > 8 * len(data) or states < 2:
        raise ValueError("impossible counts")
    tree = reader.bits(2 * states + 1)
    counts = np.diff(np.flatnonzero(reader.bits(futures + states + 1) == 0)) - 1
    is_final = reader.bits(states).astype(bool)
    older = reader.numbers("<i4", states + 1)[:states].astype(np.int64)
    words = reader.numbers("<i4", futures).astype(np.int64)
    backoff = reader.numbers("<f4", states + 1)[:states].astype(np.float64)
    final = np.full(states, np.inf)
    final[is_final] = reader.numbers("<f4", finals)
    costs = reader.numbers("<f4", futures).astype(np.float64)
    nodes = np.flatnonzero(tree)
    parent = nodes - np.arange(states) - 1  # zeros before the state's own bit, less the pseudo-root's
    if len(counts) != states or counts.sum() != futures or (parent[1:] >= np.arange(1, states)).any():
        raise ValueError("the tree of contexts does not fit the counts")
    if np.isnan(costs).any() or np.isnan(backoff).any() or (futures and words.min() < 1):
        raise ValueError("a weight is no number")
    first = np.concatenate([[0], np.cumsum(counts)])
    return NgramFst(data[:start], symbols, parent, older, backoff, final, first, words, costs)


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def bits(self, count: int) -> NDArray[np.uint8]:
        packed = self.numbers("u1", (count + 63) // 64 * 8)
        return np.unpackbits(packed, count=count, bitorder="little")

    def numbers(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at += found.nbytes
        return found


def _fst_type(data: bytes) -> tuple[int, str, int]:
    """The magic number, the type's name, and where the numbers of the header begin."""
    (magic,) = struct.unpack_from("<i", data)
    kind, at = _string(data, 4)
    _, at = _string(data, at)  # the arc's type
    return magic, kind.decode("ascii", "replace"), at


def _states_at(prefix: bytes) -> int:
    return _fst_type(prefix)[2] + struct.calcsize("<iiQq")


def _symbol_table(data: bytes, at: int) -> tuple[dict[int, str], int]:
    """OpenFst's SymbolTable: magic, name, the next free number, how many, then name and number of each."""
    if struct.unpack_from("<i", data, at) != (_SYMBOLS_MAGIC,):
        raise ValueError("the symbol table is not one")
    _, at = _string(data, at + 4)
    _, count = struct.unpack_from("<qq", data, at)
    at += 16
    symbols = {}
    for _ in range(count):
        name, at = _string(data, at)
        (number,) = struct.unpack_from("<q", data, at)
        at += 8
        symbols[number] = name.decode("utf-8")
    return symbols, at


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<i", data, at)
    if not 0 <= length <= len(data) - at - 4:
        raise ValueError("a name is longer than the file")
    return data[at + 4 : at + 4 + length], at + 4 + length


def _unary(counts: Integers) -> NDArray[np.uint8]:
    """As many ones as each count says, and a zero after them."""
    bits = np.ones(int(counts.sum()) + len(counts), np.uint8)
    bits[np.cumsum(counts + 1) - 1] = 0
    return bits


def _pack_bits(bits: NDArray[Any]) -> bytes:
    packed = np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
    return packed + bytes(-len(packed) % 8)
