"""Forms as pages: what is written is where it is said to be, and is what was given."""

import numpy as np
import pytest

from keras_docs.documents.form_page import form_page

pytestmark = pytest.mark.no_tensors

FORM = [
    {"header": "Order form", "text": "Please write in capital letters."},
    {
        "header": "Customer",
        "pairs": [
            ("Name:", "Mary Smith of the Department of Transport"),
            ("Date", "3 May 2021"),
            ("Remarks:", ""),
            ("Telephone number:", "555 0127"),
        ],
    },
    {"pairs": [("Item", ["Bolt", "Nut"]), ("Amount", ["20", ""]), ("Note", "none")]},
    {"header": "Payment", "pairs": [("Cash", "X"), ("Card", "")]},
]
SEEDS = range(12)


def texts(page):
    return [entity["text"] for entity in page["entities"]]


def overlaps(boxes):
    a, b = boxes[:, None], boxes[None]
    meet = (a[..., :2] < b[..., 2:]).all(-1) & (b[..., :2] < a[..., 2:]).all(-1)
    return (meet & ~np.eye(len(boxes), dtype=bool)).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_entities_are_what_was_given(seed):
    page = form_page(FORM, seed=seed)
    by_label = {}
    for entity in page["entities"]:
        by_label.setdefault(entity["label"], []).append(entity["text"])
        words = [page["words"][i] for i in entity["words"]]
        assert words == entity["text"].split()
    assert by_label["header"] == ["Order form", "Customer", "Payment"]
    assert by_label["other"] == ["Please write in capital letters."]
    assert by_label["question"] == [
        *("Name:", "Date", "Remarks:", "Telephone number:"),
        *("Item", "Amount", "Note", "Cash", "Card"),
    ]
    assert sorted(by_label["answer"]) == sorted(
        ["Mary Smith of the Department of Transport", "3 May 2021", "555 0127"]
        + ["Bolt", "Nut", "20", "none", "X"]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_links_are_of_keys_and_values_and_of_headers_and_keys(seed):
    page = form_page(FORM, seed=seed)
    known = texts(page)
    links = {(known[one], known[other]) for one, other in page["links"]}
    assert len(links) == len(page["links"])
    assert links == {
        ("Name:", "Mary Smith of the Department of Transport"),
        *[("Date", "3 May 2021"), ("Telephone number:", "555 0127")],
        *[("Item", "Bolt"), ("Item", "Nut"), ("Amount", "20"), ("Note", "none")],
        ("Cash", "X"),
        *[("Customer", k) for k in ("Name:", "Date", "Remarks:", "Telephone number:")],
        *[("Payment", "Cash"), ("Payment", "Card")],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_of_words_follow_from_the_entities(seed):
    page = form_page(FORM, seed=seed)
    for entity in page["entities"]:
        labels = [page["word_labels"][i] for i in entity["words"]]
        name = entity["label"].upper()
        rest = len(labels) - 1
        begun = [f"B-{name}"] + [f"I-{name}"] * rest
        assert labels == (["O"] * (rest + 1) if name == "OTHER" else begun)


@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_drawn_in_their_boxes(seed):
    page = form_page(FORM, seed=seed, noise=0)
    assert page["size"] == page["image"].size
    assert page["boxes"].dtype == np.int32 and not overlaps(page["boxes"])
    ink = np.asarray(page["image"]) < 128
    width, height = page["size"]
    for x0, y0, x1, y1 in page["boxes"] / 1000:
        part = (
            slice(int(y0 * height), int(np.ceil(y1 * height))),
            slice(int(x0 * width), int(np.ceil(x1 * width))),
        )
        assert ink[part].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_value_is_right_of_its_key_or_below(seed):
    page = form_page(FORM, seed=seed)

    def box(index):
        boxes = page["boxes"][page["entities"][index]["words"]]
        return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])

    for one, other in page["links"]:
        if texts(page)[one] == "Cash":
            continue  # A mark is left of it.
        key, value = box(one), box(other)
        assert value[0] >= key[2] or value[1] >= key[3]


def test_a_seed_makes_the_same_page_and_another_a_different_one():
    one, same, other = (form_page(FORM, seed=seed) for seed in (3, 3, 4))
    assert (np.asarray(one["image"]) == np.asarray(same["image"])).all()
    assert not np.array_equal(one["boxes"], other["boxes"])


def test_long_forms_make_high_pages():
    pairs = [(f"Field {i}", "word " * 30) for i in range(120)]
    page = form_page([{"pairs": pairs}], seed=0)
    assert len(page["links"]) == 120 and page["size"][1] > 2 * page["size"][0]
    assert not overlaps(page["boxes"])


def test_a_word_longer_than_the_page_ends_at_its_edge():
    page = form_page([{"pairs": [("Key", "x" * 500)]}], seed=0)
    assert page["boxes"][1, 2] == 1000


def test_forms_that_cannot_be_drawn():
    for sections in ([], [{"header": ""}], [{"pairs": []}]):
        with pytest.raises(ValueError, match="`sections` have nothing to write"):
            form_page(sections)
    with pytest.raises(ValueError, match="number 0: {'title': 'A'}"):
        form_page([{"title": "A"}])
    for pair in (("", "value"), ("key",), "ab"):
        with pytest.raises(ValueError, match="`pairs` of section 1 must be"):
            form_page([{}, {"pairs": [pair]}])
    with pytest.raises(ValueError, match="`noise` must be from 0 to 1"):
        form_page(FORM, noise=2)
    with pytest.raises(ValueError, match="`width` must be an int, 360 or more"):
        form_page(FORM, width=100)
    with pytest.raises(ValueError, match="`font` must be the path.*none.ttf"):
        form_page(FORM, fonts=["none.ttf"])
