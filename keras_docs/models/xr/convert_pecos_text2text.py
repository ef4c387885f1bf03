"""PECOS' text2text models -> `XRRanker`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from keras_docs.models.xr.convert_pecos import load_pecos_xlinear
from keras_docs.models.xr.npy_file import write_npy
from keras_docs.models.xr.pecos_tfidf import PecosTerms, read_pecos_tfidf
from keras_docs.models.xr.string_list_file import write_strings
from keras_docs.models.xr.xr_ensemble import XREnsemble
from keras_docs.models.xr.xr_linear import XRLinear
from keras_docs.models.xr.xr_ranker import XRRanker
from keras_docs.models.xr.xr_ranker_preprocessor import XRRankerPreprocessor


def load_pecos_text2text(folder: str | Path) -> XRRanker:
    """Imports a text2text model that PECOS saved: from text to names of labels.

    The ranker reads texts as PECOS does: its words are what stands between spaces,
    letters keep their case. Terms that are in every text weigh nothing in PECOS and are
    left out.

    Args:
        folder: what `Text2Text.save(folder)` or `python -m pecos.apps.text2text.train`
            wrote. Its vectorizer must be PECOS' own TF-IDF of words or characters
            (character n-grams that cross a run of several white spaces differ).

    Returns:
        An `XRRanker`.

    Raises:
        ValueError: a file is missing or damaged, or the model uses a vectorizer that
            has no counterpart here; then `load_pecos_xlinear` imports its ranker.

    Example:
    ```python
    ranker = keras_docs.load_pecos_text2text("text2text_model")
    ranker.rank(["a text"], k=5).labels
    ```

    Reference:
    - [amzn/pecos, pecos/apps/text2text](https://github.com/amzn/pecos)
    """
    folder = Path(folder)
    members = _member_folders(folder)
    labels = _read_labels(folder / "output_items.json")
    parts = read_pecos_tfidf(folder / "preprocessor")
    models = [load_pecos_xlinear(member) for member in members]
    count = sum(len(part.terms) for part in parts)
    for member, model in zip(members, models, strict=True):
        if (model.num_features, model.num_labels) != (count, len(labels)):
            raise ValueError(
                f"{member} has {model.num_features} features and {model.num_labels} "
                f"labels, but {folder} has {count} terms and {len(labels)} output "
                "items. Copy the whole model again."
            )
    orders = [_used_columns(part) for part in parts]
    starts = np.cumsum([0, *(len(part.terms) for part in parts)])
    columns = np.concatenate(
        [order + start for order, start in zip(orders, starts[:-1], strict=True)]
    )
    models = [_with_features(model, columns) for model in models]
    backbone = models[0] if len(models) == 1 else XREnsemble(models, "average")
    return XRRanker(backbone, _preprocessor(parts, orders, labels))


def _member_folders(folder: Path) -> list[Path]:
    members = [path.parent for path in (folder / "xlinear_ensemble").glob("*/ranker")]
    if not members:
        raise ValueError(
            f"{folder} is no text2text model of PECOS: it has no folder "
            "`xlinear_ensemble/0`. Other XR-Linear models are read by "
            "`load_pecos_xlinear`."
        )
    return sorted(members)


def _read_labels(path: Path) -> list[str]:
    if not path.is_file():
        raise ValueError(f"{path} is missing. Copy the whole model again.")
    try:
        labels = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}.") from None
    if not isinstance(labels, list) or not all(isinstance(x, str) for x in labels):
        raise ValueError(f"{path} must hold a list of strings, the output items.")
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(
            f"{path} names {twice!r} twice, so that answers could not be told apart. "
            "Number equal items in the file."
        )
    return labels


def _used_columns(part: PecosTerms) -> np.ndarray:
    """The columns of terms with a weight, in the order of the terms."""
    used = np.flatnonzero(part.idf > 0)
    return used[np.argsort(np.array(part.terms, dtype=object)[used], kind="stable")]


def _with_features(model: XRLinear, columns: np.ndarray) -> XRLinear:
    layers = [(weights[columns], biases) for weights, biases in model.to_layers()]
    settings = ("bias", "post_processor", "beam_size")
    return XRLinear.from_layers(
        model.tree, layers, **{name: model.setting(name) for name in settings}
    )


def _preprocessor(
    parts: list[PecosTerms], orders: list[np.ndarray], labels: list[str]
) -> XRRankerPreprocessor:
    """A preprocessor that has learned these terms and labels."""
    preprocessor = XRRankerPreprocessor(vectorizers=[part.settings for part in parts])
    with tempfile.TemporaryDirectory() as name:
        assets = Path(name)
        write_strings(assets / "labels.txt", labels)
        for number, (part, order) in enumerate(zip(parts, orders, strict=True)):
            place = assets / f"vectorizer_{number}"
            place.mkdir()
            write_strings(place / "vocabulary.txt", [part.terms[i] for i in order])
            write_npy(place / "idf.npy", part.idf[order])
        preprocessor.load_assets(assets)
    return preprocessor
