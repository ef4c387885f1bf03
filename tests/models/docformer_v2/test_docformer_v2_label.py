"""`label` and `extract` of a token classifier, with a head that is set by hand."""

import docformer_examples
import keras
import numpy as np
import page_examples
import pytest
from keras import ops
from pdf_examples import pdf

import keras_docs
from keras_docs.models.docformer_v2.decode_labels import decode_labels

LABELS = ["O", "B-KEY", "I-KEY", "B-VALUE"]
WORDS = ["Total", "amount", "due:", "12.50", "EUR"]
TAGS = ["B-KEY", "I-KEY", "I-KEY", "B-VALUE", "O"]
PAGE = page_examples.page(" ".join(WORDS))


def array(x):
    return np.asarray(ops.convert_to_numpy(x))


def classifier(**kwargs):
    """Whose head is zero: all labels are as probable."""
    keras.utils.set_random_seed(0)
    preprocessor = page_examples.preprocessor(
        task="label", labels=LABELS, **{"sequence_length": 64, **kwargs}
    )
    encoder = docformer_examples.backbone(
        vocabulary_size=page_examples.tokenizer().vocabulary_size(),
        num_decoder_layers=0,
        hidden_dim=16,
        image_shape=None,
        dropout=0.0,
    )
    model = keras_docs.DocFormerV2TokenClassifier(
        encoder, preprocessor=preprocessor, dropout=0.0
    )
    model.label_logits.set_weights([np.zeros((16, 4)), np.zeros(4)])
    return model


def teach(model, page, tags, logit=3.0):
    """Solves the head so that the words of a page get these labels."""
    windows = model.preprocessor.windows([page])
    hidden = array(model.backbone(windows.features)["encoder_sequence_output"])[0]
    ids = windows.word_ids[0]
    firsts = [int(np.argmax(ids == i)) for i in range(len(tags))]
    wanted = logit * np.eye(len(LABELS))[[LABELS.index(tag) for tag in tags]]
    kernel = np.linalg.pinv(hidden[firsts].astype("float64")) @ wanted
    model.label_logits.set_weights([kernel, np.zeros(len(LABELS))])


def test_words_and_entities_of_a_page():
    model = classifier()
    teach(model, PAGE, TAGS)
    found = model.label(PAGE)
    assert found["word_labels"] == TAGS and found["words"] == WORDS
    # The softmax of 3, 0, 0, 0.
    sure = np.exp(3) / (np.exp(3) + 3)
    np.testing.assert_allclose(found["confidences"], sure, atol=1e-3)
    key, value = found["entities"]
    assert key["label"] == "KEY" and key["text"] == "Total amount due:"
    assert key["words"] == [0, 1, 2] and key["box"] == [0, 10, 55, 30]
    assert value["label"] == "VALUE" and value["words"] == [3]
    assert value["confidence"] == pytest.approx(sure, abs=1e-3)
    # What it returns is a page: it can be labelled, learned from and drawn.
    again = model.label(found)
    assert again["entities"] == found["entities"]
    assert model.preprocessor(found)[1].max() == 3


def test_extract_groups_entities_by_label():
    model = classifier()
    teach(model, PAGE, TAGS)
    found = model.extract(PAGE)
    assert {label: [e["text"] for e in of] for label, of in found.items()} == {
        "KEY": ["Total amount due:"],
        "VALUE": ["12.50"],
    }
    document = model.extract([[PAGE, PAGE]])[0]
    assert [entity["page"] for entity in document["VALUE"]] == [0, 1]


def test_long_pages_are_merged_from_windows():
    """Against the mean of NumPy over the windows of each word."""
    model = classifier(sequence_length=24, stride=8)
    random = np.random.default_rng(0)
    model.label_logits.set_weights([random.normal(size=(16, 4)), np.zeros(4)])
    page = page_examples.page(" ".join(WORDS * 4))
    windows = model.preprocessor.windows([page], return_overflow=True)
    logits = array(model(windows.features))
    assert len(logits) > 2
    total = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    found = model.label(page)
    means = []
    for word in range(20):
        places = [
            row[np.argmax(ids == word)]
            for row, ids in zip(total, windows.word_ids, strict=True)
            if (ids == word).any()
        ]
        means.append(np.mean(places, axis=0))
    labels, sure = decode_labels(np.array(means), LABELS)
    assert found["word_labels"] == labels and len(set(labels)) > 1
    np.testing.assert_allclose(found["confidences"], sure, atol=1e-4)


