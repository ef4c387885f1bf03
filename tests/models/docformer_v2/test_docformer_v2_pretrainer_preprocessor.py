"""Pages with gaps: put together again, and targets found by slower code."""

import time

import keras
import numpy as np
import page_examples
import pytest

import keras_docs

pytestmark = pytest.mark.no_tensors

WORDS = "Invoice Total amount due: Date: company address name 12.50 May".split()  # noqa: SIM905
COLUMNS = 5


def page(words, seed=0):
    """Words in lines of `COLUMNS`, with an image."""
    random = np.random.default_rng(seed)
    places = [divmod(i, COLUMNS) for i in range(words)]
    return {
        "words": [WORDS[i] for i in random.integers(0, len(WORDS), words)],
        "boxes": [[180 * c, 30 * r, 180 * c + 90, 30 * r + 20] for r, c in places],
        "images": random.integers(0, 256, (20, 10), "uint8"),
    }


def preprocessor(**kwargs):
    small = {"sequence_length": 96, "padding_multiple": 32, "image_shape": None}
    return keras_docs.DocFormerV2PretrainerPreprocessor(
        page_examples.tokenizer(), **{**small, **kwargs}
    )


def sentinels(made):
    return [made.tokenizer.sentinel_id(i) for i in range(made.tokenizer.extra_ids)]


def spans_of(targets, made):
    """What belongs in the place of each sentinel; the rest of the target."""
    spans, rest, current = {}, [], None
    for id_ in targets.tolist():
        if id_ in sentinels(made):
            current = spans.setdefault(id_, [])
        elif id_ in (0, 1) or current is None:
            rest.append(id_)
            current = None
        else:
            current.append(id_)
    return spans, rest


def aligned(x, y, row, made):
    """(place, first token, last + 1) of each of the row's tokens, end included."""
    spans, _ = spans_of(y["denoising"][row], made)
    length = int(x["encoder_padding_mask"][row].sum())
    found, at = [], 0
    for place, id_ in enumerate(x["encoder_token_ids"][row, :length]):
        size = len(spans.get(int(id_), [id_]))
        found.append((place, at, at + size))
        at += size
    return found


@pytest.fixture(scope="module")
def corrupted():
    made = preprocessor(seed=3, line_pairs=40, grid=(3, 5))
    windows = made.windows([page(n, n) for n in (3, 60, 1, 17)])
    return made, windows.features, made(windows.features)


def test_inputs_and_targets_give_the_text_back(corrupted):
    made, true, (x, y, weights) = corrupted
    assert len(true["encoder_token_ids"]) > 4
    for row, ids in enumerate(x["encoder_token_ids"]):
        spans, rest = spans_of(y["denoising"][row], made)
        length = int(x["encoder_padding_mask"][row].sum())
        assert ids[length - 1] == 1 and not ids[length:].any()
        back = [t for id_ in ids[:length] for t in spans.get(int(id_), [id_])]
        whole = true["encoder_token_ids"][row]
        assert back == whole[whole != 0].tolist()
        count = len(back) - 1
        masked = sum(map(len, spans.values()))
        assert masked == min(max(round(count * 0.15), 1), count - 1)
        assert list(spans) == sentinels(made)[: len(spans)]
        # The end token, then padding without weight.
        assert rest[0] == 1 and not any(rest[1:])
        assert weights["denoising"][row].sum() == masked + len(spans) + 1
        starts = x["decoder_token_ids"][row]
        assert starts[0] == 0
        np.testing.assert_array_equal(starts[1:], y["denoising"][row, :-1])
    is_there = x["encoder_padding_mask"] == 1
    np.testing.assert_array_equal(x["segment_ids"], np.where(is_there, 2, 0))
    np.testing.assert_array_equal(x["decoder_padding_mask"], weights["denoising"])


def test_boxes_are_the_tokens_own_or_the_union_of_a_span(corrupted):
    made, true, _ = corrupted
    made = preprocessor(seed=3, box_dropout=0.0)
    x, y, _ = made(true)
    for row in range(len(x["encoder_token_ids"])):
        for place, first, last in aligned(x, y, row, made):
            inside = true["encoder_boxes"][row, first:last]
            union = [*inside[:, :2].min(0), *inside[:, 2:].max(0)]
            assert x["encoder_boxes"][row, place].tolist() == union


