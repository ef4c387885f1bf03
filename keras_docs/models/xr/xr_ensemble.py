"""Several XR models whose rankings are combined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_docs import registry
from keras_docs.models.xr.combine_rankings import COMBINATIONS, combine_rankings
from keras_docs.models.xr.xr_backbone import XRBackbone
from keras_docs.models.xr.xr_linear import XRLinear
from keras_docs.models.xr.xr_linear_settings import check_k
from keras_docs.models.xr.xr_transformer import XRTransformer

MEMBERS = (XRLinear, XRTransformer)


@keras.saving.register_keras_serializable(package="keras_docs")
class XREnsemble(XRBackbone):
    """Several models on the same input, each with a tree of its own.

    Args:
        members: list of `XRLinear`, or of `XRTransformer`, each with an encoder of its
            own; or of what `get_config` made of them.
        combine: string, how rankings become one: `"average"` of the scores,
            `"rank_average"`, `"softmax_average"`, `"sigmoid_average"` or
            `"round_robin"`.
        name: string.

    Example:
    ```python
    members = [keras_docs.XRLinear(1836, 159, seed=seed) for seed in range(3)]
    ensemble = keras_docs.XREnsemble(members).fit(x_train, y_train)
    labels, scores = ensemble.predict(x_test, k=5)
    ```

    Reference:
    - [Zhang et al. 2021, XR-Transformer](https://arxiv.org/abs/2110.00685), section 4:
      ensembles of three encoders
    """

    def __init__(
        self,
        members: Sequence[XRLinear | XRTransformer | Mapping[str, Any]],
        combine: str = "average",
        **kwargs: Any,
    ):
        built = [_member(member, number) for number, member in enumerate(members)]
        shapes = {(member.num_features, member.num_labels) for member in built}
        if len(shapes) != 1:
            raise ValueError(
                "`members` must be at least one XRLinear or XRTransformer, all with "
                f"the same numbers of features and labels. Received: {list(shapes)}."
            )
        encoders = [id(each.encoder) for each in built if hasattr(each, "encoder")]
        if len(encoders) not in (0, len(built)) or len(set(encoders)) != len(encoders):
            raise ValueError(
                "`members` must be all XRLinear, or all XRTransformer with an encoder "
                "of its own each: training one would change the other. Load an encoder "
                "for each of them."
            )
        if combine not in COMBINATIONS:
            raise ValueError(
                f"`combine` must be one of {COMBINATIONS}. Received: {combine!r}."
            )
        super().__init__(**kwargs)
        self.members, self.combine = built, combine

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        return self.members[0].num_features

    @property
    def num_labels(self) -> int:
        """Columns of the labels."""
        return self.members[0].num_labels

    def fit(
        self, x: Any, y: Any, *, checkpoint_dir: str | Path | None = None, **kwargs: Any
    ) -> XREnsemble:
        """Trains every member; arguments as in its own `fit`."""
        for number, member in enumerate(self.members):
            folder = checkpoint_dir and Path(checkpoint_dir) / f"member_{number}"
            member.fit(x, y, checkpoint_dir=folder, **kwargs)
        return self

    def add_labels(self, x: Any, y: Any) -> XREnsemble:
        """Adds labels to every member; see `XRLinear.add_labels`."""
        for member in self.members:
            member.add_labels(x, y)
        return self

    def predict(
        self, x: Any, k: int = 10, **kwargs: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best labels of each row; arguments and results as `XRLinear.predict`.

        Every member ranks twice as many labels, at least 20, so that one that most of
        them rank low is found too.
        """
        self.require_fitted()
        k = check_k(k, self.num_labels)
        depth = min(max(2 * k, 20), self.num_labels)
        rankings = [member.predict(x, depth, **kwargs) for member in self.members]
        return combine_rankings(rankings, k, self.combine)

    @property
    def tree(self) -> Any:
        """The first member's `LabelTree`."""
        return self.members[0].tree

    @property
    def num_weights(self) -> int:
        """How many weights are not zero, of all members."""
        return sum(member.num_weights for member in self.members)

    @property
    def label_counts(self) -> np.ndarray | None:
        """How many training rows each label had, int64 (num_labels,), if known."""
        return self.members[0].label_counts

    @property
    def num_rows(self) -> int | None:
        """How many rows it was trained on, if known."""
        return self.members[0].num_rows

    def resized(self, num_features: int, num_labels: int) -> XREnsemble:
        """An untrained model with the same settings for other data."""
        members = [each.resized(num_features, num_labels) for each in self.members]
        return XREnsemble(members, self.combine)

    @property
    def is_fitted(self) -> bool:
        """Whether every member has weights."""
        return all(member.is_fitted for member in self.members)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All members' arrays."""
        return {
            f"member_{number}/{name}": array
            for number, member in enumerate(self.members)
            for name, array in member.arrays.items()
        }

    def set_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes over what `arrays` returned, after checking all of it."""
        parts: list[dict] = [{} for _ in self.members]
        for name, array in arrays.items():
            owner, _, rest = name.partition("/")
            number = owner.removeprefix("member_")
            if not number.isdecimal() or int(number) >= len(parts):
                raise ValueError(
                    f"The stored weights have {name!r}, which belongs to none of the "
                    f"{len(parts)} members. Save the preset again."
                )
            parts[int(number)][rest] = array
        for member, part in zip(self.members, parts, strict=True):
            member.set_arrays(part)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Nothing: each member saves its own."""

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Nothing: each member loads its own."""

    def get_config(self) -> dict[str, Any]:
        members = [
            {
                "registered_name": keras.saving.get_registered_name(type(member)),
                "config": member.get_config(),
            }
            for member in self.members
        ]
        return {**super().get_config(), "members": members, "combine": self.combine}


def _member(member: Any, number: int) -> XRLinear | XRTransformer:
    if isinstance(member, MEMBERS):
        return member
    if not isinstance(member, Mapping):
        raise ValueError(
            f"`members[{number}]` must be an XRLinear, an XRTransformer or what "
            f"`get_config` made of one. Received: {type(member).__name__}."
        )
    cls, config = (
        registry.preset_class(member.get("registered_name")),
        member.get("config"),
    )
    if not issubclass(cls, MEMBERS) or not isinstance(config, Mapping):
        raise ValueError(
            f"`members[{number}]` must have the registered name of an XRLinear or an "
            f"XRTransformer, and its `config`. Received: {member!r:.200}."
        )
    config = dict(config)
    if isinstance(config.get("dtype"), Mapping):
        config.pop("dtype")
    return cls(**config)
