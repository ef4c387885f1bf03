"""Translation ranking: what it learns, what it leaves alone, and what it refuses."""

import keras
import nlu_examples
import numpy as np
import pytest

import keras_docs

# Words of two languages, in the same order.
WORDS = {
    "wake": "wecke", "play": "spiele", "today": "heute", "noon": "mittag",
    "week": "woche", "me": "mich", "this": "diese", "at": "um",
}  # fmt: skip


def pairs(count, seed):
    draw = np.random.default_rng(seed)
    texts = [draw.choice(list(WORDS), 3, replace=False) for _ in range(count)]
    return [(" ".join(text), " ".join(WORDS[w] for w in text)) for text in texts]


def ranker(dtype=None):
    keras.utils.set_random_seed(0)
    encoder = nlu_examples.backbone(dtype, hidden_dim=32)
    made = keras_docs.TranslationRanker(encoder, nlu_examples.preprocessor())
    return encoder, made


def ranks(model, some):
    """Of each text's own translation among all, 0 for the nearest."""
    vectors = model.predict(some, verbose=0)
    scores = vectors[:, 0] @ vectors[:, 1].T
    return (scores > np.diagonal(scores)[:, None]).sum(axis=1)


@pytest.mark.parametrize("dtype", [None, "mixed_bfloat16"])
def test_translations_become_nearest_and_only_token_embeddings_move(dtype):
    encoder, model = ranker(dtype)
    before = [np.copy(weight) for weight in encoder.get_weights()]
    names = [weight.path for weight in encoder.weights]
    unseen = pairs(40, seed=1)
    at_first = ranks(model, unseen).mean()
    history = model.fit(
        pairs(64, seed=0), 16, validation_data=unseen, epochs=30, verbose=0
    )
    assert history.history["val_loss"][-1] < history.history["val_loss"][0] / 2
    assert ranks(model, unseen).mean() < at_first / 4
    moved = [
        name
        for name, old, new in zip(names, before, encoder.get_weights(), strict=True)
        if not np.array_equal(old, new)
    ]
    assert moved == ["token_embedding/embeddings"]


def test_vectors_are_the_unit_means_of_token_embeddings():
    encoder, model = ranker()
    # Of unlike lengths, and one without a word.
    some = [*pairs(3, seed=2), ("noon", "wake me this week at noon"), ("", "play")]
    found = model.predict(some, batch_size=2, verbose=0)
    assert (found.dtype, found.shape) == ("float32", (5, 2, 32))
    table = keras.ops.convert_to_numpy(encoder.token_embedding.embeddings)
    preprocessor = nlu_examples.preprocessor()
    for row, pair in zip(found, some, strict=True):
        for vector, text in zip(row, pair, strict=True):
            pieces = preprocessor.encode_pieces([text]).ids
            ids = pieces if len(pieces) else [preprocessor.unknown_id]
            mean = table[ids].mean(axis=0)
            expected = mean / np.linalg.norm(mean)
            np.testing.assert_allclose(vector, expected, rtol=1e-4, atol=1e-6)


def test_pairs_of_one_text_are_no_candidates_for_each_other():
    """All pairs say the same, so that nothing is to be told apart."""
    _, model = ranker()
    same = [("wake me", f"wecke mich {WORDS[word]}") for word in WORDS]
    history = model.fit(same, batch_size=4, epochs=1, verbose=0)
    assert history.history["loss"][0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([], "an empty one"),
        ([("wake me", "wecke mich"), "play"], "at position 1: 'play'"),
        ([("wake me", None)], "at position 0: .'wake me', None"),
        ([("wake", "wecke", "réveille")], "two strings each"),
    ],
)
def test_what_is_no_pair_is_refused(x, message):
    with pytest.raises(ValueError, match=message):
        ranker()[1].fit(x)
