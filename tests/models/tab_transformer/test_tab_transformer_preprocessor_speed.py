"""A whole table is encoded at a million cells a second or more."""

import time

import numpy as np
import pandas as pd
import pytest

from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

pytestmark = [pytest.mark.no_tensors, pytest.mark.large]


def mixed_columns(rows=45_000):
    rng = np.random.default_rng(0)
    words = np.array([f"category {i}" for i in range(40)])
    numbers = {f"n{i}": rng.lognormal(2, 1, rows) for i in range(4)}
    integers = {f"i{i}": rng.integers(0, 5000, rows) for i in range(3)}
    texts = {f"s{i}": words[rng.integers(0, 4 * i + 2, rows)] for i in range(9)}
    return {**numbers, **integers, **texts}


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_a_million_cells_a_second(dtype):
    frame = pd.DataFrame(mixed_columns())
    for name in [name for name in frame if name.startswith("s")]:
        frame[name] = frame[name].astype(dtype)
    preprocessor = TabTransformerPreprocessor(num_bins=48).adapt(frame)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        preprocessor(frame)
        seconds.append(time.process_time() - start)
    assert frame.size / min(seconds) > 1e6
