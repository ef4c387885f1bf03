"""Arrays of pages: against what is counted by hand or by slower code."""

import functools
import json
import time

import numpy as np
import PIL.Image
import pytest
from page_examples import page, preprocessor, tokenizer

import keras_docs

pytestmark = pytest.mark.no_tensors

QUESTION = "What is the total?"


@functools.cache
def tokens(text):
    return tokenizer().tokenize(text).tolist()


def test_a_row_is_question_words_end_and_padding():
    made = preprocessor()
    x, y, weight = made(page(questions=QUESTION, answers="12.50 EUR"))
    prefix = tokens(f"question: {QUESTION} context:")
    words = [tokens(word) for word in page()["words"]]
    flat = [id_ for ids in words for id_ in ids]
    length = len(prefix) + len(flat) + 1
    ids = x["encoder_token_ids"][0]
    assert ids.tolist() == [*prefix, *flat, 1] + [0] * (len(ids) - length)
    assert len(ids) % 8 == 0 and len(ids) - length < 8
    assert x["encoder_padding_mask"][0].sum() == length
    kinds = [1] * len(prefix) + [2] * (len(flat) + 1) + [0] * (len(ids) - length)
    assert x["segment_ids"][0].tolist() == kinds
    inherited = [
        box for box, ids in zip(page()["boxes"], words, strict=True) for _ in ids
    ]
    boxes = x["encoder_boxes"][0].tolist()
    assert boxes[: len(prefix)] == [[0] * 4] * len(prefix)
    assert boxes[len(prefix) : length] == [*inherited, [1000] * 4]
    assert boxes[length:] == [[0] * 4] * (len(ids) - length)
    answer = tokens("12.50 EUR")
    room = y.shape[1] - len(answer) - 1
    assert y[0].tolist() == [*answer, 1] + [0] * room
    assert weight[0].tolist() == [1.0] * (len(answer) + 1) + [0.0] * room
    assert x["decoder_token_ids"][0].tolist() == [0, *answer] + [0] * room
    assert (x["decoder_padding_mask"] == weight).all()
    assert {array.dtype.name for array in x.values()} == {"int32"}
    assert (y.dtype.name, weight.dtype.name) == ("int32", "float32")


def test_softened_capitals():
    read = ["TOTAL", "A", "27,MAY", "B.V.", "eBay", "12.50", "ÉTÉ"]
    meant = ["Total", "A", "27,May", "B.V.", "eBay", "12.50", "Été"]
    boxes = [[10, 10, 20, 20]] * len(read)
    pages = [{"words": w, "boxes": boxes, "questions": "TOTAL?"} for w in (read, meant)]
    soft, hard = preprocessor(soften_capitals=True), preprocessor()
    wanted = hard(pages[1])["encoder_token_ids"]
    np.testing.assert_array_equal(soft(pages[0])["encoder_token_ids"], wanted)
    assert not np.array_equal(hard(pages[0])["encoder_token_ids"], wanted)


def test_all_forms_of_input_are_the_same():
    made = preprocessor()
    pages = [page("Date: 12 May", questions="Date?"), page(questions=QUESTION)]
    lists = {key: [p[key] for p in pages] for key in pages[0]}
    aliases = {("encoder_text" if k == "questions" else k): v for k, v in lists.items()}
    singular = [
        {("question" if k == "questions" else k): v for k, v in p.items()}
        for p in pages
    ]
    wanted = made(pages)
    for form in (lists, aliases, singular, np.array(pages, dtype=object)):
        found = made(form)
        assert found.keys() == wanted.keys()
        for key, array in wanted.items():
            np.testing.assert_array_equal(found[key], array)
    single = made(pages[0])
    width = single["encoder_token_ids"].shape[1]
    np.testing.assert_array_equal(
        single["encoder_token_ids"][0], wanted["encoder_token_ids"][0][:width]
    )


def test_a_sample_for_each_question():
    made = preprocessor()
    asked = page(questions=["Date?", QUESTION], answers=["12 May", ["12.50", "12"]])
    x, y, _ = made([asked, page(questions="No?", answers="4711")])
    assert len(y) == 3
    assert made.generate_postprocess(x) == ["12 May", "12.50", "4711"]
    windows = made.windows([asked, page()])
    assert windows.sample_pages.tolist() == [0, 0, 1]
    assert windows.overflow_to_sample.tolist() == [0, 1, 2]


