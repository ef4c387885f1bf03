"""Evidence: what changes when a word or a part of the image is hidden."""

import docformer_examples
import numpy as np
import page_examples
import pytest

import keras_docs
from keras_docs.models.docformer_v2.occlusion import occlusion


def test_finds_the_weights_of_what_is_seen():
    """A score that is a sum over what is seen falls by each part's share."""
    random = np.random.default_rng(0)
    word_ids = np.array([-1, 0, 0, 1, 3, 4, -1])
    by_token = random.normal(size=7)
    by_row = np.arange(6.0)[:, None, None]
    features = {
        "encoder_token_ids": np.arange(7)[None],
        "encoder_padding_mask": np.ones((1, 7), "int32"),
        "images": np.zeros((1, 6, 4, 1), "float32"),
    }

    def score(hidden):
        dark = (255 - hidden["images"]) / 255 * by_row
        seen = hidden["encoder_padding_mask"] * by_token
        return seen.sum(1) + dark.sum((1, 2, 3))

    found = occlusion(score, features, word_ids, 5, (3, 2), 0)
    assert found["log_probability"] == pytest.approx(score(features)[0])
    expected = [by_token[word_ids == i].sum() for i in range(5)]
    expected[2] = np.nan
    np.testing.assert_allclose(found["words"], expected, atol=1e-5)
    # Of each cell two columns and two rows, 0 and 1, 2 and 3, 4 and 5.
    np.testing.assert_allclose(found["cells"], [[2, 2], [10, 10], [18, 18]])
    assert features["encoder_padding_mask"].all() and not features["images"].any()
    bare = {n: a for n, a in features.items() if n != "images"}
    assert occlusion(lambda f: np.zeros(len(f["encoder_token_ids"])), bare, word_ids,
                     5, (3, 2), 0)["cells"] is None  # fmt: skip


def test_evidence_of_a_label():
    model = docformer_examples.token_classifier()
    page = docformer_examples.raw_pages(1, "label")[0]
    found = model.evidence(page, word=1, cells=(2, 1))
    labelled = model.label(page)
    assert found["label"] == labelled["word_labels"][1]
    assert np.exp(found["log_probability"]) == pytest.approx(
        labelled["confidences"][1], rel=1e-4
    )
    assert found["cells"].shape == (2, 1)
    # By hand, of one word: its tokens are gone.
    windows = model.preprocessor.windows([page])
    hidden = {n: a.copy() for n, a in windows.features.items()}
    gone = windows.word_ids == 3
    hidden["encoder_padding_mask"][gone] = 0
    hidden["encoder_token_ids"][gone] = 0
    place = int(np.argmax(windows.word_ids[0] == 1))
    logits = model.predict_windows(windows._replace(features=hidden))[0, place]
    label = model.preprocessor.labels.index(found["label"])
    left = logits[label] - np.log(np.exp(logits).sum())
    fall = found["log_probability"] - left
    assert found["words"][3] == pytest.approx(fall, abs=1e-4)
    for word in (-1, 5):
        with pytest.raises(ValueError, match="`word` must be the index of one of"):
            model.evidence(page, word=word)


def test_evidence_of_an_answer():
    model = docformer_examples.seq_2_seq_lm()
    page = docformer_examples.raw_pages(1)[0]
    question = "What is the total?"
    own = model.evidence(page, question, cells=None)
    assert own["answer"] == model.answer(page, question)["answer"]
    assert own["words"].shape == (5,) and own["cells"] is None
    found = model.evidence(page, question, "12.50", cells=(1, 1))
    # The log-probability that teacher forcing has.
    loss = model.evaluate(
        {**page, "questions": question, "answers": "12.50"}, verbose=0
    )[0]
    tokens = len(model.preprocessor.tokenizer.tokenize(["12.50"])[0]) + 1
    assert found["log_probability"] == pytest.approx(-loss * tokens, rel=1e-3)


def test_one_page_at_a_time():
    model = docformer_examples.token_classifier()
    page = page_examples.page()
    for pages in ([page, page], [], [[page]]):
        with pytest.raises(ValueError, match="`evidence` takes one page"):
            model.evidence(pages, word=0)
    with pytest.raises(ValueError, match="has no words"):
        model.evidence({"words": [], "boxes": []}, word=0)
    bare = keras_docs.DocFormerV2Seq2SeqLM(docformer_examples.backbone())
    with pytest.raises(ValueError, match="`evidence` needs a preprocessor"):
        bare.evidence(page, "Total?")
