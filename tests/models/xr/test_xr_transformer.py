"""XRTransformer on a tiny BERT: embeddings, fine-tuning, presets and bad input."""

import keras
import keras_hub
import numpy as np
import pytest
from scipy import sparse

import keras_docs
from keras_docs.models.xr.xr_transformer_batches import LevelBatches
from keras_docs.models.xr.xr_transformer_embedder import TextEmbedder, text_widths
from keras_docs.models.xr.xr_transformer_level_head import LevelHead, squared_hinge

WORDS = [f"w{number}" for number in range(60)]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
LENGTH = 8


def bert(dtype=None, **kwargs):
    sizes = {"num_layers": 1, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 16}
    return keras_hub.models.BertBackbone(
        len(VOCABULARY),
        dropout=0.0,
        max_sequence_length=LENGTH,
        dtype=dtype,
        **{**sizes, **kwargs},
    )


def tokenizer():
    return keras_hub.tokenizers.BertTokenizer(vocabulary=VOCABULARY, lowercase=True)


def preprocessor(**kwargs):
    return keras_docs.XRTransformerPreprocessor(tokenizer(), LENGTH, **kwargs)


def topics(count, words=range(60), seed=0):
    """Texts of words of one topic of four: word `i` belongs to topic `i % 4`."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        topic = int(random.integers(4))
        own = [word for word in words if word % 4 == topic]
        chosen = random.choice(own, random.integers(3, 6))
        texts.append(" ".join(WORDS[word] for word in chosen))
        labels.append([f"topic {topic}"])
    return texts, labels


def transformer(encoder=None, **kwargs):
    settings = {"steps": 0, "max_leaf_size": 2, "branching": 2}
    return keras_docs.XRTransformer(encoder or bert(), **{**settings, **kwargs})


@pytest.fixture(scope="module")
def ranker():
    texts, labels = topics(80)
    model = keras_docs.XRRanker(transformer(), preprocessor())
    return model.fit(texts, labels, verbose=0)


def tokens_of(texts):
    return preprocessor().encode_tokens(texts)


# === Preprocessor ===


def test_tokens_are_those_of_kerashubs_own_preprocessor():
    texts = ["w1 w2", " ".join(WORDS[:12]), "W3, unknown!"]
    theirs = keras_hub.models.BertTextClassifierPreprocessor(tokenizer(), LENGTH)
    expected, tokens = theirs(texts), tokens_of(texts)
    for name in ("token_ids", "padding_mask"):
        np.testing.assert_array_equal(np.asarray(expected[name]), tokens[name])
        assert tokens[name].dtype == np.int32


def test_tokens_of_a_tokenizer_whose_padding_is_not_zero():
    own = tokenizer()
    own.pad_token_id = 4
    made = keras_docs.XRTransformerPreprocessor(own, 6).encode_tokens(["w0", "w1 w2"])
    assert made["token_ids"].tolist() == [[2, 5, 3, 4, 4, 4], [2, 6, 7, 3, 4, 4]]
    assert made["padding_mask"].tolist() == [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0]]


def test_features_are_those_of_the_other_preprocessor():
    texts, labels = topics(20)
    ours, plain = preprocessor(), keras_docs.XRRankerPreprocessor()
    x, y = ours.adapt(texts, labels)(texts, labels)
    expected_x, expected_y = plain.adapt(texts, labels)(texts, labels)
    assert (x["features"] != expected_x).nnz == 0 and (y != expected_y).nnz == 0
    again, _ = ours.fit_transform(texts, labels)
    assert (again["features"] != expected_x).nnz == 0
    np.testing.assert_array_equal(again["token_ids"], x["token_ids"])


@pytest.mark.parametrize(
    "change, said",
    [
        ({"tokenizer": "bert"}, "tokenizer"),
        ({"sequence_length": 2}, "sequence_length"),
        ({"sequence_length": True}, "sequence_length"),
        ({"tokenizer": {"registered_name": "os>system", "config": {}}}, "os>system"),
    ],
)
def test_preprocessor_refuses(change, said):
    with pytest.raises(ValueError, match=said):
        keras_docs.XRTransformerPreprocessor(**{"tokenizer": tokenizer(), **change})


def test_preprocessor_refuses_a_tokenizer_that_pads():
    padding = keras_hub.tokenizers.BertTokenizer(VOCABULARY, sequence_length=8)
    with pytest.raises(ValueError, match="pads by itself"):
        keras_docs.XRTransformerPreprocessor(padding)


def test_preprocessor_needs_texts():
    matrix = np.ones((2, 3), "float32")
    with pytest.raises(ValueError, match="reads text"):
        preprocessor().adapt(matrix, [["a"], ["b"]])


# === Embedding ===


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_embedding_is_pooled_over_the_text_alone(pooling):
    encoder = bert()
    texts = ["w1", "w2 w3 w4 w5 w6 w7", "w3 w1 w2"]
    tokens = tokens_of(texts)
    found = TextEmbedder(encoder, pooling).embed(tokens)
    for row in range(len(texts)):
        length = int(tokens["padding_mask"][row].sum())
        inputs = {name: array[row : row + 1, :length] for name, array in tokens.items()}
        inputs["segment_ids"] = np.zeros_like(inputs["token_ids"])
        hidden = encoder(inputs)["sequence_output"]
        hidden = keras.ops.convert_to_numpy(hidden)[0]
        expected = hidden.mean(0) if pooling == "mean" else hidden[0]
        expected = expected / np.linalg.norm(expected)
        np.testing.assert_allclose(found[row], expected, atol=1e-5)


def test_embeddings_do_not_depend_on_the_other_texts():
    embedder = TextEmbedder(bert(), "mean")
    tokens = tokens_of(topics(70)[0])
    together = embedder.embed(tokens)
    one = embedder.embed({name: array[5:6] for name, array in tokens.items()})
    assert together.shape == (70, embedder.dim) and together.dtype == np.float32
    np.testing.assert_allclose(one[0], together[5], atol=1e-5)


def test_widths():
    mask = np.array([[1, 0, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 1], [0] * 5])
    assert text_widths(mask).tolist() == [3, 3, 5, 3]


def test_encoder_that_gives_no_sequence_is_refused():
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    pooled = keras.ops.cast(ids, "float32")
    model = keras.Model({"token_ids": ids, "padding_mask": mask}, pooled)
    with pytest.raises(ValueError, match="a vector for each token"):
        keras_docs.XRTransformer(model)
    with pytest.raises(ValueError, match="`token_ids`"):
        keras_docs.XRTransformer(keras.Sequential())


# === Fine-tuning ===


def test_head_scores_the_given_nodes():
    random = np.random.default_rng(0)
    weights, biases = random.normal(size=(5, 3)), random.normal(size=5)
    vectors, nodes = random.normal(size=(2, 3)), np.array([[0, 4], [2, 2]])
    head = LevelHead(weights.astype("float32"), biases.astype("float32"))
    found = head(vectors.astype("float32"), nodes)
    expected = [[vectors[i] @ weights[n] + biases[n] for n in nodes[i]] for i in (0, 1)]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected, rtol=1e-5)


def test_squared_hinge():
    signed = np.array([[2.0, -1.0, 0.0]])
    margins = np.array([[0.5, 0.5, 9.0]])
    # 2 * 0.5^2 and 1 * 1.5^2, over the weight of 3.
    found = keras.ops.convert_to_numpy(squared_hinge(signed, margins))
    assert found == pytest.approx((0.5 + 2.25) / 3)


def test_batches_hold_what_fits_and_as_many_others_as_there_is_room():
    signed = sparse.csr_matrix(
        [[-1, 0.5, -1, -1, 1, -1], [-1, 0, 0, 0, 1, 0]], dtype="float32"
    )
    embedder = TextEmbedder(bert(), "mean")
    drawn = np.array([0, 1, 1, 0])
    batches = LevelBatches(embedder, tokens_of(["w1", "w2"]), drawn, signed, 2, 4, 0)
    assert len(batches) == 2
    drawn = [batches[index] for index in range(2)]
    rows = np.concatenate([inputs["nodes"] for inputs, _ in drawn])
    weights = np.concatenate([weights for _, weights in drawn])
    assert rows.shape == weights.shape == (4, 4)
    for nodes, values in zip(rows.tolist(), weights.tolist(), strict=True):
        found = {n: v for n, v in zip(nodes, values, strict=True) if v}
        if 1 in found:
            assert found.pop(1) == 0.5 and found.pop(4) == 1
            assert len(found) == 2 and set(found.values()) == {-1}
        else:
            assert found == {0: -1, 4: 1}


@pytest.mark.costly
def test_fine_tuning_finds_what_words_alone_do_not_tell():
    # Of the words of the test texts, the ranker has seen none beside a label; the
    # encoder's embeddings of words of one topic are alike.
    texts, labels = topics(400, range(40))
    unseen, truth = topics(60, range(40, 60), seed=1)
    encoder = bert()
    table = encoder.token_embedding
    values = keras.ops.convert_to_numpy(table.embeddings).copy()
    for number in range(60):
        values[5 + number] += 0.1 * np.eye(16)[number % 4]
    table.embeddings.assign(values)
    words_alone = keras_docs.XRRanker().fit(texts, labels, verbose=0)
    model = transformer(encoder, steps=[0, 60], batch_size=16, learning_rate=3e-3)
    tuned = keras_docs.XRRanker(model, preprocessor()).fit(texts, labels, verbose=0)
    before = words_alone.evaluate(unseen, truth, ks=[1])["P@1"]
    after = tuned.evaluate(unseen, truth, ks=[1])["P@1"]
    assert before < 0.5 and after > 0.9


def test_fine_tuning_changes_the_encoder_and_0_steps_do_not():
    texts, labels = topics(40)
    for steps, same in ((0, True), ([0, 2], False)):
        encoder = bert()
        before = [keras.ops.convert_to_numpy(v).copy() for v in encoder.weights]
        model = transformer(encoder, steps=steps, batch_size=8)
        keras_docs.XRRanker(model, preprocessor()).fit(texts, labels, verbose=0)
        after = [keras.ops.convert_to_numpy(v) for v in encoder.weights]
        equal = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
        assert all(equal) == same


def test_levels_of_many_nodes_are_left_out():
    texts, labels = topics(40)
    encoder = bert()
    before = [keras.ops.convert_to_numpy(v).copy() for v in encoder.weights]
    model = transformer(encoder, steps=2, max_nodes=1)
    keras_docs.XRRanker(model, preprocessor()).fit(texts, labels, verbose=0)
    for old, new in zip(before, encoder.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


@pytest.mark.costly
def test_training_goes_on_from_its_checkpoints(tmp_path):
    texts, labels = topics(40)

    def fit(weights, folder):
        encoder = bert()
        encoder.set_weights(weights)
        model = transformer(encoder, steps=2, batch_size=8)
        model = keras_docs.XRRanker(model, preprocessor())
        model.fit(texts, labels, verbose=0, checkpoint_dir=folder)
        return model.predict(texts, k=4)

    start = bert().get_weights()
    first = fit(start, tmp_path / "a")
    levels = sorted(path.name for path in (tmp_path / "a").glob("level_*"))
    assert levels == ["level_0", "level_1"]
    # The weights are those of the last level, whatever it starts from.
    again = fit([weight * 0 for weight in start], tmp_path / "a")
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_allclose(first[1], again[1], rtol=1e-5)
    with pytest.raises(ValueError, match="other data"):
        model = transformer(steps=3, batch_size=8)
        model = keras_docs.XRRanker(model, preprocessor())
        model.fit(texts, labels, verbose=0, checkpoint_dir=tmp_path / "a")


def test_embeddings_of_another_encoder_are_not_taken_up(tmp_path):
    texts, labels = topics(20)
    first = keras_docs.XRRanker(transformer(), preprocessor())
    other = keras_docs.XRRanker(transformer(), preprocessor())
    for _ in range(2):
        first.fit(texts, labels, verbose=0, checkpoint_dir=tmp_path)
    with pytest.raises(ValueError, match="other data"):
        other.fit(texts, labels, verbose=0, checkpoint_dir=tmp_path)


def test_encoder_of_lower_precision():
    texts, labels = topics(40)
    model = transformer(bert("mixed_bfloat16"), steps=[0, 2], batch_size=8)
    ranker = keras_docs.XRRanker(model, preprocessor()).fit(texts, labels, verbose=0)
    vectors = ranker.backbone.encode(ranker.preprocessor(texts))[:, -16:].toarray()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


# === Ranking ===


def test_ranks_as_xr_linear_on_the_same_columns(ranker):
    texts, labels = topics(30, seed=2)
    x, y = ranker.preprocessor(texts, labels)
    model = ranker.backbone
    columns = model.encode(x)
    assert columns.shape == (30, model.num_features + 16)
    linear = keras_docs.XRLinear(columns.shape[1], model.num_labels)
    linear.set_arrays(model.arrays)
    expected = linear.predict(columns, 3)
    for found in (model.predict(x, 3), model.predict(columns, 3)):
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


def test_rank_one_text(ranker):
    ranking = ranker.rank("w1 w5 w9", k=2)
    assert ranking.labels[0, 0] == "topic 1"
    assert ranker.evaluate(*topics(40, seed=3))["P@1"] > 0.9


def test_new_labels():
    texts, labels = topics(60)
    model = keras_docs.XRRanker(transformer(), preprocessor())
    model.fit(texts, labels, verbose=0)
    new = ["w0 w1 w2 w3 w0 w1"] * 4
    model.partial_fit(new, [["mixture"]] * 4)
    assert model.rank(new[0], k=1).labels[0, 0] == "mixture"


@pytest.mark.parametrize("whole_file", [False, True])
def test_saved_and_loaded(ranker, tmp_path, whole_file):
    texts, _ = topics(20, seed=4)
    expected = ranker.predict(texts, k=3)
    if whole_file:
        ranker.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    else:
        ranker.save_to_preset(tmp_path / "preset")
        loaded = keras_docs.XRRanker.from_preset(tmp_path / "preset")
        assert (tmp_path / "preset" / "assets" / "tokenizer").is_dir()
    assert type(loaded.backbone) is keras_docs.XRTransformer
    assert type(loaded.preprocessor) is keras_docs.XRTransformerPreprocessor
    found = loaded.predict(texts, k=3)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5)
    assert loaded.count_params() == ranker.count_params()


def test_ensemble_of_transformers(tmp_path):
    """Each member's encoder comes back, though all have layers of the same names."""
    texts, labels = topics(60)
    # Whose layers have the same names, as those of encoders loaded from presets.
    encoders = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        keras.backend.clear_session()
        encoders.append(bert(name="bert"))
    members = [transformer(encoder, seed=seed) for seed, encoder in enumerate(encoders)]
    ensemble = keras_docs.XREnsemble(members, "softmax_average")
    model = keras_docs.XRRanker(ensemble, preprocessor()).fit(texts, labels, verbose=0)
    first, second = (member.encoder.weights for member in model.backbone.members)
    assert {each.path for each in first} & {each.path for each in second}
    few = texts[:4]
    expected = model.rank(few, k=3)
    model.save_to_preset(tmp_path)
    loaded = keras_docs.XRRanker.from_preset(tmp_path)
    for old, new in zip(encoder_values(model), encoder_values(loaded), strict=True):
        for one, other in zip(old, new, strict=True):
            np.testing.assert_array_equal(one, other)
    found = loaded.rank(few, k=3)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)