def test_labels_on_first_pieces_alone():
    made = preprocessor(task="label", padding_multiple=1)
    words = page()["words"]
    labels = ["B-KEY", "I-KEY", None, "B-VALUE", "O"]
    pages = [page(word_labels=labels)]
    assert made.adapt(pages).labels == ["O", "B-KEY", "B-VALUE", "I-KEY"]
    x, y, weight = made(pages)
    wanted, weights = [], []
    for word, label in zip(words, labels, strict=True):
        more = len(tokens(word)) - 1
        assert more >= 0
        wanted += [made.labels.index(label) if label else 0] + [0] * more
        weights += [float(label is not None)] + [0.0] * more
    assert y[0].tolist() == [*wanted, 0]
    assert weight[0].tolist() == [*weights, 0.0]
    again, by_y, _ = made([page()], [labels])
    np.testing.assert_array_equal(by_y, y)
    half = made(pages, sample_weight=[0.5])[2]
    np.testing.assert_array_equal(half, weight / 2)


@pytest.mark.parametrize("stride", [0, 5, 1000])
def test_windows_cover_long_pages(stride):
    random = np.random.default_rng(stride)
    known = ["Total", "amount", "due:", "Invoice", "Registration", "company,", "a"]
    words = random.choice(known, 300).tolist()
    boxes = np.sort(random.integers(0, 1001, (300, 2, 2)), axis=1).reshape(300, 4)
    made = preprocessor(sequence_length=48, stride=stride, return_overflow=True)
    long = {"words": words, "boxes": boxes, "questions": QUESTION}
    windows = made.windows([page(questions="Date?"), long])
    rows = np.flatnonzero(windows.overflow_to_sample == 1)
    seen = []
    for row in rows:
        ids = windows.word_ids[row]
        inside = np.unique(ids[ids >= 0])
        # Consecutive words, all of their tokens, and the question before them.
        assert inside.tolist() == list(range(inside[0], inside[-1] + 1))
        features = {name: array[row] for name, array in windows.features.items()}
        length = features["encoder_padding_mask"].sum()
        assert length <= 48
        prefix = tokens(f"question: {QUESTION} context:")
        flat = [id_ for i in inside for id_ in tokens(words[i])]
        assert features["encoder_token_ids"][:length].tolist() == [*prefix, *flat, 1]
        at = ids >= 0
        np.testing.assert_array_equal(features["encoder_boxes"][at], boxes[ids[at]])
        if seen:
            assert seen[-1][0] < inside[0] <= seen[-1][-1] + 1
            assert inside[-1] > seen[-1][-1]
            shared = [id_ for i in range(inside[0], seen[-1][-1] + 1)
                      for id_ in tokens(words[i])]  # fmt: skip
            assert len(shared) <= stride
        seen.append(inside)
    assert set(np.concatenate(seen)) == set(range(300))
    assert windows.word_counts.tolist() == [5, 300]
    if stride == 5:
        assert any(a[-1] >= b[0] for a, b in zip(seen, seen[1:], strict=False))


def test_a_page_cut_short_warns():
    made = preprocessor(sequence_length=16)
    with pytest.warns(UserWarning, match="return_overflow=True"):
        x = made(page("Total " * 40))
    assert x["encoder_token_ids"].shape == (1, 16)


def test_merged_windows():
    made = preprocessor(
        task="label", sequence_length=12, stride=4, return_overflow=True
    )
    pages = [page("Total due: " * 12), page("May"), page("")]
    windows = made.windows(pages)
    assert len(windows.overflow_to_sample) > 5
    random = np.random.default_rng(0)
    scores = random.random((*windows.word_ids.shape, 2))
    merged = made.merge_windows(windows, scores)
    assert [len(m) for m in merged] == [24, 1, 0]
    for sample, found in enumerate(merged):
        for word, score in enumerate(found):
            votes = []
            for row in np.flatnonzero(windows.overflow_to_sample == sample):
                at = np.flatnonzero(windows.word_ids[row] == word)
                votes += [scores[row, at[0]]] if len(at) else []
            np.testing.assert_allclose(score, np.mean(votes, axis=0), rtol=1e-6)
    sure = np.arange(len(windows.overflow_to_sample), dtype=float)
    sure[1] = 99
    sure[2] = np.nan
    answers = [f"{row}" for row in range(len(sure))]
    assert made.merge_windows(windows, sure, answers) == ["1", *answers[-2:]]
    with pytest.raises(ValueError, match="for each of the"):
        made.merge_windows(windows, sure[:2], answers)
    with pytest.raises(ValueError, match="a vector for each token"):
        made.merge_windows(windows, scores[:, :2])


