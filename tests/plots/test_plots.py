"""Figures: what is drawn, not how it looks."""

import builtins
import io

import keras
import numpy as np
import pandas as pd
import pytest

import keras_docs


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    rows = 60
    return pd.DataFrame(
        {
            "job": np.resize(["cook", "clerk", "nurse"], rows),
            "town": np.resize(["Rome", "Oslo"], rows),
            "own": np.resize(["yes", "no", "yes", "no", "no"], rows),
            "rent": np.resize(["no", "yes", "no"], rows),
            "age": rng.normal(40, 9, rows),
            "label": np.resize(["low", "high"], rows),
        }
    )


@pytest.fixture(scope="module")
def model(table):
    keras.utils.set_random_seed(0)
    return keras_docs.TabTransformer.from_dataframe(
        table, target="label", num_layers=1, hidden_dim=8, num_heads=2, num_members=1
    )


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def drawn(figure):
    """A figure that can be saved."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure


def test_no_figure_stays_open():
    import matplotlib.pyplot as plt

    drawn(keras_docs.plot_training({"loss": [2.0, 1.0]}))
    assert plt.get_fignums() == []


def test_importance_bars_from_strongest_to_weakest():
    explained = pd.DataFrame(
        {"column": ["b", "a", "c"], "importance": [0.2, 0.5, -0.01], "sd": [0.1, 0, 0]}
    )
    explained.attrs["measure"] = "rise of the log-loss"
    axes = drawn(keras_docs.plot_importance(explained)).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["c", "b", "a"]  # from below
    assert [bar.get_width() for bar in axes.patches] == [-0.01, 0.2, 0.5]
    assert axes.get_xlabel() == "rise of the log-loss"
    assert {"0.500", "0.200", "−0.010"} <= set(texts(axes))
    low, high = axes.get_xlim()
    assert low < -0.01 and high > 0.5
    few = drawn(keras_docs.plot_importance(explained, max_columns=2)).axes[0]
    assert [bar.get_width() for bar in few.patches] == [0.2, 0.5]
    assert any("2 strongest of 3" in text for text in texts(few))


def test_importance_of_real_explanations(model, table):
    axes = drawn(keras_docs.plot_importance(model.explain(table, repeats=1))).axes[0]
    assert len(axes.patches) == 5


def test_importance_refuses_other_things():
    with pytest.raises(ValueError, match="`explained`"):
        keras_docs.plot_importance(pd.DataFrame({"column": ["a"]}))
    with pytest.raises(ValueError, match="`explained`"):
        keras_docs.plot_importance([1, 2])


def test_training_marks_the_best_validation_epoch():
    history = keras.callbacks.History()
    history.history = {
        "accuracy": [0.5, 0.7, 0.8],
        "loss": [3.0, 2.0, 1.0],
        "val_accuracy": [0.5, 0.6, 0.55],
        "val_loss": [2.5, 2.25, float("nan")],
    }
    figure = drawn(keras_docs.plot_training(history))
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert any("epoch 2" in text for text in texts(loss))
    assert "2.25" in texts(loss) and "0.6" in texts(accuracy)
    curves = {line.get_label(): line.get_ydata() for line in loss.get_lines()}
    np.testing.assert_array_equal(curves["training"], [3, 2, 1])


def test_training_without_validation_and_of_one_epoch():
    axes = drawn(keras_docs.plot_training({"loss": [1.5]})).axes[0]
    assert "1.5" in texts(axes)
    with pytest.raises(ValueError, match="`history`"):
        keras_docs.plot_training({"loss": []})


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_embeddings_have_a_marker_per_category(model, table, method):
    figure = drawn(keras_docs.plot_embeddings(model, table, method=method))
    axes = figure.axes[0]
    markers = {c.get_label(): len(c.get_offsets()) for c in axes.collections}
    assert markers == {"job": 3, "town": 2, "own": 2, "rent": 2}
    # Words of two columns are told apart.
    words = set(texts(axes))
    assert {"cook", "Rome"} <= words and "yes" not in words
    assert words & {"own: yes", "rent: yes"}
    assert len({tuple(c.get_facecolor()[0]) for c in axes.collections}) == 4


def test_marker_is_the_mean_point_of_its_rows(model, table):
    """With PCA the mean of projected points is the projection of the mean."""
    from sklearn.decomposition import PCA

    figure = keras_docs.plot_embeddings(model, table, ["town", "job"], method="pca")
    names = model.preprocessor.categorical_names
    embedded = model.embed(table).astype("float64")
    town, job = (embedded[:, names.index(name)] for name in ("town", "job"))
    pca = PCA(2).fit(np.concatenate([town, job]))
    expected = pca.transform(town[table["town"] == "Oslo"].mean(0)[None])[0]
    found = figure.axes[0].collections[0].get_offsets()
    distance = min(
        np.abs(np.abs(found) - np.abs(expected)).max(axis=1)  # an axis may flip
    )
    assert distance < 1e-4


def test_numbers_by_fifths_and_rows_are_sampled(model, table):
    figure = keras_docs.plot_embeddings(
        model, table, ["age"], method="pca", max_points=40
    )
    axes = figure.axes[0]
    assert len(axes.collections[0].get_offsets()) == 5
    assert any("40 rows" in text for text in texts(axes))
    assert "lowest fifth" in texts(axes)


def test_embeddings_refusals(model, table):
    with pytest.raises(ValueError, match="jobs"):
        keras_docs.plot_embeddings(model, table, ["jobs"])
    with pytest.raises(ValueError, match="`method`"):
        keras_docs.plot_embeddings(model, table, method="umap")
    with pytest.raises(ValueError, match="too few"):
        keras_docs.plot_embeddings(model, table[:1], ["job"])


@pytest.mark.parametrize("missing", ["matplotlib", "sklearn"])
def test_missing_libraries_are_named(monkeypatch, model, table, missing):
    really = builtins.__import__

    def blocked(name, *args, **kwargs):
        if name.split(".")[0] == missing:
            raise ImportError(name)
        return really(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", blocked)
    with pytest.raises(ImportError, match=r"keras-docs\[plots\]"):
        keras_docs.plot_embeddings(model, table, method="pca")
