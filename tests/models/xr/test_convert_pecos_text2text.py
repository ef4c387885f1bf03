"""PECOS text2text models made by hand: from texts to the scores of a plain search."""

import json
import shutil

import numpy as np
import pytest
from pecos_folder import PARENTS, write_json, write_pecos
from scipy.sparse import load_npz

from keras_docs.models.xr.convert_pecos_text2text import load_pecos_text2text

LABELS = [f"label {letter}" for letter in "hgfedcba"]
# In PECOS' order of columns, which is none; the third weighs nothing.
WORDS = {"pear": 1.5, "Apple": 0.7, "the": 0.0, "plum": 2.25, "the pear": 3.0}
CHARACTERS = {"pl": 1.25, "e ": 0.5, "r": 0.75}
TEXTS = ["the pear", "Apple plum the pear", "apple plum plum\ttree", "plum  pear pear"]


def write_text2text(folder, members=1):
    for number in range(members):
        write_pecos(folder / f"xlinear_ensemble/{number}", features=8, seed=number)
    write_json(folder / "output_items.json", LABELS)
    settings = {"norm_p": 2, "num_base_vect": 2}
    (folder / "preprocessor").mkdir()
    write_json(folder / "preprocessor/meta.json", {"type": "tfidf", "kwargs": settings})
    write_base(folder / "preprocessor/0.base", 10, WORDS, str.split, [1, 2])
    write_base(folder / "preprocessor/1.base", 20, CHARACTERS, list, [1, 2])
    return folder


def write_base(folder, token_type, idf, split, ngram_range):
    for name in ("tokenizer", "vectorizer"):
        (folder / name).mkdir(parents=True)
    write_json(folder / "tokenizer/config.json", {"token_type": token_type})
    tokens = sorted({token for term in idf for token in split(term)}, reverse=True)
    lines = [f"{number}\t{token}" for number, token in enumerate(tokens)]
    write_lines(folder / "tokenizer/vocab.txt", lines)
    settings = {
        "ngram_range": ngram_range,
        "binary": False,
        "sublinear_tf": token_type == 20,
        "norm_p": "l2",
        "max_length": -1,
    }
    write_json(folder / "vectorizer/config.json", {"kwargs": settings})
    lines = []
    for column, (term, weight) in reversed(list(enumerate(idf.items()))):
        numbers = [str(tokens.index(token)) for token in split(term)]
        lines.append(f"{column}\t{weight:f}\t{len(numbers)}\t{' '.join(numbers)}")
    write_lines(folder / "vectorizer/tfidf-model.txt", lines)


def write_lines(path, lines):
    path.write_text("\n".join([str(len(lines)), *lines, ""]), encoding="utf-8")


def features_by_hand(texts):
    """TF-IDF of words and pairs of words, beside that of characters and pairs."""
    rows = []
    for text in texts:
        words = [word for word in text.split(" ") if word]
        pairs = [" ".join(pair) for pair in zip(words, words[1:], strict=False)]
        counts = np.array([(words + pairs).count(term) for term in WORDS])
        by_words = unit(counts * list(WORDS.values()))
        text = " ".join(text.split())
        counts = np.array([text.count(term) for term in CHARACTERS])
        logs = np.where(counts > 0, 1 + np.log(counts.clip(1)), 0)
        by_characters = unit(logs * list(CHARACTERS.values()))
        rows.append(unit(np.concatenate([by_words, by_characters])))
    return np.stack(rows)


def unit(row):
    return row / (np.linalg.norm(row) or 1)


def scores_by_hand(folder, x):
    scores = np.ones((len(x), 1))
    for t, level in enumerate(PARENTS):
        weights = load_npz(folder / f"ranker/{t}.model/W.npz").toarray()
        margins = x @ weights[:-1] + weights[-1]
        scores = scores[:, level] * np.exp(-(np.maximum(1 - margins, 0) ** 3))
    return scores


@pytest.fixture
def folder(tmp_path):
    return write_text2text(tmp_path / "text2text")


