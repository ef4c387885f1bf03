"""Small examples of every public backbone, task and preprocessor, and every preset.

The contract suite runs on these. A new public class needs an entry in `EXAMPLES`; the
suite fails without it. Built-in presets are found by themselves.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import docformer_examples
import keras
import keras_hub
import nlu_examples
import numpy as np
import page_examples
import pandas as pd
import pytest
from keras import ops
from xr_examples import documents, learnable

import keras_docs
from keras_docs import registry
from keras_docs.hub import builtin_presets
from keras_docs.models.xr.xr_backbone import XRBackbone

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
        has_arrays: whether there are weights in sparse NumPy arrays, which know no
            dtype policy, gradients, LoRA, quantization by layer, nor h5 files.
        atol: how far a loaded copy may be off: what it computes by a graph of its own
            may be rounded otherwise.
    """

    class_name: str
    build: Callable[..., Any]
    raw: Callable[[int], Any]
    has_arrays: bool = False
    atol: float = 0.0

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


def _xr_linear(dtype: Any = None, seed: int = 0) -> keras_docs.XRLinear:
    model = keras_docs.XRLinear(
        24, 12, branching=2, max_leaf_size=3, seed=seed, dtype=dtype
    )
    return model.fit(*learnable(), verbose=0)


def _xr_ensemble(dtype: Any = None) -> keras_docs.XREnsemble:
    return keras_docs.XREnsemble([_xr_linear(dtype, 0), _xr_linear(dtype, 1)])


def _xr_preprocessor(dtype: Any = None) -> keras_docs.XRRankerPreprocessor:
    return keras_docs.XRRankerPreprocessor().adapt(*documents(60))


def _xr_ranker(dtype: Any = None, ensemble: int = 1) -> keras_docs.XRRanker:
    ranker = keras_docs.XRRanker(
        ensemble=ensemble, xr_linear={"branching": 2, "max_leaf_size": 3}
    )
    ranker.fit(*documents(60), verbose=0)
    return ranker.calibrate(*documents(60, seed=1))


def _matcher(dtype: Any = None) -> keras_docs.NearestLabelMatcher:
    model = keras_docs.NearestLabelMatcher(24, 12, dim=16, dtype=dtype)
    return model.fit(*learnable())


def _token_preprocessor(dtype: Any = None) -> keras_docs.XRTransformerPreprocessor:
    words = sorted({word for text in documents(60)[0] for word in text.split()})
    tokenizer = keras_hub.tokenizers.BertTokenizer(
        vocabulary=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    )
    return keras_docs.XRTransformerPreprocessor(tokenizer, 8).adapt(*documents(60))


@functools.cache
def _tokens(count: int) -> Any:
    return _token_preprocessor().encode_features(_texts(count))


def _xr_transformer(dtype: Any = None) -> keras_docs.XRTransformer:
    encoder = keras_hub.models.BertBackbone(
        vocabulary_size=60,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=8,
        dropout=0.0,
    )
    model = keras_docs.XRTransformer(encoder, steps=0, max_leaf_size=2, branching=2)
    preprocessor = _token_preprocessor()
    y = preprocessor.encode_labels(documents(60)[1])
    return model.fit(_tokens(60), y, verbose=0)


def _features(count: int) -> Any:
    return learnable(rows=count)[0]


