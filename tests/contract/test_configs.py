"""Constructor arguments, configs and `.keras` files of every public class."""

import json

import keras
import numpy as np
import pytest
from contract_examples import (
    EXAMPLES,
    assert_same,
    floating,
    ids,
    move_weights,
    outputs_of,
    public_classes,
)

import keras_docs
from keras_docs.models.base.unknown_arguments import constructor_arguments

EVERYTHING = ids("backbone", "task", "preprocessor")
MODELS = ids("backbone", "task")


def test_every_public_class_has_an_example():
    covered = {example.class_name for example in EXAMPLES.values()}
    missing = sorted(set(public_classes()) - covered)
    assert not missing, f"Add {missing} to EXAMPLES in contract_examples.py."


@pytest.mark.parametrize("name", EVERYTHING)
def test_class_is_registered_under_its_public_name(name):
    cls = type(EXAMPLES[name].build())
    assert cls is getattr(keras_docs, EXAMPLES[name].class_name)
    assert keras.saving.get_registered_name(cls) == f"keras_docs>{cls.__name__}"


@pytest.mark.parametrize("name", EVERYTHING)
def test_config_round_trip(name):
    model = EXAMPLES[name].build()
    config = model.get_config()
    plain = json.loads(json.dumps(config, allow_nan=False))
    again = type(model).from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert json.loads(json.dumps(again.get_config())) == plain
    described = [(v.path, tuple(v.shape), v.dtype) for v in model.weights]
    assert [(v.path, tuple(v.shape), v.dtype) for v in again.weights] == described


@pytest.mark.parametrize("name", EVERYTHING)
def test_config_holds_every_constructor_argument(name):
    model = EXAMPLES[name].build()
    assert constructor_arguments(type(model)) - set(model.get_config()) == set()


@pytest.mark.parametrize("name", EVERYTHING)
def test_unknown_argument_raises_with_the_nearest_name(name):
    model = EXAMPLES[name].build()
    known = max(constructor_arguments(type(model)), key=len)
    config = {**model.get_config(), known[:-1]: 1}
    with pytest.raises(TypeError, match=rf"`{known[:-1]}`.*`{known}`"):
        type(model).from_config(config)


@pytest.mark.parametrize("name", EVERYTHING)
def test_unknown_argument_of_from_preset_raises(name, tmp_path):
    model = EXAMPLES[name].build()
    model.save_to_preset(tmp_path / "preset")
    known = max(constructor_arguments(type(model)), key=len)
    with pytest.raises(TypeError, match=f"`{known}`"):
        type(model).from_preset(tmp_path / "preset", **{known[:-1]: 1})


@pytest.mark.parametrize("name", MODELS)
def test_keras_file_round_trip(name, tmp_path):
    example = EXAMPLES[name]
    model = example.build()
    move_weights(floating(model.weights))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    raw = example.raw(8)
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw), example.atol)
    assert loaded.get_config() == model.get_config()


@pytest.mark.costly
def test_keras_file_goes_on_training(tmp_path):
    example = EXAMPLES[ids("task")[0]]
    model = example.build()
    model.fit(example.raw(16), epochs=1, batch_size=16, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is type(model.optimizer)
    states = zip(loaded.optimizer.variables, model.optimizer.variables, strict=True)
    for one, other in states:
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    history = loaded.fit(example.raw(16), epochs=1, batch_size=16, verbose=0)
    assert np.isfinite(history.history["loss"][0])
    assert loaded.optimizer.iterations.numpy() == 2