def test_links_between_entities():
    entities = [
        {"label": "question", "words": [0, 1]},
        {"label": "answer", "words": [3]},
        {"label": "answer", "words": []},
    ]
    linked = page(entities=entities, links=[[0, 1], (0, 2)])
    made = preprocessor(task="link").adapt([linked])
    assert made.labels == ["answer", "question"]
    x, y, weight = made([linked])
    assert x["entity_labels"][0, :4].tolist() == [2, 1, 0, 0]
    lengths = [len(tokens(word)) for word in linked["words"]]
    starts = np.cumsum([0, *lengths]).tolist()
    spans = [[0, starts[2]], [starts[3], starts[4]], [0, 0]]
    assert x["entity_spans"][0, :3].tolist() == spans
    assert np.argwhere(y[0]).tolist() == [[0, 1]]
    assert np.argwhere(weight[0]).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match="Page 0: a link is a pair.*3 entities"):
        made([{**linked, "links": [[0, 3]]}])
    broken = {**linked, "entities": [{"label": "answer", "words": [9]}]}
    with pytest.raises(ValueError, match="Page 0: entity 0 must be.*0 to 4"):
        made([broken])


def test_images_are_stretched_whole(tmp_path):
    made = preprocessor(image_shape=(8, 4, 3))
    halves = np.zeros((40, 60), "uint8")
    halves[:, 30:] = 255
    path = tmp_path / "page.png"
    PIL.Image.fromarray(halves).save(path)
    pages = [page(images=source) for source in (halves, str(path), path, None)]
    images = made(pages)["images"]
    assert images.shape == (4, 8, 4, 3) and images.dtype == np.float32
    np.testing.assert_array_equal(images[0], images[1])
    np.testing.assert_array_equal(images[0], images[2])
    assert (images[0, :, 0] < 30).all() and (images[0, :, 3] > 225).all()
    assert (images[3] == 255).all()
    grey = preprocessor(image_shape=(8, 4, 1))(pages[:1])["images"]
    np.testing.assert_array_equal(grey[..., 0], images[:1, ..., 0])


def test_boxes_in_pixels_take_the_size_of_the_image():
    made = preprocessor(box_format="pixel")
    image = np.zeros((100, 200), "uint8")
    one = {"words": ["May"], "boxes": [[20, 10, 60, 30]]}
    wanted = [100, 100, 300, 300]
    for sized in ({"size": (200, 100)}, {"images": image}):
        assert made({**one, **sized})["encoder_boxes"][0, 0].tolist() == wanted
    with pytest.raises(ValueError, match="Page 0 has boxes in pixels.*`size`"):
        made(one)


def test_a_bad_page_names_itself_and_leaves_the_others():
    made = preprocessor()
    bad = page()
    bad["boxes"][2] = [50, 10, 40, 20]
    pages = [page(), bad, page("May")]
    with pytest.raises(ValueError, match=r"Page 1: word 2 \('due:'\).*inverted"):
        made(pages)
    windows = made.windows(pages, on_error="skip")
    assert windows.sample_pages.tolist() == [0, 2]
    assert list(windows.errors) == [1] and "word 2" in windows.errors[1]
    with pytest.raises(ValueError, match="no page to read. Page 0: word 2"):
        made.windows([bad], on_error="skip")


def test_empty_pages_and_words():
    made = preprocessor(task="label", labels=["a", "b"])
    x, y, weight = made([page("", word_labels=[]), page("May", word_labels=["b"])])
    assert x["encoder_padding_mask"].sum(1).tolist()[0] == 1
    assert x["encoder_token_ids"][0, 0] == 1
    assert weight.sum() == 1
    blank = {"words": ["", "May"], "boxes": [[1, 1, 2, 2]] * 2}
    x, y, weight = made([{**blank, "word_labels": ["a", "b"]}])
    assert weight.sum() == 1 and y.max() == 1


def test_twenty_thousand_words():
    made = preprocessor(return_overflow=True, task="label")
    long = {"words": ["Total", "due:"] * 10_000, "boxes": [[1, 2, 3, 4]] * 20_000}
    start = time.perf_counter()
    windows = made.windows(long)
    assert time.perf_counter() - start < 3
    assert set(windows.word_ids.ravel()) == {-1, *range(20_000)}


def test_a_word_longer_than_a_window_is_cut():
    made = preprocessor(sequence_length=16, return_overflow=True)
    windows = made.windows(page(f"Total {'x1' * 40} due:"))
    assert windows.features["encoder_token_ids"].shape[1] == 16
    assert set(windows.word_ids.ravel()) == {-1, 0, 1, 2}


def test_generate():
    made = preprocessor(answer_length=6)
    x = made.generate_preprocess([page(questions=QUESTION), page(questions="May?")])
    assert x["decoder_token_ids"].tolist() == [[0] * 6] * 2
    assert x["decoder_padding_mask"].tolist() == [[1, 0, 0, 0, 0, 0]] * 2
    # Answers that a test set holds must not be given away.
    known = made.generate_preprocess(page(answers="May", questions="?"), 9)
    assert known["decoder_token_ids"].tolist() == [[0] * 9]
    assert known["decoder_padding_mask"].sum() == 1
    ids = [[0, *tokens("May"), 1, 0], [0, *tokens("May"), 1, 1]]
    written = {
        "decoder_token_ids": ids,
        "decoder_padding_mask": np.not_equal(ids, 0).astype("int32"),
    }
    assert made.generate_postprocess(written) == ["May", "May"]