def _texts(count: int) -> list[str]:
    return documents(count)[0]


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
    "MultilingualNLUPreprocessor": Example(
        "MultilingualNLUPreprocessor",
        lambda dtype=None: nlu_examples.preprocessor(),
        nlu_examples.utterances,
    ),
    "MultilingualNLUBackbone": Example(
        "MultilingualNLUBackbone", nlu_examples.backbone, nlu_examples.encoded
    ),
    "MultilingualNLUBackbone-post-norm": Example(
        "MultilingualNLUBackbone",
        lambda dtype=None: nlu_examples.backbone(
            dtype, normalize_first=False, embedding_dim=4
        ),
        nlu_examples.encoded,
    ),
    "MultilingualNLU": Example(
        "MultilingualNLU",
        lambda dtype=None: nlu_examples.model(
            dtype, token_dropout=0.05, ngram_buckets=50, ngram_dim=4
        ),
        nlu_examples.utterances,
    ),
    "MultilingualNLU-xlm-roberta": Example(
        "MultilingualNLU", nlu_examples.model_on_xlm_roberta, nlu_examples.utterances
    ),
    "MultilingualNLUMaskedLM": Example(
        "MultilingualNLUMaskedLM", nlu_examples.masked_lm, nlu_examples.utterances
    ),
    "MultilingualNLUSeq2SeqPreprocessor": Example(
        "MultilingualNLUSeq2SeqPreprocessor",
        lambda dtype=None: nlu_examples.seq_2_seq_preprocessor(),
        nlu_examples.utterances,
    ),
    "MultilingualNLUSeq2Seq": Example(
        "MultilingualNLUSeq2Seq", nlu_examples.seq_2_seq, nlu_examples.short_utterances
    ),
    "DocFormerV2Backbone": Example(
        "DocFormerV2Backbone", docformer_examples.backbone, docformer_examples.pages
    ),
    "DocFormerV2Backbone-encoder": Example(
        "DocFormerV2Backbone", docformer_examples.encoder, docformer_examples.questions
    ),
    "DocFormerV2Preprocessor": Example(
        "DocFormerV2Preprocessor",
        lambda dtype=None: page_examples.preprocessor(image_shape=(8, 4, 1)),
        page_examples.pages,
    ),
    "DocFormerV2Seq2SeqLM": Example(
        "DocFormerV2Seq2SeqLM",
        docformer_examples.seq_2_seq_lm,
        docformer_examples.raw_pages,
    ),
    "DocFormerV2TokenClassifier": Example(
        "DocFormerV2TokenClassifier",
        docformer_examples.token_classifier,
        lambda count: docformer_examples.raw_pages(count, "label"),
    ),
    "DocFormerV2EntityLinker": Example(
        "DocFormerV2EntityLinker",
        docformer_examples.entity_linker,
        lambda count: docformer_examples.raw_pages(count, "link"),
    ),
    "DocFormerV2Pretrainer": Example(
        "DocFormerV2Pretrainer",
        docformer_examples.pretrainer,
        docformer_examples.raw_pages,
    ),
    "DocFormerV2PretrainerPreprocessor": Example(
        "DocFormerV2PretrainerPreprocessor",
        lambda dtype=None: docformer_examples.pretrainer_preprocessor(),
        page_examples.pages,
    ),
    "XRLinear": Example("XRLinear", _xr_linear, _features, has_arrays=True),
    "XREnsemble": Example("XREnsemble", _xr_ensemble, _features, has_arrays=True),
    "NearestLabelMatcher": Example(
        "NearestLabelMatcher", _matcher, _features, has_arrays=True
    ),
    "XRTransformer": Example(
        "XRTransformer", _xr_transformer, _tokens, has_arrays=True, atol=1e-6
    ),
    "XRTransformerPreprocessor": Example(
        "XRTransformerPreprocessor", _token_preprocessor, _texts, has_arrays=True
    ),
    "XRRankerPreprocessor": Example(
        "XRRankerPreprocessor", _xr_preprocessor, _texts, has_arrays=True
    ),
    "XRRanker": Example("XRRanker", _xr_ranker, _texts, has_arrays=True),
    "XRRanker-ensemble": Example(
        "XRRanker",
        lambda dtype=None: _xr_ranker(ensemble=2),
        _texts,
        has_arrays=True,
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


def ids(*kinds: str, has_arrays: bool | None = None) -> list[str]:
    """The examples of some kinds: all, or those with (or without) arrays."""
    return [
        name
        for name, example in EXAMPLES.items()
        if example.kind in kinds and has_arrays in (None, example.has_arrays)
    ]


def one_of_a_family(names: list[str]) -> list[Any]:
    """The names, for checks that take seconds: one backbone and one task of a family.

    The other members of a family are `large`: their layers are the same.
    """
    seen, marked = set(), []
    for name in names:
        cls = registry.public_object(EXAMPLES[name].class_name)
        family = (cls.__module__.rpartition(".")[0], EXAMPLES[name].kind)
        marks = [pytest.mark.large] if family in seen else []
        seen.add(family)
        marked.append(pytest.param(name, marks=marks))
    return marked


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
        # What is masked for pretraining is drawn from NumPy's numbers.
        np.random.seed(0)
        return [as_array(output) for output in keras.tree.flatten(model(x))]
    if ranks(model):
        return list(model.predict(x, 3))
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


def backbone_features(task: keras.Model, raw: Any) -> Any:
    """What a task's backbone takes of the task's own inputs."""
    features = task.preprocess_features(raw)
    if not isinstance(features, dict) or ranks(task):
        return features
    return {name: features[name] for name in task.backbone.input}


def ranks(model: Any) -> bool:
    """Whether a model answers with ranked labels instead of tensors."""
    return isinstance(model, (XRBackbone, keras_docs.XRRanker))


def as_array(output: Any) -> np.ndarray:
    """An output as an array, dense if it is sparse."""
    return output.toarray() if hasattr(output, "toarray") else np.asarray(output)


def preset_outputs(model: keras.Model) -> list[np.ndarray]:
    """What the model of a built-in preset answers to some input."""
    if ranks(model):
        return outputs_of(model, ["music in the city", "water law"])
    if isinstance(model, keras_docs.Task):
        model.preprocessor = None
    return outputs_of(model, arrays_for(model))


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
