"""The front door: whatever a preset holds."""

import docformer_examples
import pytest

import keras_docs
from keras_docs.hub import builtin_presets


@pytest.mark.parametrize("name", ["seq_2_seq_lm", "token_classifier", "entity_linker"])
def test_from_preset_returns_the_task_that_was_saved(name, tmp_path):
    model = getattr(docformer_examples, name)()
    model.save_to_preset(tmp_path / "mine")
    loaded = keras_docs.DocFormerV2.from_preset(tmp_path / "mine")
    assert type(loaded) is type(model)
    assert loaded.preprocessor.task == model.preprocessor.task


def test_what_is_no_task_of_the_family(tmp_path):
    docformer_examples.backbone().save_to_preset(tmp_path / "backbone")
    with pytest.raises(ValueError, match="holds a backbone without a head"):
        keras_docs.DocFormerV2.from_preset(tmp_path / "backbone")
    with pytest.raises(ValueError, match="which is not a DocFormerV2Task"):
        keras_docs.DocFormerV2.from_preset("tab_transformer_income")


def test_presets_are_those_of_the_family():
    assert set(keras_docs.DocFormerV2.presets) == {
        name for name in builtin_presets() if name.startswith("docformer_v2")
    }


def test_the_front_door_is_not_built():
    with pytest.raises(TypeError, match="from_preset"):
        keras_docs.DocFormerV2()
