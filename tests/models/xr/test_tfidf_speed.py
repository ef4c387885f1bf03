"""Many texts are weighed faster than by scikit-learn; one text, at once."""

import time

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer as Reference

from keras_docs.models.xr.tfidf_vectorizer import TfidfVectorizer

pytestmark = [pytest.mark.no_tensors, pytest.mark.large]

SETTINGS = {"min_df": 2, "max_df": 0.98, "sublinear_tf": True}


def texts(rows=4000, words=150):
    random = np.random.default_rng(0)
    vocabulary = np.array([f"{'wörd'[: 2 + i % 3]}{i}" for i in range(50_000)])
    ranks = np.minimum(random.zipf(1.3, (rows, words)), 50_000) - 1
    return [" ".join(vocabulary[row]) for row in ranks]


def seconds(function, argument, repeats=3):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function(argument)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("method", ["fit_transform", "transform"])
def test_many_texts(method):
    documents = texts()
    ours, theirs = TfidfVectorizer(**SETTINGS), Reference(dtype=np.float32, **SETTINGS)
    ours.fit(documents)
    theirs.fit(documents)
    ratio = seconds(getattr(theirs, method), documents) / seconds(
        getattr(ours, method), documents
    )
    assert ratio > 1.5


def test_one_title():
    ours = TfidfVectorizer().fit(texts(500))
    titles = [[" ".join(text.split()[:8])] for text in texts(300)]
    taken = seconds(lambda rows: [ours.transform(row) for row in rows], titles)
    assert taken / len(titles) < 5e-4
