"""Three tasks at once: heads and loss against NumPy, and what they leave behind."""

import keras
import numpy as np
import page_examples
import pytest

import keras_docs

WORDS = "Invoice Total amount due: Date: company address name 12.50 May".split()  # noqa: SIM905
IMAGE = (8, 4, 1)


def page(words=12, seed=0):
    """Words in lines of three, with an image."""
    random = np.random.default_rng(seed)
    places = [divmod(i, 3) for i in range(words)]
    return {
        "words": [WORDS[i] for i in random.integers(0, len(WORDS), words)],
        "boxes": [[300 * c, 90 * r, 300 * c + 90, 90 * r + 60] for r, c in places],
        "images": random.integers(0, 256, (20, 10), "uint8"),
    }


def pages(count=4):
    return [page(seed=i) for i in range(count)]


def preprocessor(**kwargs):
    small = {"sequence_length": 64, "padding_multiple": 64, "image_shape": IMAGE}
    return keras_docs.DocFormerV2PretrainerPreprocessor(
        page_examples.tokenizer(), **{"line_pairs": 16, **small, **kwargs}
    )


def backbone(**kwargs):
    sizes = {
        "vocabulary_size": page_examples.tokenizer().vocabulary_size(),
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 16,
        "intermediate_dim": 16,
        "image_shape": IMAGE,
        "patch_size": 4,
        "dropout": 0.0,
    }
    return keras_docs.DocFormerV2Backbone(**{**sizes, **kwargs})


def pretrainer(**kwargs):
    return keras_docs.DocFormerV2Pretrainer(backbone(), preprocessor(), **kwargs)


def array(x):
    return np.asarray(keras.ops.convert_to_numpy(x), "float64")


def cross_entropy(logits, labels, weights):
    logits = logits.astype("float64")
    high = logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(logits - high).sum(axis=-1)) + high[..., 0]
    picked = np.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]
    return ((total - picked) * weights).sum() / weights.sum()


def test_heads_are_their_formulas():
    model = pretrainer()
    x, _, _ = model.preprocessor(pages())
    assert x["images"].dtype == "uint8"
    found = model.predict(x, verbose=0)
    # The backbone alone, with pixels in float32.
    inputs = {name: x[name] for name in model.backbone.input}
    inputs["images"] = x["images"].astype("float32")
    hidden = keras.Model.predict(model.backbone, inputs, verbose=0)
    tokens = hidden["encoder_sequence_output"][:, 2:].astype("float64")
    w = {variable.path: array(variable) for variable in model.weights}
    pairs = x["line_pairs"]
    one, other = (
        np.take_along_axis(tokens, pairs[:, :, i : i + 1], axis=1) for i in (0, 1)
    )
    both = np.concatenate([one, other], axis=-1)
    middle = both @ w["line_hidden/kernel"] + w["line_hidden/bias"]
    lines = np.maximum(middle, 0) @ w["line_logits/kernel"] + w["line_logits/bias"]
    np.testing.assert_allclose(found["lines"], lines, atol=1e-4)
    grid = tokens @ w["grid_logits/kernel"] + w["grid_logits/bias"]
    np.testing.assert_allclose(found["grid"], grid, atol=1e-4)
    answers = hidden["decoder_sequence_output"] * 16**-0.5
    embeddings = array(model.backbone.token_embedding.embeddings)
    np.testing.assert_allclose(found["denoising"], answers @ embeddings.T, atol=1e-4)


def test_loss_and_accuracies_are_their_formulas():
    weights = {"line_weight": 2.0, "grid_weight": 0.5, "denoising_weight": 3.0}
    model = pretrainer(**weights)
    fixed = model.preprocessor(pages())
    scores = model.predict(fixed[0], verbose=0)
    found = model.evaluate(*fixed[:2], sample_weight=fixed[2], verbose=0, return_dict=1)
    total = 0.0
    for task, weight in zip(["lines", "grid", "denoising"], [2, 0.5, 3], strict=True):
        logits, labels, shares = scores[task], fixed[1][task], fixed[2][task]
        total += weight * cross_entropy(logits, labels, shares)
        right = (logits.argmax(-1) == labels)[shares > 0].mean()
        assert found[f"{task}_accuracy"] == pytest.approx(right, abs=1e-5)
    assert found["loss"] == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("task", ["line", "grid", "denoising"])
