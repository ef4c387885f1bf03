"""Attention over heads, safe in half precision."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Added to the scores of what may not be looked at. It is finite and only ever added in
# float32: a row without anything to look at gives a mean, not NaN.
MASKED = -1e9
# Below float16's largest number, 65504.
LARGEST_HALF = 6e4


def finite(x: Any) -> Any:
    """Holds float16 within its range; other dtypes pass as they are.

    T5's residuals were trained in bfloat16, whose range is float32's: in float16 they
    overflow.
    """
    if keras.backend.standardize_dtype(x.dtype) != "float16":
        return x
    return ops.clip(x, -LARGEST_HALF, LARGEST_HALF)


def mask_bias(mask: Any) -> Any:
    """A mask (batch, length) as a float32 bias (batch, 1, 1, length) on scores."""
    return ops.where(ops.cast(mask, "bool"), 0.0, MASKED)[:, None, None, :]


def split_heads(x: Any, length: Any, num_heads: int, key_dim: int) -> Any:
    """(batch · length, heads · key_dim) as (batch, heads, length, key_dim)."""
    x = ops.reshape(x, (-1, length, num_heads, key_dim))
    return ops.transpose(x, (0, 2, 1, 3))


def attend(query: Any, key: Any, value: Any, bias: Any, dropout: Any = None) -> Any:
    """softmax(q kᵀ + bias) v, with the softmax in float32.

    Args:
        query: tensor (batch, heads, queries, key_dim), scaled if at all.
        key: tensor (batch, heads, keys, key_dim).
        value: tensor (batch, heads, keys, key_dim).
        bias: float32 tensor that broadcasts to (batch, heads, queries, keys).
        dropout: function of the weights, or `None`.

    Returns:
        Tensor (batch · queries, heads · key_dim), the heads side by side.

    Reference:
    - [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), equation 1
    """
    scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
    scores = ops.cast(finite(scores), "float32") + bias
    weights = ops.cast(ops.softmax(scores, axis=-1), value.dtype)
    if dropout is not None:
        weights = dropout(weights)
    mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
    return ops.reshape(mixed, (-1, query.shape[1] * query.shape[3]))
