"""Answers: decoding with caches against whole passes, samplers, scores, training."""

import itertools
import sys
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops

import keras_docs
from keras_docs.kernels import traced_step

sys.path.insert(0, str(Path(__file__).parent))

from docformer_v2_helpers import (  # noqa: E402
    VOCABULARY,
    backbone,
    outputs,
    pages,
    question,
)

LENGTH = 6


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return keras_docs.DocFormerV2Seq2SeqLM(backbone(spatial_bias="2d"))


def next_scores(model, features, tokens):
    """Log probabilities of each token that may follow, by a pass over the whole."""
    whole = {
        **features,
        "decoder_token_ids": tokens,
        "decoder_padding_mask": np.ones_like(tokens),
    }
    logits = outputs(model, {name: whole[name] for name in model.input})
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def whole_answers(model, features, length=LENGTH, given=None):
    """Greedy decoding without caches: each step computes everything anew."""
    rows = len(features["encoder_token_ids"])
    tokens = np.zeros((rows, length), "int32")
    for index in range(1, length):
        best = next_scores(model, features, tokens)[:, index - 1].argmax(-1)
        if given is not None:
            best = np.where(given[1][:, index], given[0][:, index], best)
        tokens[:, index] = best
    return tokens


def test_decoding_with_caches_equals_whole_passes(model):
    features = question(model)
    expected = whole_answers(model, features)
    model.compile(sampler="greedy")
    found, scores = model.generate(
        features, LENGTH, stop_token_ids=None, return_scores=True
    )
    np.testing.assert_array_equal(found["decoder_token_ids"], expected)
    assert found["decoder_padding_mask"].all()
    chosen = next_scores(model, features, expected)[:, :-1]
    chosen = np.take_along_axis(chosen, expected[:, 1:, None], axis=-1)[..., 0]
    np.testing.assert_allclose(scores["log_probability"], chosen.sum(1), atol=1e-4)
    mean = np.exp(chosen).mean(1)
    np.testing.assert_allclose(scores["mean_probability"], mean, atol=1e-5)
    # Rows are independent of each other and of the batch.
    again = model.generate(features, LENGTH, stop_token_ids=None, batch_size=1)
    np.testing.assert_array_equal(again["decoder_token_ids"], expected)


@pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="JAX and TensorFlow compile the whole of `generate`, and record no step",
)
def test_recorded_steps_follow_the_weights(monkeypatch):
    """PyTorch records a step that comes often; what changes later has to count."""
    recorded = keras_docs.DocFormerV2Seq2SeqLM(backbone())
    features = question(recorded)

    def written(calls):
        monkeypatch.setattr(traced_step, "CALLS_BEFORE", calls)
        recorded.compile(sampler="beam")
        found = recorded.generate(
            features, LENGTH, stop_token_ids=(1,), return_scores=True
        )
        return found[0]["decoder_token_ids"], found[1]["log_probability"]

    def check():
        recorded._step = None
        plain = written(1000)
        tokens, scores = written(1)
        assert recorded._step._traces
        np.testing.assert_array_equal(tokens, plain[0])
        np.testing.assert_allclose(scores, plain[1], atol=1e-5)
        return scores

    before = check()
    for variable in recorded.trainable_variables:
        variable.assign(1.5 * variable)
    tokens, scores = written(1)
    assert np.abs(scores - before).max() > 1e-3
    recorded._step = None
    np.testing.assert_array_equal(tokens, written(1000)[0])
    recorded.quantize("int8")
    check()


def test_answers_end_with_the_stop_token(model):
    features = question(model)
    free = whole_answers(model, features)
    stop = int(free[0, 2])
    model.compile(sampler="greedy")
    found, scores = model.generate(
        features, LENGTH, stop_token_ids=(stop,), return_scores=True
    )
    for row in range(2):
        ends = np.flatnonzero(free[row] == stop)
        size = ends[0] + 1 if len(ends) else LENGTH
        expected = np.where(np.arange(LENGTH) < size, free[row], 0)
        assert found["decoder_token_ids"][row].tolist() == expected.tolist()
        assert found["decoder_padding_mask"][row].sum() == size
        chosen = next_scores(model, features, free)[row, : size - 1]
        expected = sum(chosen[i, free[row, i + 1]] for i in range(size - 1))
        assert scores["log_probability"][row] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sampler", ["greedy", "beam", "contrastive", "top_p"])
def test_a_given_beginning_stays(model, sampler):
    ids = np.array([[0, 5, 6, 7], [0, 9, 0, 0]])
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    model.compile(sampler=sampler)
    features = {
        **question(model),
        "decoder_token_ids": ids,
        "decoder_padding_mask": mask,
    }
    found = model.generate(features, LENGTH, stop_token_ids=None)
    tokens = found["decoder_token_ids"]
    assert tokens.shape == (2, LENGTH)
    assert tokens[0, :4].tolist() == [0, 5, 6, 7] and tokens[1, :2].tolist() == [0, 9]
    if sampler == "greedy":
        given = np.pad(ids, ((0, 0), (0, 2))), np.pad(mask, ((0, 0), (0, 2))) == 1
        expected = whole_answers(model, question(model), given=given)
        np.testing.assert_array_equal(tokens, expected)


