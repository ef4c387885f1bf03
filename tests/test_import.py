"""`import keras_docs` is instant and imports no backend."""

import json
import statistics

import pytest
from other_process import run_python

import keras_docs

pytestmark = pytest.mark.no_tensors

HEAVY = ("keras", "keras_hub", "tensorflow", "jax", "torch", "numpy", "pandas")
IMPORT = """
import json, sys, time
start = time.perf_counter()
import keras_docs
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted(sys.modules)]))
"""


def test_import_is_quick_and_light():
    runs = [json.loads(run_python(IMPORT)) for _ in range(5)]
    assert statistics.median(seconds for seconds, _ in runs) < 0.2
    for _, modules in runs:
        assert set(HEAVY).isdisjoint(modules)


def test_public_names_load_lazily():
    assert set(keras_docs.PUBLIC_NAMES) <= set(dir(keras_docs))
    assert keras_docs.TabTransformer.__name__ == "TabTransformer"


def test_unknown_name_raises_with_the_nearest():
    with pytest.raises(AttributeError, match="TabTransformr.*`TabTransformer`"):
        keras_docs.TabTransformr  # noqa: B018
