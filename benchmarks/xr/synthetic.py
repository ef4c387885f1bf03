"""Documents and labels of any number, with what makes real ones hard.

Labels are as rare as Zipf's law says, and neighbours share most of their words.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

LABELS_PER_TOPIC = 50
WORDS_PER_TOPIC = 60
WORDS_PER_LABEL = 6
WORDS_FROM_LABEL = 4
COMMON_WORDS = 4
LABELS_PER_ROW = 2


def label_words(labels: int, features: int, random: np.random.Generator) -> np.ndarray:
    """Return the words of each label, drawn from those of its topic."""
    topics = -(-labels // LABELS_PER_TOPIC)
    vocabulary = random.integers(0, features, (topics, WORDS_PER_TOPIC))
    chosen = random.integers(0, WORDS_PER_TOPIC, (labels, WORDS_PER_LABEL))
    return vocabulary[np.arange(labels)[:, None] // LABELS_PER_TOPIC, chosen]


def zipf(
    size: tuple[int, int], largest: int, random: np.random.Generator
) -> np.ndarray:
    """Return numbers below `largest` with probabilities like 1 / (1 + number)."""
    return np.minimum(largest ** random.random(size), largest).astype(int) - 1


def rows_of(
    labels: np.ndarray, words: np.ndarray, features: int, random: np.random.Generator
) -> sparse.csr_matrix:
    """Return rows of length 1 that hold some words of their labels, and common ones."""
    rows = len(labels)
    places = random.integers(0, WORDS_PER_LABEL, (*labels.shape, WORDS_FROM_LABEL))
    own = words[labels[:, :, None], places].reshape(rows, -1)
    columns = np.hstack([own, zipf((rows, COMMON_WORDS), features, random)])
    starts = np.arange(rows + 1) * columns.shape[1]
    values = np.ones(columns.size, "float32")
    x = sparse.csr_matrix((values, columns.ravel(), starts), (rows, features))
    x.sum_duplicates()
    x.data[:] = 1
    x.data /= np.repeat(np.sqrt(np.diff(x.indptr)), np.diff(x.indptr))
    return x


def documents(
    labels: int, test_rows: int = 2000, seed: int = 0
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix]:
    """Make features and labels, one training row a label and more for frequent ones.

    Args:
        labels: int, how many labels.
        test_rows: int, how many rows to test.
        seed: int.

    Returns:
        X and Y to train on, X and Y to test: CSR float32.
    """
    random = np.random.default_rng(seed)
    features = min(10 * labels, 200_000)
    words = label_words(labels, features, random)
    rows = labels + test_rows
    chosen = zipf((rows, LABELS_PER_ROW), labels, random)
    # Every label has a row of its own.
    chosen[:labels, 0] = random.permutation(labels)
    x = rows_of(chosen, words, features, random)
    starts = np.arange(rows + 1) * LABELS_PER_ROW
    ones = np.ones(chosen.size, "float32")
    y = sparse.csr_matrix((ones, chosen.ravel(), starts), (rows, labels))
    y.sum_duplicates()
    y.data[:] = 1
    return x[:labels], y[:labels], x[labels:], y[labels:]