def test_a_weight_of_0_leaves_a_task_out(task):
    whole = backbone()
    model = keras_docs.DocFormerV2Pretrainer(
        whole, preprocessor(), **{f"{task}_weight": 0}
    )
    name = "lines" if task == "line" else task
    left = {"lines", "grid", "denoising"} - {name}
    assert set(model.output) == left == set(model.default_weighted_metrics())
    assert not any(v.path.startswith(f"{task}_") for v in model.weights)
    assert ("line_pairs" in model.input) == (task != "line")
    assert ("decoder_token_ids" in model.input) == (task != "denoising")
    # The decoder is left out with its task; else it's the backbone that was given.
    assert (model.backbone is whole) == (task != "denoising")
    x, y, weights = model.transform_batch(model.preprocess_samples(pages()))
    assert set(y) == set(weights) == left and set(x) == set(model.input)


@pytest.fixture(scope="module")
def learned():
    keras.utils.set_random_seed(0)
    model = pretrainer()
    model.compile(keras.optimizers.Adam(0.02))
    return model, model.fit(pages(8), epochs=30, batch_size=8, verbose=0).history


@pytest.mark.costly
def test_learns_from_eight_pages(learned):
    _, losses = learned
    for name in ("loss", "denoising_loss", "grid_loss"):
        assert np.mean(losses[name][-3:]) < 0.85 * losses[name][0], name
    assert np.mean(losses["grid_accuracy"][-3:]) > 0.5


def test_pages_with_nothing_to_guess_do_no_harm(learned):
    model, _ = learned
    empty = [{"words": [], "boxes": []}] * 8
    history = model.fit(empty, epochs=1, batch_size=8, verbose=0).history
    assert history["loss"] == [0.0]
    assert all(np.isfinite(v.numpy()).all() for v in model.trainable_variables)


def test_windows_are_corrupted_anew_in_each_batch():
    model = pretrainer(denoising_weight=0)
    features = model.preprocessor.windows(pages()).features
    before = {name: values.copy() for name, values in features.items()}
    (arrays,) = model.preprocess_labelled(features)
    assert arrays is features
    # Nothing is learned, so only other targets could change the loss.
    model.compile(keras.optimizers.SGD(0.0))
    history = model.fit(
        features,
        validation_data=model.preprocessor(features),
        epochs=3,
        batch_size=4,
        verbose=0,
    ).history
    assert len(set(history["val_loss"])) == 1 and len(set(history["loss"])) == 3
    for name, values in before.items():
        np.testing.assert_array_equal(features[name], values)
    same = [model.predict(features, verbose=0)["lines"] for _ in range(2)]
    np.testing.assert_array_equal(*same)


def test_what_is_left_behind_for_other_tasks(tmp_path):
    model = pretrainer()
    model.save_to_preset(tmp_path / "pages")
    loaded = keras_docs.DocFormerV2Backbone.from_preset(tmp_path / "pages")
    for one, other in zip(loaded.weights, model.backbone.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    labels = ["O", "B-DATE"]
    reader = keras_docs.DocFormerV2Preprocessor(
        model.preprocessor.tokenizer, "label", labels, 64, image_shape=IMAGE
    )
    classifier = keras_docs.DocFormerV2TokenClassifier(loaded, preprocessor=reader)
    assert classifier.predict(pages(), verbose=0).shape == (4, 64, 2)


def test_bad_arguments():
    task, made = keras_docs.DocFormerV2Pretrainer, preprocessor()
    with pytest.raises(ValueError, match="one of them above 0. Received: 0, 0.0, 0"):
        task(backbone(), made, line_weight=0, grid_weight=0.0, denoising_weight=0)
    with pytest.raises(ValueError, match="must be 0 or more.*Received: -1, 1.0, 1.0"):
        task(backbone(), made, line_weight=-1)
    with pytest.raises(ValueError, match="Denoising needs a decoder"):
        task(backbone(num_decoder_layers=0), made)
    with pytest.raises(ValueError, match="`image_shape` of the preprocessor"):
        task(backbone(), preprocessor(image_shape=None))
    with pytest.raises(ValueError, match="num_cells=9, and the preprocessor has 16"):
        task(backbone(), made, num_cells=9)
    with pytest.raises(ValueError, match="`num_cells` must be.*num_cells=None"):
        task(backbone())
    model = task(backbone(), num_cells=16)
    x, y, weights = made(pages())
    with pytest.raises(ValueError, match="There is nothing to learn"):
        model.fit(x)
    packed = model.preprocess_labelled(x, y, weights)
    assert packed == model.transform_batch(packed) == (x, y, weights)
