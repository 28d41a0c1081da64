"""A transducer of a few kilobytes that says a word for each tone it hears: real files for the real loader.

The encoder passes every fourth frame of the log-mel features on, the joiner takes for each token the band of its
tone, and the decoder's state, which is the last token, keeps a tone that lasts from being said again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Token: its tone in Hz, and the token that must come before it (None: it begins a word).
TOKENS: dict[str, tuple[float, str | None]] = {
    "▁CHÁY": (500, None),
    "▁NH": (1000, None),
    "À": (1000, "▁NH"),
    "▁RỒI": (2000, None),
}
_BLANKS = ("<blk>", "<sos/eos>", "<unk>")
_MEL_BINS, _LOW_HZ, _HIGH_HZ = 80, 20.0, 16_000 / 2 - 400  # sherpa-onnx's FeatureExtractorConfig
_LOUD = 2.0  # on the scale of the log-mel features, between a faint line and a tone
_NEVER = -1000.0


def create_tiny_transducer(folder: Path, *, subsampling: int = 4) -> Path:
    """Write encoder, decoder, joiner and tokens as a published int8 model lays them out."""
    folder.mkdir(parents=True)
    symbols = [*_BLANKS, *TOKENS]
    (folder / "tokens.txt").write_text("".join(f"{s} {n}\n" for n, s in enumerate(symbols)), "utf-8")
    _save(_encoder(subsampling), folder / "encoder-epoch-1-avg-1.int8.onnx")
    _save(_decoder(symbols), folder / "decoder-epoch-1-avg-1.onnx")
    _save(_joiner(symbols), folder / "joiner-epoch-1-avg-1.int8.onnx")
    return folder


def tones(*parts: tuple[float, float, float], rate: int = 16_000, level: float = 0.3) -> np.ndarray:
    """(start s, end s, Hz) each, on a faint hiss, as float32."""
    length = round(max(end for _, end, _ in parts) * rate) + rate
    samples = np.random.default_rng(3).normal(0, 1e-4, length)
    for start, end, hertz in parts:
        time = np.arange(round(start * rate), round(end * rate))
        samples[time] += level * np.sin(2 * np.pi * hertz / rate * time)
    return samples.astype(np.float32)


def _band(hertz: float) -> int:
    def mel(f: float) -> float:
        return 1127 * np.log(1 + f / 700)

    width = (mel(_HIGH_HZ) - mel(_LOW_HZ)) / (_MEL_BINS + 1)
    return round((mel(hertz) - mel(_LOW_HZ)) / width) - 1


def _encoder(subsampling: int) -> onnx.ModelProto:
    constants = [
        numpy_helper.from_array(np.array(value, np.int64), name)
        for name, value in {"zero": [0], "end": [1 << 30], "time": [1], "step": [subsampling], "factor": subsampling}.items()
    ]  # fmt: skip
    nodes = [
        helper.make_node("Slice", ["x", "zero", "end", "time", "step"], ["encoder_out"]),
        helper.make_node("Div", ["x_lens", "factor"], ["encoder_out_lens"]),
    ]
    inputs = [
        _value("x", TensorProto.FLOAT, ["N", "T", _MEL_BINS]),
        _value("x_lens", TensorProto.INT64, ["N"]),
    ]
    outputs = [
        _value("encoder_out", TensorProto.FLOAT, ["N", "U", _MEL_BINS]),
        _value("encoder_out_lens", TensorProto.INT64, ["N"]),
    ]
    return _model("encoder", nodes, inputs, outputs, constants, {"model_type": "zipformer2"})


def _decoder(symbols: list[str]) -> onnx.ModelProto:
    # Row: the last token; column: what it adds to a token's score.
    after = np.zeros((len(symbols), len(symbols)), np.float32)
    for number, symbol in enumerate(symbols[len(_BLANKS) :], len(_BLANKS)):
        tone, before = TOKENS[symbol]
        for last, previous in enumerate(symbols):
            said = previous in TOKENS and TOKENS[previous][0] == tone
            after[last, number] = 0.0 if (previous == before if before else not said) else _NEVER
    constants = [
        numpy_helper.from_array(after, "after"),
        numpy_helper.from_array(np.array(1, np.int64), "last"),
    ]
    nodes = [
        helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
        helper.make_node("Gather", ["after", "token"], ["decoder_out"], axis=0),
    ]
    inputs = [_value("y", TensorProto.INT64, ["N", 2])]
    outputs = [_value("decoder_out", TensorProto.FLOAT, ["N", len(symbols)])]
    facts = {"vocab_size": str(len(symbols)), "context_size": "2"}
    return _model("decoder", nodes, inputs, outputs, constants, facts)


def _joiner(symbols: list[str]) -> onnx.ModelProto:
    weights = np.zeros((_MEL_BINS, len(symbols)), np.float32)
    bias = np.full(len(symbols), -_LOUD, np.float32)
    bias[: len(_BLANKS)] = 0.0, _NEVER, _NEVER
    for number, symbol in enumerate(symbols[len(_BLANKS) :], len(_BLANKS)):
        weights[_band(TOKENS[symbol][0]), number] = 1.0
    constants = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")]
    nodes = [
        helper.make_node("MatMul", ["encoder_out", "weights"], ["bands"]),
        helper.make_node("Add", ["bands", "bias"], ["heard"]),
        helper.make_node("Add", ["heard", "decoder_out"], ["logit"]),
    ]
    inputs = [
        _value("encoder_out", TensorProto.FLOAT, ["N", _MEL_BINS]),
        _value("decoder_out", TensorProto.FLOAT, ["N", len(symbols)]),
    ]
    outputs = [_value("logit", TensorProto.FLOAT, ["N", len(symbols)])]
    return _model("joiner", nodes, inputs, outputs, constants, {"joiner_dim": str(_MEL_BINS)})


def _value(name: str, kind: int, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def _model(
    name: str,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: list[onnx.TensorProto],
    facts: dict[str, str],
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    # As old as icefall's exports, so that any onnxruntime reads it.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return model


def _save(model: onnx.ModelProto, file: Path) -> None:
    file.write_bytes(model.SerializeToString())