def test_words_of_one_box_are_one_entity():
    model = classifier()
    cell, other = PAGE["boxes"][0], PAGE["boxes"][4]
    page = PAGE | {"boxes": [cell, cell, cell, other, other]}
    # Word by word, the box's second one is outside, and its third one begins anew.
    tags = ["B-KEY", "O", "B-KEY", "B-VALUE", "O"]
    teach(model, page, tags)
    assert model.label(page)["word_labels"] == tags
    found = model.label(page, whole_boxes=True)
    assert found["word_labels"][:3] == ["B-KEY", "I-KEY", "I-KEY"]
    # Of four labels, the head gives e³ to one: KEY has two of them.
    high = (np.exp(3) + 1) ** (2 / 3) * 2 ** (1 / 3)
    outside, value = np.exp(3) ** (1 / 3), 1.0
    sure = high / (high + outside + value)
    np.testing.assert_allclose(found["confidences"][:3], sure, atol=1e-3)
    (key,) = model.extract(page, whole_boxes=True)["KEY"]
    assert key["text"] == "Total amount due:" and key["box"] == cell


def test_what_is_hidden_in_training_is_not_learned():
    model = classifier()
    tokenizer = model.preprocessor.tokenizer
    teach(model, PAGE, TAGS)
    # No decay, which would change rows that were not read.
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    before = array(model.backbone.token_embedding.embeddings)
    page = PAGE | {"word_labels": TAGS[::-1]}
    hide = keras_docs.PageAugmentation(tokenizer, stretch=0.1, hidden=1.0, seed=0)
    model.fit([page] * 2, batch_size=2, epochs=2, augmentation=hide, verbose=0)
    changed = (array(model.backbone.token_embedding.embeddings) != before).any(1)
    read = {tokenizer.token_to_id("<unk>"), tokenizer.end_token_id}
    assert tokenizer.token_to_id("<unk>") in np.flatnonzero(changed)
    assert set(np.flatnonzero(changed)) <= read


def test_one_page_and_several():
    model = classifier()
    assert [r["word_labels"] for r in model.label([PAGE, PAGE])] == [["O"] * 5] * 2
    first, second = model.label(pdf(["BT /F1 24 Tf 60 700 Td (Total) Tj ET"] * 2))
    assert first["words"] == second["words"] == ["Total"] and second["page"] == 1
    nested = model.label([PAGE, [PAGE, PAGE]])
    assert nested[0]["words"] == WORDS and len(nested[1]) == 2
    assert model.label([]) == []


def test_pages_without_words_and_words_without_tokens():
    model = classifier()
    empty = model.label({"words": [], "boxes": []})
    assert empty["word_labels"] == [] and empty["entities"] == []
    found = model.label(page_examples.page("Total") | {"words": [" "]})
    assert found["word_labels"] == [None] and found["confidences"] == [0.0]


def test_a_page_that_fails_does_not_take_others_down():
    model = classifier()
    wrong = PAGE | {"boxes": [*PAGE["boxes"][:-1], [0, 0, 9999, 9]]}
    match = r"Page 1: word 4 \('EUR'\) has the box \[0, 0, 9999, 9\]"
    with pytest.raises(ValueError, match=match):
        model.label([PAGE, wrong])
    with pytest.raises(ValueError, match=r"The page: word 4 \('EUR'\)"):
        model.label(wrong)
    good, bad, gone = model.label([PAGE, wrong, "gone.png"], on_error="skip")
    assert good["word_labels"] == ["O"] * 5 and "error" not in good
    assert bad["error"].startswith("Page 1: word 4 ('EUR') has the box")
    assert bad["entities"] == [] and "gone.png" in gone["error"]
    assert model.label(wrong, on_error="skip")["error"].startswith("The page: word 4")
    found = model.extract([PAGE, wrong], on_error="skip")
    assert "error" not in found[0] and found[1]["error"].startswith("Page 1: word 4")


def test_no_preprocessor():
    model = keras_docs.DocFormerV2TokenClassifier(
        docformer_examples.encoder(), num_labels=2
    )
    with pytest.raises(ValueError, match="`label` needs a preprocessor"):
        model.label(PAGE)
    assert isinstance(model, keras.Model)