@pytest.mark.parametrize("share", [0.0, 0.15, 1.0])
def test_targets_are_the_true_pages_whatever_is_hidden(share, corrupted):
    _, true, _ = corrupted
    made = preprocessor(box_dropout=share, line_pairs=40, grid=(3, 5))
    keras.utils.set_random_seed(0)
    x, y, weights = made(true)
    hidden = seen = 0
    for row in range(len(x["encoder_token_ids"])):
        boxes, first_of = true["encoder_boxes"][row], {}
        length = int(x["encoder_padding_mask"][row].sum())
        for place, first, _ in aligned(x, y, row, made)[: length - 1]:
            first_of[place] = first
            is_hidden = not x["encoder_boxes"][row, place].any()
            hidden += is_hidden and boxes[first].any()
            seen += not is_hidden
            is_sentinel = int(x["encoder_token_ids"][row, place]) in sentinels(made)
            assert weights["grid"][row, place] == (not is_sentinel)
            if not is_sentinel:
                left, top = boxes[first, :2].tolist()
                cell = min(top * 3 // 1000, 2) * 5 + min(left * 5 // 1000, 4)
                assert y["grid"][row, place] == cell
        assert x["encoder_boxes"][row, length - 1].tolist() == [1000] * 4
        assert not weights["grid"][row, length - 1 :].any()
        for pair, label, weight in zip(
            x["line_pairs"][row], y["lines"][row], weights["lines"][row], strict=True
        ):
            if not weight:
                assert length < 4
                continue
            one, other = (boxes[first_of[place], 1] // 30 for place in pair.tolist())
            assert pair[0] != pair[1] and label == min(abs(one - other), 2)
            assert weights["grid"][row, pair].all()
    assert abs(hidden / (hidden + seen) - share) < 0.05


def test_classes_of_lines_are_as_frequent(corrupted):
    _, _, (_, y, _) = corrupted
    counts = np.bincount(y["lines"][1], minlength=3)
    assert counts.sum() == 40 and counts.max() - counts.min() <= 1


def test_shapes_are_the_same_for_all_pages():
    made = preprocessor(line_pairs=8)
    shapes = set()
    for words in (30, 33, 38):
        x, y, weights = made([page(words, words)] * 2)
        arrays = [*x.values(), *y.values()]
        assert {a.dtype for a in arrays} == {np.dtype("int32")}
        assert {a.dtype for a in weights.values()} == {np.dtype("float32")}
        kept = {"x": x, "y": y, "weights": weights}
        shapes.add(str(keras.tree.map_structure(lambda a: a.shape[1:], kept)))
    assert len(shapes) == 1
    # 95 tokens: 14 masked in 5 spans, and the end.
    assert y["denoising"].shape[1] == made.target_length == 14 + 5 + 1


def test_without_denoising_the_text_stays(corrupted):
    _, true, _ = corrupted
    x, y, _ = preprocessor(box_dropout=0.0).corrupt(true, ("lines", "grid"))
    assert set(y) == {"lines", "grid"} and "decoder_token_ids" not in x
    for name in ("encoder_token_ids", "encoder_boxes", "encoder_padding_mask"):
        np.testing.assert_array_equal(x[name], true[name])


def test_each_call_is_new_and_a_seed_repeats_them(corrupted):
    _, true, _ = corrupted
    first, again = preprocessor(seed=5), preprocessor(seed=5)
    drawn = [first(true)[0]["encoder_token_ids"] for _ in range(2)]
    same = [again(true)[0]["encoder_token_ids"] for _ in range(2)]
    np.testing.assert_array_equal(drawn, same)
    assert not np.array_equal(*drawn)
    other = preprocessor(seed=6)(true)[0]["encoder_token_ids"]
    assert not np.array_equal(drawn[0], other)
    free = preprocessor()
    for _ in range(2):
        keras.utils.set_random_seed(7)
        same = [*same, free(true)[0]["encoder_token_ids"]]
    np.testing.assert_array_equal(same[-1], same[-2])
    assert not np.array_equal(same[-1], free(true)[0]["encoder_token_ids"])


def test_windows_stay_as_they_are(corrupted):
    made = preprocessor(image_shape=(8, 4, 1))
    features = made.windows([page(40), page(3)]).features
    before = {name: array.copy() for name, array in features.items()}
    x, _, _ = made(features)
    assert x["images"] is features["images"] and x["images"].dtype == "uint8"
    for name, array in before.items():
        np.testing.assert_array_equal(features[name], array)


def test_windows_are_the_other_preprocessors():
    parts = {"questions": "Who?", "answers": ["May"], "word_labels": ["O"] * 40}
    made = preprocessor(image_shape=(8, 4, 1))
    found = made.windows({**page(40), **parts})
    plain = keras_docs.DocFormerV2Preprocessor(
        page_examples.tokenizer(),
        task="label",
        sequence_length=96,
        padding_multiple=32,
        image_shape=(8, 4, 1),
        return_overflow=True,
    ).windows(page(40))
    lines = found.features.pop("line_numbers")
    assert set(found.features) == set(plain.features)
    for name, array in plain.features.items():
        np.testing.assert_array_equal(found.features[name], array)
    np.testing.assert_array_equal(lines < 0, plain.word_ids < 0)
    for row, words in zip(lines, plain.word_ids, strict=True):
        of_word = words[words >= 0] // COLUMNS
        np.testing.assert_array_equal(row[words >= 0], of_word - of_word.min())


def test_pages_with_nothing_to_guess():
    # Room for one token and the end.
    made = preprocessor(sequence_length=2)
    no_words = {"words": [], "boxes": []}
    x, y, weights = made([no_words, {"words": ["May"], "boxes": [[0, 0, 9, 9]]}])
    assert x["encoder_padding_mask"].sum(axis=1).tolist() == [1, 2]
    assert not weights["denoising"].any() and not weights["lines"].any()
    assert weights["grid"].sum() == 1
    assert y["denoising"][:, 0].tolist() == [1, 1]
    assert x["decoder_padding_mask"].sum(axis=1).tolist() == [1, 1]
    with pytest.raises(ValueError, match="Page 0 has words without `boxes`"):
        made({"words": ["a", "b"]})


def test_a_given_answer_length_cuts():
    x, y, weights = preprocessor(answer_length=4)(page(40))
    assert y["denoising"].shape == weights["denoising"].shape == (len(y["grid"]), 4)
    assert weights["denoising"][0].all() and x["decoder_token_ids"].shape[1] == 4


def test_bad_arguments():
    for arguments, message in (
        ({"span_rate": 0.0}, "`span_rate`.*Received: 0.0"),
        ({"mean_span_length": 0.5}, "`mean_span_length` must be 1 or more"),
        ({"answer_length": 0}, "`answer_length` must be an int"),
        ({"line_pairs": 0}, "`line_pairs` must be an int"),
        ({"grid": (4, 0)}, r"`grid` must be \(rows, columns\)"),
        ({"grid": 4}, r"`grid` must be \(rows, columns\)"),
        ({"box_dropout": 1.5}, "`box_dropout` is the share"),
        ({"sequence_length": 1}, "`sequence_length` must be an int"),
        ({"image_shape": (8, 4, 2)}, "`image_shape` must be"),
    ):
        with pytest.raises(ValueError, match=message):
            preprocessor(**arguments)
    with pytest.raises(
        ValueError, match="`tokenizer` must be a `DocFormerV2Tokenizer`"
    ):
        keras_docs.DocFormerV2PretrainerPreprocessor(
            page_examples.tokenizer(extra_ids=0)
        )
    made = preprocessor()
    with pytest.raises(ValueError, match="They lack `line_numbers`"):
        made({"encoder_token_ids": np.zeros((1, 4), "int32")})


def test_corrupts_1500_windows_a_second():
    made = preprocessor(sequence_length=512)
    features = made.windows([page(150, seed) for seed in range(4)]).features
    features = {name: np.resize(a, (64, *a.shape[1:])) for name, a in features.items()}
    assert features["encoder_token_ids"].shape[1] == 512
    best = np.inf
    for _ in range(5):
        start = time.process_time()
        made(features)
        best = min(best, time.process_time() - start)
    assert 64 / best > 1500
