"""Which sizes of a model's inputs are one size, for each backend's export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

Sizes = Mapping[str, tuple[int | str, ...]]
PRIMES = (5, 7, 11, 13, 17, 19)


def export_arguments(sizes: Sizes, dtypes: Mapping[str, str]) -> dict[str, Any]:
    """Arguments for `keras.Model.export` so that the artifact takes any sizes.

    Keras gives each open size of each input a name of its own. Then JAX can't add two
    inputs of the same length, and torch takes the sizes of its sample for the only
    ones.

    Args:
        sizes: dict of each input to its sizes, int, or string where one is open; what
            has the same name is the same.
        dtypes: dict of each input to its dtype.

    Returns:
        A dict: on JAX `jax2tf_kwargs`, on torch `input_signature` and
        `dynamic_shapes`, on TensorFlow nothing.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        shapes = {
            name: f"({', '.join(map(str, shape))})" for name, shape in sizes.items()
        }
        return {"jax2tf_kwargs": {"polymorphic_shapes": [shapes]}}
    if backend != "torch":
        return {}
    from torch.export import Dim

    names = sorted({n for shape in sizes.values() for n in shape if isinstance(n, str)})
    # Sizes of the sample that no other size is likely to be: torch holds for one what
    # is the same. It holds 0 and 1 for fixed.
    sample = dict(zip(names, PRIMES, strict=False))
    signature = {
        name: keras.InputSpec(
            shape=tuple(sample.get(n, n) for n in shape), dtype=dtypes[name], name=name
        )
        for name, shape in sizes.items()
    }
    open_axes = {
        name: {axis: Dim.DYNAMIC for axis, n in enumerate(shape) if isinstance(n, str)}
        for name, shape in sizes.items()
    }
    return {"input_signature": [signature], "dynamic_shapes": (open_axes,)}
