"""A map of the contextual embeddings of a table's categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.plots.new_figure import COLORS, add_titles, new_figure
from keras_docs.plots.write_labels import write_labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHODS = {"tsne": "t-SNE", "pca": "PCA"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "*")
FIFTHS = (
    "missing", "lowest fifth", "2nd fifth", "middle fifth", "4th fifth",
    "highest fifth",
)  # fmt: skip


def plot_embeddings(
    model: Any,
    df: Any,
    column_names: Sequence[str] | None = None,
    method: str = "tsne",
    max_points: int = 4000,
    min_rows: int = 3,
    seed: int = 0,
) -> Figure:
    """Draws where the Transformer puts the categories of each column.

    Every row gives one contextual embedding per column. All of them are laid out in
    two dimensions, and a marker is the mean point of one category of one column over
    its rows, as in figure 2 of Huang et al. 2020 (arXiv 2012.06678). Categories that
    mean the same to the model lie side by side.

    Args:
        model: a TabTransformer task.
        df: a table of rows to embed, better not those of training.
        column_names: list of names from `model.preprocessor.categorical_names` and
            `rank_names`. Default: the categorical ones, if there are any. A numeric
            column is drawn by fifths of its rows.
        method: `"tsne"`, as in the paper, or `"pca"`, which is faster and keeps
            distances.
        max_points: int, most embeddings (rows times columns) that are laid out; of
            more rows a random sample is taken. t-SNE of 4000 takes about 20 s.
        min_rows: int, rows that a category needs to be drawn.
        seed: int, of the sample and of t-SNE.

    Returns:
        A matplotlib `Figure`: save it by `figure.savefig("embeddings.png")`, or leave
        it as the last value of a notebook's cell. Labels that would hide others are
        left out.

    Raises:
        ImportError: matplotlib or scikit-learn is missing.
        ValueError: a column name or method is unknown, or there are too few rows.

    Example:
    ```python
    figure = keras_docs.plot_embeddings(model, test_rows, ["job", "education"])
    ```
    """
    if method not in METHODS:
        raise ValueError(
            f"`method` must be one of {list(METHODS)}. Received: {method!r}."
        )
    names = model.preprocessor.categorical_names + model.preprocessor.rank_names
    chosen = _choose_columns(model.preprocessor, column_names)
    positions = [names.index(name) for name in chosen]
    features = model.preprocess_features(df)
    rows = _sample(len(next(iter(features.values()))), len(chosen), max_points, seed)
    features = {stream: array[rows] for stream, array in features.items()}
    points = _lay_out(_embed(model, features, positions), method, seed)
    groups = [_groups(model.preprocessor, features, position) for position in positions]
    return _draw(chosen, points, groups, min_rows, method)


def _choose_columns(preprocessor: Any, wanted: Sequence[str] | None) -> list[str]:
    known = preprocessor.categorical_names + preprocessor.rank_names
    if wanted is None:
        return preprocessor.categorical_names or known
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise ValueError(
            f"`column_names` must be some of the Transformer's columns, {known}. "
            f"Received: {unknown or wanted}."
        )
    return list(dict.fromkeys(wanted))


def _sample(rows: int, columns: int, max_points: int, seed: int) -> np.ndarray:
    most = max(max_points // columns, 1)
    if rows * columns < 4:
        raise ValueError(
            f"`df` has {rows} rows, too few for a map. Pass at least some dozens."
        )
    if rows <= most:
        return np.arange(rows)
    return np.random.default_rng(seed).choice(rows, most, replace=False)


def _embed(model: Any, features: dict, positions: list[int]) -> np.ndarray:
    """Float64 (columns, rows, hidden_dim)."""
    outputs = model.backbone.predict(features, batch_size=256, verbose=0)
    embedded = outputs["contextual_embeddings"].astype("float64")
    return np.moveaxis(embedded[:, positions], 1, 0)


def _lay_out(embedded: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Float64 (columns, rows, 2)."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError:
        raise ImportError(
            "`plot_embeddings` needs scikit-learn. Install it with "
            '`pip install "keras-docs[plots]"`.'
        ) from None
    columns, rows, _ = embedded.shape
    vectors = embedded.reshape(columns * rows, -1)
    if method == "pca":
        projection = PCA(2, random_state=seed)
    else:
        # t-SNE asks for fewer neighbours than points.
        perplexity = min(30.0, (len(vectors) - 1) / 3)
        projection = TSNE(2, perplexity=perplexity, random_state=seed, init="pca")
    return projection.fit_transform(vectors).reshape(columns, rows, 2)


def _groups(preprocessor: Any, features: dict, position: int) -> tuple[list, Any]:
    """The words of a column's groups, and the group of each row."""
    num_categorical = len(preprocessor.categorical_names)
    if position < num_categorical:
        words = ["missing", *preprocessor.vocabularies[position]]
        return words, features["categorical"][:, position]
    ranks = features["ranks"][:, position - num_categorical]
    known = ranks >= 0
    edges = np.quantile(ranks[known], [0.2, 0.4, 0.6, 0.8]) if known.any() else []
    fifth = np.searchsorted(edges, ranks, side="right") + 1
    return list(FIFTHS), np.where(known, fifth, 0)


def _draw(
    names: list[str], points: np.ndarray, groups: list, min_rows: int, method: str
) -> Figure:
    figure, (axes,) = new_figure(10.5, 7)
    rows = points.shape[1]
    labels, anchors, colors, areas = [], [], [], []
    for i, (name, column, (words, codes)) in enumerate(
        zip(names, points, groups, strict=True)
    ):
        color, marker = COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]
        counts = np.bincount(codes, minlength=len(words))
        drawn = np.flatnonzero(counts >= min(min_rows, rows))
        means = [column[codes == code].mean(axis=0) for code in drawn]
        sizes = 30 + 270 * np.sqrt(counts[drawn] / rows)
        axes.scatter(
            *np.reshape(means, (-1, 2)).T,
            s=sizes,
            color=color,
            marker=marker,
            edgecolor="white",
            linewidth=0.8,
            label=name,
            zorder=3,
        )
        labels += [(name, words[code]) for code in drawn]
        anchors += means
        colors += [color] * len(drawn)
        areas += sizes.tolist()
    _furnish(axes, method)
    add_titles(
        figure,
        axes,
        "What the categories mean to the model",
        f"contextual embeddings, {METHODS[method]}; a marker is the mean of one "
        f"category over its rows,\nlarger for more of the {rows:,} rows",
    )
    write_labels(figure, axes, _unambiguous(labels), anchors, colors, areas)
    return figure


def _furnish(axes: Any, method: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.margins(0.08)
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    axes.set_xlabel(f"{METHODS[method]} 1")
    axes.set_ylabel(f"{METHODS[method]} 2")
    legend = axes.legend(
        title="Column",
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        alignment="left",
        labelspacing=0.6,
    )
    for handle in legend.legend_handles:
        handle.set_sizes([70])


def _unambiguous(labels: list[tuple[str, str]]) -> list[str]:
    """A word that several columns have is written with its column."""
    words = [word for _, word in labels]
    return [
        f"{name}: {word}" if words.count(word) > 1 else word for name, word in labels
    ]