def encoder_values(model):
    return [
        [keras.ops.convert_to_numpy(weight) for weight in member.encoder.weights]
        for member in model.backbone.members
    ]


def test_ensemble_needs_an_encoder_for_each():
    encoder = bert()
    linear = keras_docs.XRLinear(3, 4)
    for members in (
        [transformer(encoder), transformer(encoder)],
        [transformer(encoder, num_features=3, num_labels=4), linear],
    ):
        with pytest.raises(ValueError, match="encoder of its own"):
            keras_docs.XREnsemble(members)


def test_encoders_that_are_no_presets_are_not_saved():
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    vectors = keras.layers.Embedding(9, 4)(ids)
    encoder = keras.Model({"token_ids": ids, "padding_mask": mask}, vectors)
    model = keras_docs.XRTransformer(encoder)
    with pytest.raises(ValueError, match="Functional"):
        model.get_config()


# === Bad input ===


@pytest.mark.parametrize(
    "change, said",
    [
        ({"pooling": "max"}, "pooling"),
        ({"steps": -1}, "steps"),
        ({"steps": []}, "steps"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"negatives": "usn"}, "negatives"),
        ({"num_matched": 0}, "num_matched"),
        ({"max_nodes": 0}, "max_nodes"),
        ({"branching": 1}, "branching"),
        ({"seed": -1}, "seed"),
        ({"xr_linear": {"loss": "none"}}, "loss"),
        ({"num_features": 3}, "num_labels"),
        ({"encoder": {"registered_name": "os>system", "config": {}}}, "os>system"),
        ({"encoder": {"registered_name": "keras_hub>BertBackbone"}}, "encoder"),
        ({"encoder": None}, "encoder"),
    ],
)
def test_settings_are_checked(change, said):
    with pytest.raises(ValueError, match=said):
        keras_docs.XRTransformer(**{"encoder": bert(), **change})


def test_input_is_checked(ranker):
    model = ranker.backbone
    x = ranker.preprocessor(["w1 w2", "w3"])
    for change, said in (
        ({"token_ids": x["token_ids"][:1]}, "2 rows|1 rows"),
        ({"token_ids": x["token_ids"].astype("float32")}, "token_ids"),
        ({"padding_mask": x["padding_mask"][:, :4]}, "same shape"),
        ({"features": x["features"][:, :5]}, "columns"),
        ({"other": 1}, "must be a dict of"),
    ):
        with pytest.raises(ValueError, match=said):
            model.predict({**x, **change}, 2)
    with pytest.raises(ValueError, match="not been trained"):
        transformer().predict(x, 1)
    with pytest.raises(ValueError, match="must be a dict of"):
        keras_docs.XRRanker(transformer()).fit(*topics(4), verbose=0)
    with pytest.raises(ValueError, match="y"):
        model.fit(x, np.zeros((2, 4)), verbose=0)
