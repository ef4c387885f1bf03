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
    scores = ops.cast(log_probabilities, "float32")
    units = ops.cast(unit_mask, "bool")
    length = ops.shape(scores)[1]
    places = ops.arange(length, dtype="int32")
    tags = ops.arange(scores.shape[-1], dtype="int32")
    is_inside = (tags % 2 == 0) & (tags > 0)

    # `fori_loop` and not `scan`, which TensorFlow wants a static length for.
    def forward(place: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
        best, came_from = state
        begun = _before_inside(best)
        inside_from = ops.where(best >= begun, tags, tags - 1)
        any_from = ops.cast(ops.argmax(best, axis=-1), "int32")[:, None]
        reached = ops.where(
            is_inside, ops.maximum(best, begun), ops.max(best, axis=-1, keepdims=True)
        )
        is_unit = ops.take(units, place, axis=1)[:, None]
        found = ops.where(is_unit, reached + ops.take(scores, place, axis=1), best)
        pointers = ops.where(is_inside, inside_from, any_from)[:, None, :]
        is_here = ops.equal(places, place)[None, :, None]
        return found, ops.where(is_here, pointers, came_from)

    first = ops.zeros_like(scores[:, 0]) + ops.where(tags == 0, 0.0, IMPOSSIBLE)
    none = ops.zeros_like(scores, dtype="int32")
    best, came_from = ops.fori_loop(0, length, forward, (first, none))

    def backward(step: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
        tag, found = state
        place = length - 1 - step
        is_unit = ops.take(units, place, axis=1)
        here = ops.take(came_from, place, axis=1)
        before = ops.take_along_axis(here, tag[:, None], axis=1)[:, 0]
        is_here = ops.equal(places, place)[None, :] & is_unit[:, None]
        found = ops.where(is_here, tag[:, None], found)
        return ops.where(is_unit, before, tag), found

    last = ops.cast(ops.argmax(best, axis=-1), "int32")
    _, found = ops.fori_loop(0, length, backward, (last, none[:, :, 0]))
    return found


def _before_inside(best: Any) -> Any:
    """For each I- the score of its B-, one place to the left."""
    return ops.concatenate([best[:, :1], best[:, :-1]], axis=-1)
