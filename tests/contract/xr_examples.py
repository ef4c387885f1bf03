"""Small trees, weights and documents that the tests of the XR family share."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from keras_docs.models.xr.label_tree import LabelTree

TOPICS = {
    "bees": ["hive", "honey", "queen", "wax", "swarm", "nectar"],
    "cities": ["street", "tram", "mayor", "square", "suburb", "bridge"],
    "law": ["court", "judge", "appeal", "statute", "verdict", "clause"],
    "music": ["choir", "sonata", "violin", "rhythm", "opera", "chord"],
    "ships": ["harbour", "anchor", "sail", "captain", "cargo", "keel"],
    "tea": ["leaf", "kettle", "infusion", "garden", "cup", "blend"],
}


def tree(sizes: Sequence[int], seed: int = 0, pruned: int = 0) -> LabelTree:
    """A random tree with levels of these sizes; some labels may be pruned."""
    random = np.random.default_rng(seed)
    parents, above = [], 1
    for size in sizes:
        rest = random.integers(0, above, size - above)
        parents.append(random.permutation(np.r_[np.arange(above), rest]))
        above = size
    if pruned:
        parents[-1] = np.r_[parents[-1], np.full(pruned, -1)]
        parents[-1] = random.permutation(parents[-1])
    return LabelTree(parents)


def weights(
    tree: LabelTree, num_features: int = 30, density: float = 0.3, seed: int = 0
) -> list[tuple[sparse.csc_matrix, np.ndarray]]:
    """Random weights and biases for each level of a tree."""
    random = np.random.default_rng(seed)
    layers = []
    for size in tree.level_sizes:
        matrix = sparse.random_array(
            (num_features, size), density=density, rng=random, dtype=np.float32
        )
        matrix.data -= 0.5
        layers.append((matrix.tocsc(), random.normal(0, 0.3, size).astype("float32")))
    return layers


def queries(rows: int, num_features: int = 30, seed: int = 1) -> sparse.csr_array:
    """Random rows, among them one without any feature and one with all."""
    random = np.random.default_rng(seed)
    dense = random.normal(0, 1, (rows, num_features)).astype("float32")
    dense[random.random(dense.shape) > 0.3] = 0
    dense[0] = 0
    dense[-1] = 1
    return sparse.csr_array(dense)


def learnable(
    rows: int = 80, num_features: int = 24, num_labels: int = 12, seed: int = 0
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Features and one or two labels a row; each label has two features of its own."""
    random = np.random.default_rng(seed)
    y = np.zeros((rows, num_labels), "float32")
    y[np.arange(rows), np.arange(rows) % num_labels] = 1
    y[np.arange(0, rows, 3), random.integers(0, num_labels, len(range(0, rows, 3)))] = 1
    typical = np.zeros((num_labels, num_features))
    for label in range(num_labels):
        typical[label, [2 * label % num_features, (2 * label + 1) % num_features]] = 1
    x = y @ typical * random.uniform(0.5, 1.5, (rows, num_features))
    x += (random.random(x.shape) < 0.1) * random.normal(0, 0.3, x.shape)
    return sparse.csr_array(x.astype("float32")), sparse.csr_array(y)


def documents(count: int, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """Texts of five words about one or two topics, and the topics."""
    random = np.random.default_rng(seed)
    names, texts, labels = list(TOPICS), [], []
    for i in range(count):
        topics = {names[i % len(names)]}
        if i % 4 == 0:
            topics.add(names[int(random.integers(len(names)))])
        pool = [word for topic in sorted(topics) for word in TOPICS[topic]]
        words = random.choice(pool, 5)
        other = TOPICS[names[int(random.integers(len(names)))]]
        texts.append(" ".join([*words, str(random.choice(other))]))
        labels.append(sorted(topics))
    return texts, labels


def assert_same_ranking(
    found: tuple[np.ndarray, np.ndarray],
    expected: tuple[np.ndarray, np.ndarray],
    atol: float = 1e-5,
) -> None:
    """Equal scores, and equal labels but for the order of scores that are as good."""
    (labels, scores), (expected_labels, expected_scores) = found, expected
    assert labels.dtype == expected_labels.dtype == np.int32
    assert labels.shape == expected_labels.shape
    np.testing.assert_allclose(scores, expected_scores, rtol=atol, atol=atol)
    for row, place in zip(*np.nonzero(labels != expected_labels), strict=True):
        same = abs(expected_scores[row] - scores[row, place]) <= atol
        # The last place may go to a label that did not fit into the other ranking.
        assert same.sum() > 1 or same[-1]
