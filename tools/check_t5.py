"""Compares real T5 weights, converted, with transformers itself.

python tools/check_t5.py ONNX_FOLDER SPIECE_MODEL

Both arguments are those of `flan_t5_checkpoint.py`, which says where they come from;
its checkpoint is loaded by both libraries. Needs onnx and transformers.
"""

import argparse
import tempfile
from pathlib import Path

import flan_t5_checkpoint
import numpy as np
import torch
from transformers import T5ForConditionalGeneration

import keras_docs

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
        tensors = flan_t5_checkpoint.read_tensors(given.onnx)
        proto = given.spiece.read_bytes()
        flan_t5_checkpoint.write(
            Path(folder), tensors, flan_t5_checkpoint.CONFIG, proto
        )
        ours = keras_docs.DocFormerV2Seq2SeqLM.from_preset(folder)
        theirs = T5ForConditionalGeneration.from_pretrained(folder).eval()
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


if __name__ == "__main__":
    main()
