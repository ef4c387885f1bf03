import keras
import numpy as np
import pytest
from contract_examples import backbone, preprocessor, rows

from keras_docs import TabTransformerBackbone, TabTransformerMaskedLM


def pretrainer(**kwargs):
    return TabTransformerMaskedLM(backbone(), preprocessor(), **kwargs)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9])
def test_each_row_hides_the_rounded_share_of_columns(share):
    model = pretrainer(mask_share=share)
    columns = len(model.backbone.cardinalities) + model.backbone.num_ranks
    chosen = model.choose_columns(200)
    assert chosen.shape == (200, columns)
    assert set(chosen.sum(axis=1)) == {max(1, round(share * columns))}
    # Every column is chosen about as often, and anew for each batch.
    assert chosen.mean(axis=0).min() > 0.4 * chosen.mean()
    assert not np.array_equal(chosen, model.choose_columns(200))


def test_what_is_hidden_is_the_label_and_only_known_values_weigh():
    model = pretrainer()
    (real,) = model.preprocess_samples(rows(40))
    kept = {key: array.copy() for key, array in real.items()}
    chosen = model.choose_columns(40)
    features, labels, weights = model.corrupt(real, chosen)
    hidden, hidden_ranks = model.split_chosen(chosen)
    np.testing.assert_array_equal(
        features["categorical"], np.where(hidden, 0, kept["categorical"])
    )
    np.testing.assert_array_equal(
        features["ranks"], np.where(hidden_ranks, -1, kept["ranks"])
    )
    np.testing.assert_array_equal(features["continuous"], kept["continuous"])
    known = np.concatenate([kept["categorical"] > 0, kept["ranks"] >= 0], axis=1)
    assert (~known).any() and weights.dtype == "float32"
    np.testing.assert_array_equal(weights, chosen & known)
    bins = np.clip(np.floor(kept["ranks"]), 0, model.backbone.num_bins - 1)
    real_labels = np.concatenate([kept["categorical"], bins], axis=1)
    np.testing.assert_array_equal(labels[known], real_labels[known])
    # The arrays in memory stay whole: the next epoch hides other columns.
    for key, array in kept.items():
        np.testing.assert_array_equal(real[key], array)


def test_loss_is_the_cross_entropy_of_the_hidden_columns():
    model = pretrainer()
    features, labels, weights = model.transform_batch(
        model.preprocess_samples(rows(20))
    )
    logits = keras.ops.convert_to_numpy(model(features)).astype("float64")
    loss = model.compute_loss(
        x=None,
        y=keras.ops.array(labels),
        y_pred=keras.ops.array(logits.astype("float32")),
        sample_weight=keras.ops.array(weights),
    )
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities = exponents / exponents.sum(axis=-1, keepdims=True)
    picked = np.take_along_axis(probabilities, labels[..., None], axis=-1)[..., 0]
    expected = -(np.log(picked) * weights).sum() / weights.size
    np.testing.assert_allclose(keras.ops.convert_to_numpy(loss), expected, rtol=1e-4)


def test_a_column_has_no_scores_for_other_columns_classes():
    model = pretrainer()
    logits = model.predict(rows(4), verbose=0)
    sizes = [*model.backbone.cardinalities, *[model.backbone.num_bins] * 2]
    assert logits.shape == (4, len(sizes), max(sizes))
    for column, size in enumerate(sizes):
        assert (logits[:, column, :size] > -1e3).all()
        assert (logits[:, column, size:] < -1e8).all()


def test_pretraining_moves_the_backbone_it_was_given():
    body = backbone()
    before = [v.numpy() for v in body.trainable_variables]
    TabTransformerMaskedLM(body, preprocessor()).fit(
        rows(40).drop(columns="label"), epochs=1, batch_size=20, verbose=0
    )
    moved = [
        not np.array_equal(v.numpy(), old)
        for v, old in zip(body.trainable_variables, before, strict=True)
    ]
    assert all(moved)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.3])
def test_bad_share(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        pretrainer(mask_share=share)


def test_a_backbone_without_columns_is_refused():
    with pytest.raises(ValueError, match="num_bins"):
        TabTransformerMaskedLM(TabTransformerBackbone(num_continuous=3))
