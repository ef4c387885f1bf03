"""Several XR-Linear as one model."""

import numpy as np
import pytest
from xr_examples import assert_same_ranking, learnable

import keras_docs
from keras_docs.models.xr.combine_rankings import COMBINATIONS, combine_rankings

pytestmark = pytest.mark.no_tensors


def fitted(combine="average"):
    members = [
        keras_docs.XRLinear(24, 12, branching=2, max_leaf_size=3, seed=seed)
        for seed in range(3)
    ]
    return keras_docs.XREnsemble(members, combine).fit(*learnable(), verbose=0)


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_members_rankings_are_combined(combine):
    model, x = fitted(combine), learnable(seed=1)[0]
    # More than is asked for: what most members rank low is found too.
    rankings = [member.predict(x, 12) for member in model.members]
    assert_same_ranking(model.predict(x, 4), combine_rankings(rankings, 4, combine))


def test_members_differ():
    first, second, third = fitted().members
    assert first.tree != second.tree or first.tree != third.tree


def test_preset_round_trip(tmp_path):
    model, x = fitted("rank_average"), learnable(seed=1)[0]
    model.save_to_preset(tmp_path)
    loaded = keras_docs.XREnsemble.from_preset(tmp_path)
    assert loaded.combine == "rank_average" and loaded.count_params() > 0
    assert_same_ranking(loaded.predict(x, 4), model.predict(x, 4), atol=0)


def test_every_member_has_checkpoints_of_its_own(tmp_path):
    model = fitted()
    again = fitted().fit(*learnable(), verbose=0, checkpoint_dir=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "member_0",
        "member_1",
        "member_2",
    ]
    x = learnable(seed=1)[0]
    assert_same_ranking(again.predict(x, 4), model.predict(x, 4), atol=0)


def test_bad_members():
    for members in (
        [],
        [keras_docs.XRLinear(3, 4), keras_docs.XRLinear(3, 5)],
        [keras_docs.XRLinear(3, 4), "another"],
        [{"registered_name": "keras_docs>XREnsemble", "config": {"members": []}}],
        [{"registered_name": "keras_docs>XRLinear"}],
    ):
        with pytest.raises(ValueError, match="`members"):
            keras_docs.XREnsemble(members)
    with pytest.raises(ValueError, match="`combine` must be one of"):
        keras_docs.XREnsemble([keras_docs.XRLinear(3, 4)], combine="median")


def test_arrays_of_no_member_are_refused():
    model = fitted()
    for name in ("member_3/tree/0", "tree/0", "member_x/tree/0"):
        arrays = {**model.arrays, name: np.zeros(3, "int32")}
        with pytest.raises(ValueError, match="belongs to none"):
            fitted().set_arrays(arrays)
    arrays = {k: v for k, v in model.arrays.items() if not k.startswith("member_1")}
    with pytest.raises(ValueError, match="stored weights"):
        fitted().set_arrays(arrays)
