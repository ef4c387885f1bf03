"""KerasHub's presets as ours: the same answers, every check passed."""

import json

import keras_hub
import numpy as np
import pytest
from hub_test_files import read_files
from kerashub_presets import CLASSIFIERS

import keras_docs
from keras_docs.hub import PresetCorruptError, read_manifest, write_manifest
from keras_docs.models.base.preset_conversion import convert_preset
from keras_docs.models.base.preset_validation import check_preset

TEXTS = ["the quick brown fox", "a lazy dog"]


@pytest.fixture(scope="module", params=sorted(CLASSIFIERS))
def kerashub(request, tmp_path_factory):
    """A preset of KerasHub, its class and its answers.

    The answers are taken here: a later `keras.utils.set_random_seed` makes TensorFlow
    forget the SentencePiece models of the tokenizers there are.
    """
    model = CLASSIFIERS[request.param]()
    folder = tmp_path_factory.mktemp(request.param) / "preset"
    model.save_to_preset(str(folder))
    return type(model).__name__, folder, model.predict(TEXTS, verbose=0)


def outcomes(folder):
    checks = check_preset(folder, is_for_publishing=False)
    return {check.name: check.outcome for check in checks}


@pytest.mark.parametrize("weights_format", ["safetensors", "h5"])
@pytest.mark.costly
def test_a_preset_of_kerashub_becomes_ours(kerashub, tmp_path, weights_format):
    name, source, expected = kerashub
    before = read_files(source)
    assert "failed" not in outcomes(source).values()
    folder = convert_preset(source, tmp_path / "x", weights_format=weights_format)
    assert read_files(source) == before
    found = outcomes(folder)
    assert found.pop("card") == "skipped"
    assert set(found.values()) == {"passed"}
    assert read_manifest(folder).classes["task"] == f"keras_hub>{name}"
    loaded = keras_docs.Task.from_preset(folder)
    np.testing.assert_array_equal(loaded.predict(TEXTS, verbose=0), expected)
    if weights_format == "h5":
        theirs = keras_hub.models.TextClassifier.from_preset(str(folder))
        np.testing.assert_array_equal(theirs.predict(TEXTS, verbose=0), expected)


# The vocabulary of the other one is no text.
@pytest.mark.parametrize("kerashub", ["bert"], indirect=True)
def test_an_asset_that_is_read_otherwise_is_found(kerashub, tmp_path):
    """A vocabulary with Windows' line ends loads, but is not what would be saved."""
    _, source, _ = kerashub
    folder = convert_preset(source, tmp_path / "x")
    path = folder / "assets/tokenizer/vocabulary.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    manifest = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, manifest["classes"], manifest["versions"])
    checks = check_preset(folder, is_for_publishing=False)
    (check,) = [check for check in checks if check.outcome == "failed"]
    assert check.name == "saved again is the same"
    assert "assets/tokenizer/vocabulary.txt" in check.detail


def test_a_damaged_preset_is_not_converted(tmp_path):
    keras_docs.Backbone.from_preset("tab_transformer_income").save_to_preset(
        tmp_path / "x"
    )
    path = tmp_path / "x/model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(PresetCorruptError):
        convert_preset(tmp_path / "x", tmp_path / "y")
    assert not (tmp_path / "y").exists()
