"""Which engine searches a tree."""

from __future__ import annotations

import functools

import keras


def choose_engine(engine: str) -> str:
    """`"numba"` or `"keras"`; `"auto"` goes by the backend's device.

    Raises:
        ValueError: it is none of the three.
    """
    if engine not in ("auto", "numba", "keras"):
        raise ValueError(
            f'`engine` must be "auto", "numba" or "keras". Received: {engine!r}.'
        )
    if engine != "auto":
        return engine
    return "keras" if _has_accelerator() else "numba"


@functools.cache
def _has_accelerator() -> bool:
    # A tensor goes where the backend computes; all three name the place.
    return "cpu" not in str(keras.ops.zeros(1).device).lower()
