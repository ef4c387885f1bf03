"""Tables whose neighbouring rows begin alike."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

WAVELENGTHS = (8.0, 2048.0)
# The lookups of a place are together about as large as a token's embedding.
STDDEV = 0.5


@keras.saving.register_keras_serializable(package="keras_docs")
class SmoothRows(keras.initializers.RandomNormal):
    """Waves over the rows of an embedding, turned by a random rotation.

    A table that begins with noise has to learn each of its rows from that row's own
    examples. Here the places 100 and 103 begin nearly alike and 100 and 600 do not, so
    that what is learned of one place holds for those around it. Wavelengths are from 8
    to 2,048 rows. The rotation keeps tables that are added to each other apart.

    Args:
        stddev: float, the root mean square of the values.
        seed: int, or a `keras.random.SeedGenerator`, of the rotation.

    Returns:
        Of a call with a shape (rows, dim): a float tensor of that shape.

    Example:
    ```python
    table = SmoothRows(stddev=0.5, seed=0)((1024, 16))
    np.linalg.norm(table[100] - table[101])  # small beside table[100] - table[600]
    ```

    Reference: the waves are those of [Vaswani et al.
    2017](https://arxiv.org/abs/1706.03762), section 3.5. To begin a learned table with
    them, and to turn them, is ours.
    """

    def __init__(self, stddev: float = 1.0, seed: Any = None):
        super().__init__(stddev=stddev, seed=seed)

    def __call__(self, shape: tuple[int, int], dtype: Any = None) -> Any:
        rows, dim = shape
        lengths = np.geomspace(*WAVELENGTHS, math.ceil(dim / 2))
        angles = 2 * np.pi * np.arange(rows)[:, None] / lengths
        waves = np.concatenate([np.sin(angles), np.cos(angles)], 1)[:, :dim]
        rotation, _ = ops.qr(super().__call__((dim, dim), "float32"))
        waves = ops.convert_to_tensor((self.stddev * 2**0.5 * waves).astype("float32"))
        return ops.cast(ops.matmul(waves, rotation), dtype or keras.backend.floatx())

    def get_config(self) -> dict:
        config = super().get_config()
        return {"stddev": config["stddev"], "seed": config["seed"]}


def smooth_table(
    rows: int, hidden_dim: int, dtype: Any, name: str
) -> keras.layers.Embedding:
    """A lookup by place, built, whose rows begin smooth.

    Args:
        rows: int.
        hidden_dim: int.
        dtype: dtype policy.
        name: string.
    """
    table = keras.layers.Embedding(
        rows,
        hidden_dim,
        embeddings_initializer=SmoothRows(STDDEV),
        dtype=dtype,
        name=name,
    )
    table.build((None, None))
    return table
