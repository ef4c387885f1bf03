"""`link`, with a head that is set by hand."""

import docformer_examples
import numpy as np
import page_examples
import pytest
from keras import ops

import keras_docs

ENTITIES = [
    {"label": "key", "words": [0]},
    {"label": "value", "words": [1, 2]},
    {"label": "key", "words": [3]},
    {"label": "value", "words": []},
]
PAGE = page_examples.page("Total 12.50 EUR Date:", entities=ENTITIES)


def linker(**kwargs):
    preprocessor = page_examples.preprocessor(
        task="link", labels=["key", "value"], **{"sequence_length": 64, **kwargs}
    )
    encoder = docformer_examples.backbone(
        vocabulary_size=page_examples.tokenizer().vocabulary_size(),
        num_decoder_layers=0,
        image_shape=None,
        dropout=0.0,
    )
    return keras_docs.DocFormerV2EntityLinker(
        encoder, preprocessor=preprocessor, link_dim=8, dropout=0.0
    )


def probabilities(model, windows):
    logits = np.asarray(ops.convert_to_numpy(model(windows.features)), "float64")
    return (1 + np.tanh(logits / 2)) / 2


def test_links_are_the_pairs_that_are_probable():
    model = linker()
    expected = probabilities(model, model.preprocessor.windows([PAGE]))[0]
    threshold = float(np.median(expected[expected > 1e-6]))
    found = model.link(PAGE, threshold=threshold)
    wanted = {(i, j) for i, j in np.argwhere(expected >= threshold)}
    assert {one["link"] for one in found} == wanted and wanted
    for one in found:
        assert one["probability"] == pytest.approx(expected[one["link"]], abs=1e-5)
        texts = ["Total", "12.50 EUR", "Date:"]
        assert (one["key"], one["value"]) == tuple(texts[i] for i in one["link"])
    everything = model.link(PAGE, threshold=1e-12)
    # The last entity has no words.
    assert {one["link"] for one in everything} == {
        (i, j) for i in range(3) for j in range(3) if i != j
    }


def test_windows_are_merged_and_pairs_that_no_window_shows_are_not_linked():
    model = linker(sequence_length=24, stride=12)
    page = page_examples.page(
        "Total 12.50 EUR Date: " * 4,
        entities=[{"label": "key", "words": [i]} for i in range(16)],
    )
    windows = model.preprocessor.windows([page], return_overflow=True)
    expected = probabilities(model, windows)
    shown = windows.features["entity_labels"] > 0
    found = {one["link"]: one for one in model.link(page, threshold=1e-12)}
    together = 0
    for i in range(16):
        for j in range(16):
            rows = [w for w in range(len(shown)) if shown[w, i] and shown[w, j]]
            if i == j or not rows:
                assert (i, j) not in found
                continue
            together += len(rows) > 1
            mean = expected[rows, i, j].mean()
            assert found[i, j]["probability"] == pytest.approx(mean, abs=1e-5)
    assert together and len(found) < 16 * 15


def test_what_a_classifier_labels_is_linked():
    model = linker()
    labelled = {
        **page_examples.page("Total 12.50 EUR Date:"),
        "word_labels": ["B-KEY", "B-VALUE", "I-VALUE", "O"],
        "confidences": [1.0] * 4,
        "entities": [
            {"label": "KEY", "words": [0], "text": "Total", "box": [0, 0, 1, 1]},
            {"label": "VALUE", "words": [1, 2], "text": "12.50 EUR"},
        ],
    }
    found = model.link(labelled, threshold=1e-12)
    assert [(one["key"], one["value"]) for one in found] == [
        ("Total", "12.50 EUR"),
        ("12.50 EUR", "Total"),
    ]


def test_several_pages_and_pages_that_fail():
    model = linker()
    nothing = page_examples.page("Total", entities=[])
    assert model.link(nothing) == []
    assert model.link({"words": [], "boxes": [], "entities": []}) == []
    wrong = PAGE | {"entities": [{"label": "date", "words": [0]}]}
    bare = page_examples.page("Total")
    with pytest.raises(ValueError, match="Page 1: entity 0 has the label 'date'"):
        model.link([PAGE, wrong])
    with pytest.raises(ValueError, match="The page has no `entities` to link"):
        model.link(bare)
    pages = [PAGE, wrong, bare, nothing]
    good, bad, unlabelled, empty = model.link(pages, 1e-12, on_error="skip")
    assert len(good) == 6 and empty == []
    assert bad[0]["error"].startswith("Page 1: entity 0 has the label")
    assert unlabelled[0]["error"].startswith("Page 2 has no `entities`")
    for threshold in (0, 2):
        with pytest.raises(ValueError, match="`threshold` is a probability"):
            model.link(PAGE, threshold)