@pytest.mark.parametrize("members", [1, 2])
def test_from_texts_to_scores(tmp_path, members):
    folder = write_text2text(tmp_path / "text2text", members)
    ranker = load_pecos_text2text(folder)
    x = features_by_hand(TEXTS)
    expected = np.mean(
        [scores_by_hand(folder / f"xlinear_ensemble/{i}", x) for i in range(members)],
        axis=0,
    )
    ranking = ranker.rank(TEXTS, k=8)
    for labels, scores, row in zip(
        ranking.labels, ranking.scores, expected, strict=True
    ):
        assert sorted(labels) == sorted(LABELS)
        found = row[[LABELS.index(label) for label in labels]]
        np.testing.assert_allclose(scores, found, atol=2e-4)
        np.testing.assert_allclose(scores, -np.sort(-row), atol=2e-4)


def test_preprocessor_is_like_a_learned_one(folder, tmp_path):
    preprocessor = load_pecos_text2text(folder).preprocessor
    assert preprocessor.labels == LABELS
    words, characters = preprocessor.vectorizers
    assert words.terms == ["Apple", "pear", "plum", "the pear"]
    assert characters.terms == ["e ", "pl", "r"]
    found = preprocessor.encode_features(TEXTS).toarray()
    expected = features_by_hand(TEXTS)[:, [1, 0, 3, 4, 6, 5, 7]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def replaced(name, old, new):
    def damage(folder):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def removed(name):
    def damage(folder):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


BASE = "preprocessor/0.base/"
MODEL = BASE + "vectorizer/tfidf-model.txt"
DAMAGES = [
    (removed("xlinear_ensemble"), "no text2text model of PECOS"),
    (removed("output_items.json"), "output_items.json is missing"),
    (replaced("output_items.json", "[", ""), "not valid JSON"),
    (replaced("output_items.json", '["label h"', "[1"), "list of strings"),
    (replaced("output_items.json", "label h", "label a"), "names 'label a' twice"),
    (replaced("output_items.json", '["label h", ', "["), "7 output items"),
    (removed("preprocessor/meta.json"), "meta.json is missing"),
    (
        replaced("preprocessor/meta.json", '"tfidf"', '"sklearntfidf"'),
        "type 'sklearntfidf'.*load_pecos_xlinear",
    ),
    (replaced(BASE + "tokenizer/config.json", "10", "30"), "char_wb"),
    (replaced(BASE + "tokenizer/config.json", "10", "99"), "analyzer 99"),
    (replaced(BASE + "vectorizer/config.json", '"l2"', '"l1"'), "norm_p 'l1'"),
    (
        replaced(
            BASE + "vectorizer/config.json", '"max_length": -1', '"max_length": 9'
        ),
        "max_length 9",
    ),
    (replaced(BASE + "vectorizer/config.json", "binary", "Binary"), "no settings"),
    (removed(BASE + "tokenizer/vocab.txt"), "vocab.txt is missing"),
    (replaced(BASE + "tokenizer/vocab.txt", "4\n", "5\n"), "'5' lines, but 4 follow"),
    (replaced(BASE + "tokenizer/vocab.txt", "0\t", "0 "), "damaged at '0 the'"),
    (replaced(MODEL, "3\t2.250000", "9\t2.250000"), "damaged at '9"),
    (replaced(MODEL, "3\t2.250000", "-1\t2.250000"), "damaged at '-1"),
    (replaced(MODEL, "3\t2.250000", "1\t2.250000"), "damaged at '1"),
    (replaced(MODEL, "2.250000", "many"), "damaged at '3.tmany"),
    (replaced(MODEL, "2.250000", "nan"), "damaged at 'weight nan"),
    (replaced(MODEL, "2.250000", "-2.25"), "damaged at 'weight -2.25"),
    (replaced(MODEL, "\t1\t1\n", "\t1\t77\n"), "damaged"),
    (replaced(MODEL, "3\t2.250000\t1", "3\t2.250000"), "damaged"),
]


@pytest.mark.no_tensors
@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_broken_models_are_named(folder, number):
    damage, message = DAMAGES[number]
    damage(folder)
    with pytest.raises(ValueError, match=message):
        load_pecos_text2text(folder)


@pytest.mark.no_tensors
def test_words_may_hold_what_ends_lines_elsewhere(folder):
    path = folder / BASE / "tokenizer/vocab.txt"
    text = path.read_text(encoding="utf-8").replace("plum", "pl\x85\x1cum")
    path.write_text(text, encoding="utf-8")
    words = load_pecos_text2text(folder).preprocessor.vectorizers[0]
    assert "pl\x85\x1cum" in words.terms
    assert json.loads((folder / "output_items.json").read_text()) == LABELS