def test_answers_end_within_their_length():
    made = preprocessor(answer_length=6)
    _, y, weight = made(page(questions="?", answers="Registration of the company"))
    assert y.shape == (1, 5) and y[0, -1] == 1 and weight.all()


def test_without_answers_there_is_a_start_token():
    x = preprocessor()(page())
    assert x["decoder_token_ids"].tolist() == [[0]]
    assert "decoder_token_ids" not in preprocessor(task="label")(page())


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ("page.png", "`x` must be a page.*read_pages"),
        ([3], "Page 0 must be a dict"),
        ({}, "`x` has no `words`"),
        ([{"boxes": []}], "Page 0 has no `words`.*OCR"),
        ([{"words": ["a"]}], "Page 0 has words without `boxes`"),
        ({"words": "May", "boxes": []}, "not one string"),
        ([{"words": "May", "boxes": []}], "Page 0: `words` must be a list"),
        ([{"words": [3], "boxes": [[0] * 4]}], "Page 0: word 0 must be a string"),
        ([page(boxs=1)], "unknown part 'boxs'. Did you mean 'boxes'"),
        ([page(), page(boxes=[[0] * 4])], "Page 1 has 5 words and 1 boxes"),
        ([page(questions="?", question="!")], "`questions` twice"),
        ([page(questions=[1])], "Page 0: `questions` must be a string or a list"),
        ([page(questions=["?"], answers="x")], "one string, or list of accepted"),
        ([page(answers=[])], "Page 0: an answer must be a string"),
        ([page(answers="a"), page()], "Page 1 has no `answers`, but other pages do"),
        ([page(questions="May " * 600)], "Page 0: the question.*leaves no room"),
        ({"words": [["a"], ["b"]], "boxes": [[[0] * 4]]}, "each of the 2 pages"),
    ],
)
def test_what_is_no_page(x, message):
    with pytest.raises(ValueError, match=message):
        preprocessor()(x)


def test_bad_labels():
    made = preprocessor(task="label", labels=["B-KEY", "O"])
    with pytest.raises(ValueError, match="has 5 words; `word_labels`.*2 of them"):
        made([page(word_labels=["O"] * 2)])
    with pytest.raises(ValueError, match="word 4 .'EUR'.*'B-KEG'.*mean 'B-KEY'"):
        made([page(word_labels=["O"] * 4 + ["B-KEG"])])
    with pytest.raises(ValueError, match="`y` must have an element for each of the 2"):
        made([page(), page()], [["O"] * 5])
    with pytest.raises(ValueError, match="`adapt` needs pages with `word_labels`"):
        made.adapt([page()])
    with pytest.raises(ValueError, match="`adapt` learns labels"):
        preprocessor().adapt([page()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "labels"}, "`task` must be one of 'answer', 'label', 'link'"),
        ({"box_format": "xywh"}, "`box_format` must be one of"),
        ({"image_shape": (8, 4)}, "`image_shape` must be"),
        ({"stride": -1}, "`stride` must be an int, 0 or more"),
        ({"labels": ["a", "a"]}, "`labels` must be a list of different strings"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        preprocessor(**arguments)
    with pytest.raises(TypeError, match="`strid`.*`stride`"):
        preprocessor(strid=3)
    with pytest.raises(ValueError, match="`tokenizer` must be"):
        keras_docs.DocFormerV2Preprocessor("spiece.model")


def test_config_and_preset_round_trip(tmp_path):
    made = preprocessor(
        task="label",
        labels=["a", "b"],
        sequence_length=64,
        answer_length=9,
        stride=3,
        return_overflow=True,
        box_format="fraction",
        soften_capitals=True,
    )
    config = json.loads(json.dumps(made.get_config()))
    assert keras_docs.DocFormerV2Preprocessor.from_config(config).get_config() == (
        made.get_config()
    )
    made.save_to_preset(tmp_path / "preset")
    again = keras_docs.DocFormerV2Preprocessor.from_preset(tmp_path / "preset")
    assert again.labels == ["a", "b"]
    fractions = {"words": ["Total"], "boxes": [[0.1, 0.25, 0.5, 1]]}
    found = again(fractions)
    assert found["encoder_boxes"][0, 0].tolist() == [100, 250, 500, 1000]
    np.testing.assert_array_equal(
        found["encoder_token_ids"], made(fractions)["encoder_token_ids"]
    )
