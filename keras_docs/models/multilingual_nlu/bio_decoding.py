"""The most probable sequence of BIO tags in which each I- continues its B-."""

from __future__ import annotations

from typing import Any

from keras import ops

# Finite, so that no difference of two of them is NaN.
IMPOSSIBLE = -1e9


def decode_bio(log_probabilities: Any, unit_mask: Any) -> Any:
    """Constrained decoding of BIO tags: Viterbi with the rule of BIO alone.

    Tag 0 is O, tag `1 + 2 t` is B- and tag `2 + 2 t` is I- of slot type `t`. I- may
    follow B- and I- of its own type only. A tag other than I- may follow any, so that
    a step costs as much as there are tags, not their square.

    Args:
        log_probabilities: float tensor (batch, length, tags).
        unit_mask: tensor (batch, length), 0 where a token bears no tag; the rule holds
            between the tags on both sides of such tokens.

    Returns:
        int32 tensor (batch, length): the sequence with the highest sum, 0 where a token
        bears no tag. Of equals, the one with the lower tag.

    Example:
    ```python
    scores = np.log([[[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]])
    decode_bio(scores, np.ones((1, 2)))  # [[1, 2]]: B-, I-
    ```

    Reference:
    - Viterbi 1967, with the transitions of Ramshaw and Marcus 1995
    """
    num_tags = log_probabilities.shape[-1]
    tags = ops.arange(num_tags, dtype="int32")
    is_inside = (tags % 2 == 0) & (tags > 0)
    # One dtype throughout, as TensorFlow's `scan` wants it; floats hold these exactly.
    number = ops.cast(tags, "float32")
    steps = ops.transpose(ops.cast(log_probabilities, "float32"), (1, 0, 2))
    units = ops.transpose(ops.cast(unit_mask, "float32"), (1, 0))

    def forward(best: Any, step: Any) -> tuple[Any, Any]:
        scores, is_unit = step
        begun = _before_inside(best)
        inside_from = ops.where(best >= begun, number, number - 1.0)
        any_from = ops.cast(ops.argmax(best, axis=-1), "float32")[:, None]
        reached = ops.where(
            is_inside, ops.maximum(best, begun), ops.max(best, axis=-1, keepdims=True)
        )
        found = ops.where(is_unit[:, None] > 0, reached + scores, best)
        return found, ops.where(is_inside, inside_from, any_from)

    def backward(tag: Any, step: Any) -> tuple[Any, Any]:
        came_from, is_unit = step
        before = ops.sum(
            ops.where(ops.equal(tag[:, None], number), came_from, 0.0), axis=-1
        )
        return ops.where(is_unit > 0, before, tag), tag * is_unit

    first = ops.zeros_like(steps[0]) + ops.where(tags == 0, 0.0, IMPOSSIBLE)
    best, came_from = ops.scan(forward, first, (steps, units))
    last = ops.cast(ops.argmax(best, axis=-1), "float32")
    _, found = ops.scan(backward, last, (came_from, units), reverse=True)
    return ops.cast(ops.transpose(found, (1, 0)), "int32")


def _before_inside(best: Any) -> Any:
    """For each I- the score of its B-, one place to the left."""
    return ops.concatenate([best[:, :1], best[:, :-1]], axis=-1)
