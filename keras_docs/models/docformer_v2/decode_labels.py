"""The most probable labels of words that make whole entities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_docs.models.docformer_v2.entities_of_labels import OUTSIDE, kind_of_label

# Of a logarithm: less than any probability that is not zero in float32.
LEAST = 1e-12
IMPOSSIBLE = -1e9


def decode_labels(
    probabilities: np.ndarray, labels: Sequence[str]
) -> tuple[list[str | None], np.ndarray]:
    """Viterbi search over BIO labels: `I-x` comes only after `B-x` or `I-x`.

    The best label of each word alone begins entities in their middle, and loses words
    between two others. Labels without `B-` and `I-`, and kinds of which there is no
    `B-x`, follow each other freely. In NumPy: pages have any number of words, and each
    number would be another shape to compile.

    Args:
        probabilities: float array (words, labels), in reading order; NaN for words
            that no token stands for, which are outside of entities.
        labels: list of strings.

    Returns:
        The labels, a list of strings, `None` for words without tokens; and float array
        (words,), the probability of each, 0 for those without.

    Example:
    ```python
    labels = ["O", "B-TOTAL", "I-TOTAL"]
    decode_labels(np.array([[0.5, 0.4, 0.1], [0.1, 0.0, 0.9]]), labels)[0]
    # ["B-TOTAL", "I-TOTAL"], where the best of each are "O" and "I-TOTAL"
    ```

    Reference:
    - [Viterbi 1967](https://doi.org/10.1109/TIT.1967.1054010)
    """
    probabilities = np.asarray(probabilities, "float64").reshape(-1, len(labels))
    has_tokens = np.isfinite(probabilities).all(axis=1)
    scores = np.log(np.maximum(np.nan_to_num(probabilities), LEAST))
    if not has_tokens.all():
        outside = [IMPOSSIBLE * (label != OUTSIDE) for label in labels]
        scores[~has_tokens] = outside if OUTSIDE in labels else 0.0
    path = _best_path(scores, *_transitions(labels))
    sure = np.where(has_tokens, probabilities[np.arange(len(path)), path], 0.0)
    names = [
        labels[i] if has else None for i, has in zip(path, has_tokens, strict=True)
    ]
    return names, sure


def _transitions(labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores of beginning with each label, and of each after each."""
    first = np.zeros(len(labels))
    follows = np.zeros((len(labels), len(labels)))
    for j, label in enumerate(labels):
        prefix, kind = kind_of_label(label)
        if prefix == "I" and f"B-{kind}" in labels:
            first[j] = IMPOSSIBLE
            for i, before in enumerate(labels):
                if before not in (label, f"B-{kind}"):
                    follows[i, j] = IMPOSSIBLE
    return first, follows


def _best_path(
    scores: np.ndarray, first: np.ndarray, follows: np.ndarray
) -> np.ndarray:
    path = np.zeros(len(scores), int)
    if not len(scores):
        return path
    best, back = scores[0] + first, []
    for row in scores[1:]:
        paths = best[:, None] + follows
        back.append(paths.argmax(0))
        best = paths.max(0) + row
    path[-1] = best.argmax()
    for i in range(len(back), 0, -1):
        path[i - 1] = back[i - 1][path[i]]
    return path
