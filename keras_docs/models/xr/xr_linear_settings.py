"""Checks the settings of `XRLinear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_docs.models.xr.build_tree import REPRESENTATIONS
from keras_docs.models.xr.level_settings import NEGATIVES, check_levels
from keras_docs.models.xr.post_processors import post_processor
from keras_docs.models.xr.train_levels import LOSSES


def check_k(k: Any, most: int, why: str = "the number of labels") -> int:
    """Checks how many labels are asked for.

    Raises:
        ValueError: it is no integer from 1 to `most`.
    """
    if not isinstance(k, int | np.integer) or not 1 <= k <= most:
        raise ValueError(
            f"`k` must be an integer from 1 to {most}, {why}. Received: {k!r}."
        )
    return int(k)


def is_count(value: Any, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_amount(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and np.isfinite(value) and value >= 0


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    for name in ("num_features", "num_labels"):
        check(name, settings[name], is_count(settings[name]), "a positive integer")
    is_valid = is_count(settings["max_leaf_size"], 2)
    check("max_leaf_size", settings["max_leaf_size"], is_valid, "an integer >= 2")
    branching = settings["branching"]
    is_valid = is_count(branching, 2) and branching & (branching - 1) == 0
    check("branching", branching, is_valid, "a power of two from 2 on")
    check("seed", settings["seed"], is_count(settings["seed"], 0), "an integer >= 0")
    check("bias", settings["bias"], is_amount(settings["bias"]), "a number >= 0")
    for name, known in (
        ("label_representation", REPRESENTATIONS),
        ("loss", LOSSES),
        ("relevance_mode", ("induce", "labels")),
        ("relevance_norm", ("l1", "l2", "max", "none")),
    ):
        known = tuple(known)
        check(name, settings[name], settings[name] in known, f"one of {known}")
    post_processor(settings["post_processor"])
    is_known = settings["quantization"] in (None, "int8")
    check("quantization", settings["quantization"], is_known, 'None or "int8"')
    checks = {
        "cost_positive": (lambda v: is_amount(v) and v > 0, "a positive number"),
        "cost_negative": (lambda v: is_amount(v) and v > 0, "a positive number"),
        "tolerance": (lambda v: is_amount(v) and v > 0, "a positive number"),
        "max_passes": (is_count, "a positive integer"),
        "threshold": (is_amount, "a number >= 0"),
        "max_weights_per_label": (
            lambda v: v is None or is_count(v),
            "None or a positive integer",
        ),
        "negatives": (
            lambda v: isinstance(v, str) and set(v.split("+")) <= set(NEGATIVES),
            f"of {NEGATIVES}, joined by +",
        ),
        "beam_size": (is_count, "a positive integer"),
    }
    checked = {
        name: check_levels(name, settings[name], is_valid, expected)
        for name, (is_valid, expected) in checks.items()
    }
    return settings | checked


def check(name: str, value: Any, is_valid: bool, expected: str) -> None:
    if not is_valid:
        raise ValueError(f"`{name}` must be {expected}. Received: {value!r}.")