def test_a_wide_enough_beam_finds_the_best_answer():
    """Against all answers of a tiny vocabulary, ended ones included."""
    keras.utils.set_random_seed(3)
    words, length, stop = 4, 4, 1
    small = keras_docs.DocFormerV2Seq2SeqLM(backbone(vocabulary_size=words))
    features = {name: array % words for name, array in question(small).items()}
    sampler = keras_hub.samplers.BeamSampler(num_beams=words**2)
    small.compile(sampler=sampler)
    found, scores = small.generate(
        features, length, stop_token_ids=(stop,), return_scores=True
    )
    answers = np.array(
        [(0, *rest) for rest in itertools.product(range(words), repeat=length - 1)]
    )
    for row in range(2):
        repeated = {
            name: np.repeat(array[row : row + 1], len(answers), axis=0)
            for name, array in features.items()
        }
        steps = next_scores(small, repeated, answers)
        best = -np.inf
        for answer, step in zip(answers, steps, strict=True):
            ends = np.flatnonzero(answer[1:] == stop)
            size = ends[0] + 1 if len(ends) else length - 1
            best = max(best, sum(step[i, answer[i + 1]] for i in range(size)))
        assert scores["log_probability"][row] == pytest.approx(best, abs=1e-4)


@pytest.mark.costly
def test_learns_to_answer():
    """The answer is the first word of the document."""
    features = pages(rows=8, seed=3)
    first = features["encoder_token_ids"][:, 2:3]
    ids = np.concatenate([0 * first, first, 0 * first + 1], axis=1)
    features["decoder_token_ids"] = ids
    features["decoder_padding_mask"] = np.ones_like(ids)
    small = keras_docs.DocFormerV2Seq2SeqLM(backbone(hidden_dim=16))
    small.compile(optimizer=keras.optimizers.Adam(0.03))
    history = small.fit(features, epochs=40, batch_size=8, verbose=0).history
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    answers, scores = small.generate(
        question(small, features), max_length=4, return_scores=True
    )
    right = (answers["decoder_token_ids"][:, 1] == first[:, 0]).mean()
    assert right > 0.8
    assert (answers["decoder_padding_mask"].sum(1) == 3).mean() > 0.8
    assert (scores["mean_probability"] > 0.3).mean() > 0.8


def test_labels_of_their_own_are_the_shifted_answers():
    small = keras_docs.DocFormerV2Seq2SeqLM(backbone())
    features = pages()
    ids, mask = features["decoder_token_ids"], features["decoder_padding_mask"]
    x, y, weight = small.preprocess_labelled(features)
    np.testing.assert_array_equal(x["decoder_token_ids"], ids[:, :-1])
    np.testing.assert_array_equal(y, ids[:, 1:])
    np.testing.assert_array_equal(weight, mask[:, 1:])
    own = {**features, "decoder_token_ids": ids[:, :-1]}
    own["decoder_padding_mask"] = mask[:, 1:]
    assert small.evaluate(own, y, sample_weight=weight, verbose=0) == pytest.approx(
        small.evaluate(features, verbose=0)
    )


@pytest.mark.parametrize("dtype", ["mixed_float16", "bfloat16"])
def test_half_precision_generates(dtype):
    half = keras_docs.DocFormerV2Seq2SeqLM(backbone(dtype=dtype))
    found, scores = half.generate(question(half), 4, return_scores=True)
    assert found["decoder_token_ids"].shape == (2, 4)
    assert (found["decoder_token_ids"] < VOCABULARY).all()
    assert np.isfinite(scores["log_probability"]).all()


def test_scores_are_scaled_when_weights_are_tied():
    tied = keras_docs.DocFormerV2Seq2SeqLM(backbone())
    free = keras_docs.DocFormerV2Seq2SeqLM(backbone(scale_logits=False))
    for ours, theirs in zip(free.weights, tied.weights, strict=True):
        ours.assign(ops.copy(theirs))
    scaled, unscaled = outputs(tied, pages()), outputs(free, pages())
    np.testing.assert_allclose(scaled * 8**0.5, unscaled, atol=1e-4)


def test_bad_input(model):
    with pytest.raises(ValueError, match="`inputs` lacks encoder_boxes.*segment_ids"):
        model.generate({"encoder_token_ids": [[2]], "encoder_padding_mask": [[1]]})
    with pytest.raises(ValueError, match="`max_length`.*at least 2"):
        model.generate(question(model), max_length=1)
    with pytest.raises(ValueError, match="no answers to learn from"):
        model.fit(question(model))
    with pytest.raises(ValueError, match="must have a decoder"):
        keras_docs.DocFormerV2Seq2SeqLM(backbone(num_decoder_layers=0))
