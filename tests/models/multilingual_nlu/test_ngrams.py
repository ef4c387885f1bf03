"""The n-grams beside the encoder: their buckets, their logits, what they learn."""

import keras
import nlu_examples
import numpy as np
import pytest

import keras_docs
from keras_docs.models.multilingual_nlu import ngram_embedding
from keras_docs.models.multilingual_nlu.ngram_embedding import (
    NGramEmbedding,
    ngram_buckets,
)


def expected_buckets(tokens: list[int], num_buckets: int) -> list[list[int]]:
    """Of a text alone, in whole numbers that wrap around at 32 bits."""

    def bucket(ngram):
        total = len(ngram) * ngram_embedding.OFFSET
        for token, multiplier in zip(ngram, ngram_embedding.MULTIPLIERS, strict=False):
            total += multiplier * token
        return ((total + 2**31) % 2**32 - 2**31) % num_buckets

    around = [0, *(token + 1 for token in tokens), 0]
    return [
        [
            bucket(around[i : i + 1]),
            bucket(around[i : i + 2]),
            bucket(around[i - 1 :][:3]),
        ]
        for i in range(1, len(tokens) + 1)
    ]


def for_arrays(**settings) -> keras_docs.MultilingualNLU:
    model = nlu_examples.model(**settings)
    model.preprocessor = None
    return model


@pytest.mark.parametrize("num_buckets", [7, 1000, 2**17])
def test_buckets_are_those_of_a_text_alone(num_buckets):
    random = np.random.default_rng(0)
    ids = random.integers(0, 250_000, (6, 9)).astype("int32")
    lengths = [9, 1, 5, 2, 8, 3]
    mask = (np.arange(9) < np.array(lengths)[:, None]).astype("int32")
    found = keras.ops.convert_to_numpy(ngram_buckets(ids, mask, num_buckets))
    for row, length in enumerate(lengths):
        expected = expected_buckets(ids[row, :length].tolist(), num_buckets)
        np.testing.assert_array_equal(found[row, :length], expected)


def test_buckets_are_used_alike():
    pairs = np.stack(np.meshgrid(np.arange(200), np.arange(100)), -1).reshape(-1, 2)
    found = ngram_buckets(pairs.astype("int32"), np.ones_like(pairs, "int32"), 1024)
    bigrams = keras.ops.convert_to_numpy(found)[:, 0, 1]
    counts = np.bincount(bigrams, minlength=1024)
    # 20,000 at random: 19.5 a bucket, with a standard deviation of 4.4.
    assert counts.std() < 6 and counts.max() < 45


def test_an_embedding_is_the_sum_of_its_ngrams():
    layer = NGramEmbedding(50, 4)
    ids = np.array([[3, 8, 1, 0], [5, 0, 0, 0]], "int32")
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], "int32")
    found = keras.ops.convert_to_numpy(layer(ids, mask))
    table = keras.ops.convert_to_numpy(layer.table.embeddings)
    for row, length in enumerate([3, 1]):
        rows = expected_buckets(ids[row, :length].tolist(), 50)
        np.testing.assert_allclose(found[row, :length], table[rows].sum(1), rtol=1e-5)
        assert not found[row, length:].any()


def test_logits_are_linear_in_the_ngrams_of_the_window():
    model = for_arrays(ngram_buckets=60, ngram_dim=3)
    deep = for_arrays()
    model.backbone.set_weights(deep.backbone.get_weights())
    for name in ("intent_logits", "slots_logits"):
        model.get_layer(name).set_weights(deep.get_layer(name).get_weights())
    inputs = nlu_examples.encoded(7)
    expected = deep.predict(inputs, verbose=0)
    random = np.random.default_rng(1)
    intents = model.get_layer("ngram_intent_logits")
    slots = model.get_layer("ngram_slots_logits")
    for layer in (intents, slots):
        layer.kernel.assign(random.normal(size=layer.kernel.shape))
    found = model.predict(inputs, verbose=0)
    table = keras.ops.convert_to_numpy(
        model.get_layer("ngram_embedding").table.variables[0]
    )
    kernel = keras.ops.convert_to_numpy(slots.kernel)
    for row, mask in enumerate(inputs["padding_mask"]):
        tokens = inputs["token_ids"][row, : mask.sum()].tolist()
        vectors = table[expected_buckets(tokens, 60)].sum(1)
        pooled = vectors.sum(0) / np.sqrt(len(tokens))
        wide = pooled @ keras.ops.convert_to_numpy(intents.kernel)
        np.testing.assert_allclose(
            found["intent"][row], expected["intent"][row] + wide, rtol=1e-4, atol=1e-4
        )
        padded = np.pad(vectors, ((3, 3), (0, 0)))
        for place in range(len(tokens)):
            wide = np.einsum("wd,wdt->t", padded[place : place + 7], kernel)
            np.testing.assert_allclose(
                found["slots"][row, place],
                expected["slots"][row, place] + wide,
                rtol=1e-4,
                atol=1e-4,
            )


def test_ngrams_tell_orders_apart_that_a_bag_of_tokens_does_not():
    keras.utils.set_random_seed(0)
    model = for_arrays(ngram_buckets=500, ngram_dim=8)
    for layer in model.layers:
        layer.trainable = layer.name.startswith("ngram")
    ids = np.array([[4, 5, 6, 7], [6, 7, 4, 5], [5, 4, 7, 6], [7, 6, 5, 4]], "int32")
    inputs = {"token_ids": ids, "padding_mask": np.ones_like(ids)}
    labels = {"intent": np.array([0, 0, 1, 1]), "slots": np.zeros((4, 4), "int32")}
    model.compile(keras.optimizers.Adam(0.05))
    model.fit(inputs, labels, epochs=40, verbose=0)
    logits = model.predict(inputs, verbose=0)["intent"]
    assert logits.argmax(1).tolist() == [0, 0, 1, 1]


@pytest.mark.costly
def test_presets_keep_the_ngrams(tmp_path):
    model = nlu_examples.model(ngram_buckets=60, ngram_dim=3)
    records = nlu_examples.utterances(28)
    model.fit(records, epochs=2, verbose=0)
    model.save_to_preset(tmp_path / "preset")
    loaded = keras_docs.MultilingualNLU.from_preset(tmp_path / "preset")
    assert (loaded.ngram_buckets, loaded.ngram_dim) == (60, 3)
    texts = [record.text for record in records[:7]]
    assert loaded.parse(texts) == model.parse(texts)


@pytest.mark.parametrize(
    "settings", [{"num_buckets": 0, "dim": 4}, {"num_buckets": 9, "dim": -1}]
)
def test_a_table_of_nothing_is_refused(settings):
    with pytest.raises(ValueError, match="must be at least 1"):
        NGramEmbedding(**settings)


def test_the_model_names_what_it_was_given_for_a_table():
    with pytest.raises(ValueError, match=r"`ngram_buckets`.*num_buckets=-5, dim=4"):
        nlu_examples.model(ngram_buckets=-5, ngram_dim=4)
