"""Small examples of every public backbone, task and preprocessor, and every preset.

The contract suite runs on these. A new public class needs an entry in `EXAMPLES`; the
suite fails without it. Built-in presets are found by themselves.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

import keras_docs
from keras_docs import registry
from keras_docs.hub import builtin_presets

BASES = {
    "backbone": keras_docs.Backbone,
    "task": keras_docs.Task,
    "preprocessor": keras_docs.Preprocessor,
}


@dataclass(frozen=True)
class Example:
    """Something small to test.

    Args:
        class_name: the public class.
        build: function of a dtype policy (or None) that builds it.
        raw: function of a number of rows: what the class takes, with labels if it
            learns from labels. For a backbone: its arrays.
    """

    class_name: str
    build: Callable[..., Any]
    raw: Callable[[int], Any]

    @property
    def kind(self) -> str:
        cls = registry.public_object(self.class_name)
        return next(kind for kind, base in BASES.items() if issubclass(cls, base))


@functools.cache
def _rows(count: int) -> pd.DataFrame:
    random = np.random.default_rng(7)
    job = np.resize(["cook", "clerk", "nurse"], count)
    age = random.normal(40, 12, count).round(1)
    town = random.choice(["Rome", "Oslo", "Kyiv", "Lima"], count).astype(object)
    town[3::11] = None
    children = np.resize([0, 1, 2, 3], count)
    return pd.DataFrame(
        {
            "job": job,
            "town": town,
            "age": np.where(np.arange(count) % 13 == 5, np.nan, age),
            "height": random.normal(170, 9, count).round(1),
            "children": children,
            "price": 100.0 + 3.0 * age + 20.0 * (job == "clerk"),
            "label": np.where((age > 40) ^ (job == "cook"), "yes", "no"),
        }
    )


def rows(count: int = 40) -> pd.DataFrame:
    """A small table with text, numbers, gaps, and the targets `price` and `label`."""
    return _rows(count).copy()


@functools.cache
def _preprocessor_config(target: str) -> dict:
    preprocessor = keras_docs.TabTransformerPreprocessor(
        target=target,
        columns={"label" if target == "price" else "price": "ignore"},
        numeric_encodings=("standard", "quantile"),
        num_bins=4,
    )
    return preprocessor.adapt(rows()).get_config()


def preprocessor(target: str = "label") -> keras_docs.TabTransformerPreprocessor:
    """A preprocessor that has seen `rows()`."""
    return keras_docs.TabTransformerPreprocessor(**_preprocessor_config(target))


def backbone(dtype: Any = None, **kwargs: Any) -> keras_docs.TabTransformerBackbone:
    """A backbone for `preprocessor()`."""
    encoder = preprocessor()
    sizes = {
        "cardinalities": encoder.cardinalities,
        "num_continuous": encoder.num_continuous,
        "num_ranks": encoder.num_ranks,
        "num_bins": encoder.num_bins,
    }
    small = {"hidden_dim": 8, "num_layers": 1, "num_heads": 2, "dtype": dtype}
    return keras_docs.TabTransformerBackbone(**{**sizes, **small, **kwargs})


def _inputs(count: int) -> dict[str, np.ndarray]:
    return preprocessor().encode_features(rows(count))


def _classifier(dtype: Any = None) -> keras_docs.TabTransformerClassifier:
    return keras_docs.TabTransformerClassifier(
        backbone(dtype), preprocessor=preprocessor()
    )


def _ensemble(dtype: Any = None) -> keras_docs.TabTransformerClassifier:
    return keras_docs.TabTransformerClassifier(
        backbone(dtype, continuous_normalization="batch_norm"),
        preprocessor=preprocessor(),
        hidden_dims=[8],
        hidden_activation="relu",
        batch_normalization=False,
        dropout=0.1,
        num_members=3,
    )


def _regressor(dtype: Any = None) -> keras_docs.TabTransformerRegressor:
    return keras_docs.TabTransformerRegressor(
        backbone(dtype, continuous_normalization="layer_norm", normalize_first=True),
        preprocessor=preprocessor("price"),
        hidden_dims=[8],
    )


EXAMPLES = {
    "TabTransformerPreprocessor": Example(
        "TabTransformerPreprocessor", lambda dtype=None: preprocessor(), rows
    ),
    "TabTransformerBackbone": Example("TabTransformerBackbone", backbone, _inputs),
    "TabTransformerClassifier": Example("TabTransformerClassifier", _classifier, rows),
    "TabTransformerClassifier-ensemble": Example(
        "TabTransformerClassifier", _ensemble, rows
    ),
    "TabTransformerRegressor": Example("TabTransformerRegressor", _regressor, rows),
    "TabTransformerMaskedLM": Example(
        "TabTransformerMaskedLM",
        lambda dtype=None: keras_docs.TabTransformerMaskedLM(
            backbone(dtype), preprocessor()
        ),
        rows,
    ),
    "TabTransformerReplacedTokenDetector": Example(
        "TabTransformerReplacedTokenDetector",
        lambda dtype=None: keras_docs.TabTransformerReplacedTokenDetector(
            backbone(dtype), preprocessor()
        ),
        rows,
    ),
}

# Bases of families: public, but never built.
ABSTRACT: frozenset[str] = frozenset(BASES[kind].__name__ for kind in BASES)


def public_classes() -> dict[str, str]:
    """Name -> kind of every public backbone, task and preprocessor that is built."""
    found = {}
    for name in registry.PUBLIC_NAMES:
        value = registry.public_object(name)
        for kind, base in BASES.items():
            is_one = isinstance(value, type) and issubclass(value, base)
            if is_one and name not in ABSTRACT:
                found[name] = kind
    return found


def ids(*kinds: str) -> list[str]:
    """The examples of some kinds."""
    return [name for name, example in EXAMPLES.items() if example.kind in kinds]


def presets() -> list[str]:
    """The built-in presets."""
    return sorted(builtin_presets())


def load_preset(name: str) -> keras.Model:
    """The task of a built-in preset, or its backbone if it has no task."""
    has_task = (builtin_presets()[name] / "task.json").is_file()
    base = keras_docs.Task if has_task else keras_docs.Backbone
    return base.from_preset(name)


def arrays_for(model: keras.Model, count: int = 5) -> Any:
    """Valid inputs of any model: zeros, but for numbers, which differ."""

    def array(spec: keras.KerasTensor) -> np.ndarray:
        shape = [count, *(size or 4 for size in spec.shape[1:])]
        if "int" in spec.dtype:
            return np.zeros(shape, spec.dtype)
        return np.linspace(0, 1, int(np.prod(shape)), dtype="float32").reshape(shape)

    return keras.tree.map_structure(array, model.input)


def outputs_of(model: Any, x: Any) -> list[np.ndarray]:
    """All outputs of a model or preprocessor, flat, as NumPy arrays."""
    if isinstance(model, keras_docs.Preprocessor):
        return [np.asarray(array) for array in keras.tree.flatten(model(x))]
    if isinstance(model, keras_docs.Task) and getattr(model, "preprocessor", None):
        x = model.preprocess_features(x)
    if keras.backend.backend() == "jax":
        # Op by op, JAX would compile each op by itself: ten times slower.
        model.make_predict_function(force=True)
        outputs = keras.Model.predict_on_batch(model, x)
    else:
        outputs = model(x, training=False)
    outputs = keras.tree.flatten(outputs)
    return [np.asarray(ops.convert_to_numpy(output)) for output in outputs]


def assert_same(first: list, second: list, atol: float = 0.0) -> None:
    """Two results of `outputs_of` are equal, or nearly."""
    assert len(first) == len(second) > 0
    for one, other in zip(first, second, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        one, other = one.astype("float64"), other.astype("float64")
        np.testing.assert_allclose(one, other, rtol=atol, atol=atol)


def move_weights(variables: list[keras.Variable], seed: int = 0) -> None:
    """Moves every weight, so that none has its initial value."""
    random = np.random.default_rng(seed)
    for variable in variables:
        step = random.uniform(-0.1, 0.1, variable.shape)
        if variable.path.endswith(("variance", "scale")):
            step = abs(step)
        variable.assign(ops.add(variable, ops.cast(step, variable.dtype)))


def floating(variables: list[keras.Variable]) -> list[keras.Variable]:
    """Those of floating-point type."""
    return [v for v in variables if "float" in v.dtype]
