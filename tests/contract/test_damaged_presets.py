"""Damaged and hostile preset folders raise a ValueError and leave nothing behind."""

import json
import shutil

import numpy as np
import preset_damage
import pytest
from contract_examples import EXAMPLES, assert_same, floating, move_weights, outputs_of
from preset_damage import edit, sign
from safetensors.numpy import load_file, save_file

import keras_docs
from keras_docs.hub import PresetError

NAME = "TabTransformerClassifier"
WEIGHTS = ["model.safetensors", "task.safetensors"]
CONFIGS = ["config.json", "task.json", "preprocessor.json"]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """One preset in both formats, and what it answers."""
    model = EXAMPLES[NAME].build()
    move_weights(floating(model.weights))
    folder = tmp_path_factory.mktemp("originals")
    for weights_format in ("safetensors", "h5"):
        model.save_to_preset(folder / weights_format, weights_format=weights_format)
    return folder, outputs_of(model, EXAMPLES[NAME].raw(8))


@pytest.fixture
def folder(originals, tmp_path, monkeypatch):
    target = tmp_path / "preset"
    shutil.copytree(originals[0] / "safetensors", target)
    monkeypatch.chdir(tmp_path)
    return target


@pytest.fixture
def h5_folder(originals, tmp_path):
    shutil.copytree(originals[0] / "h5", tmp_path / "preset")
    return tmp_path / "preset"


def refused(folder, match=None, doors=("TabTransformerClassifier", "TabTransformer")):
    """Loading raises, through the class and its family's door, and leaves no file."""
    preset_damage.refused(folder, match, doors)


def test_the_undamaged_preset_loads(folder, originals):
    loaded = keras_docs.Task.from_preset(folder)
    assert_same(outputs_of(loaded, EXAMPLES[NAME].raw(8)), originals[1])


@pytest.mark.parametrize("name", [*WEIGHTS, *CONFIGS])
def test_truncated(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    refused(folder, name)
    sign(folder)
    refused(folder, name)


@pytest.mark.parametrize("name", [*WEIGHTS, *CONFIGS])
def test_flipped_bit(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    refused(folder, name)


@pytest.mark.parametrize("name", [*WEIGHTS, *CONFIGS, "metadata.json"])
def test_missing_file(folder, name):
    (folder / name).unlink()
    refused(folder, name)


@pytest.mark.parametrize("name", [*WEIGHTS, "config.json"])
def test_missing_file_that_no_manifest_lists(folder, name):
    (folder / name).unlink()
    sign(folder)
    refused(folder, name.replace(".safetensors", ""))


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("damage", ["shape", "dtype", "extra", "missing", "renamed"])
def test_other_tensors(folder, name, damage):
    tensors = load_file(folder / name)
    path = max(tensors)
    if damage == "shape":
        tensors[path] = np.zeros([2, *tensors[path].shape], "float32")
    elif damage == "dtype":
        tensors[path] = tensors[path].astype("int32")
    elif damage == "extra":
        tensors[path := "somewhere/kernel"] = np.zeros(3, "float32")
    elif damage == "missing":
        del tensors[path]
    else:
        tensors["somewhere/kernel"] = tensors.pop(path)
    save_file(tensors, folder / name)
    sign(folder)
    refused(folder, path)


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_not_finite_tensors_at_all(folder, name):
    (folder / name).write_bytes(b"\x08" + b"\0" * 7 + b'{"a":1}x')
    sign(folder)
    refused(folder, name)


@pytest.mark.parametrize("damage", ["truncated", "shape", "missing", "foreign"])
@pytest.mark.parametrize("stem", ["model", "task"])
def test_damaged_h5(h5_folder, stem, damage):
    import h5py

    path = h5_folder / f"{stem}.weights.h5"
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "foreign":
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 500)
    else:
        with h5py.File(path, "r+") as file:
            found = []
            file.visititems(
                lambda name, item: (
                    found.append(name)
                    if isinstance(item, h5py.Dataset) and item.ndim
                    else None
                )
            )
            shape = file[found[-1]].shape
            del file[found[-1]]
            if damage == "shape":
                file[found[-1]] = np.zeros([2, *shape], "float32")
    refused(h5_folder)
    sign(h5_folder)
    refused(h5_folder)


HOSTILE_CLASSES = [
    "builtins>eval",
    "builtins.eval",
    "os>system",
    "keras>Lambda",
    "Lambda",
    "keras_hub>BertBackbone",
    "keras_docs>PUBLIC_NAMES",
    "keras_docs>TabTransformer.from_preset",
    "keras_docs>..",
    "",
    None,
    ["keras_docs>TabTransformerClassifier"],
    {"class_name": "eval"},
]


@pytest.mark.parametrize("part", CONFIGS)
@pytest.mark.parametrize("name", HOSTILE_CLASSES, ids=str)
def test_wrong_class_name(folder, part, name):
    edit(folder / part, lambda content: content.update(registered_name=name))
    sign(folder)
    refused(folder)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("task.json", "TabTransformerBackbone"),
        ("task.json", "TabTransformerPreprocessor"),
        ("config.json", "TabTransformerClassifier"),
        ("config.json", "TabTransformerPreprocessor"),
        ("config.json", "Backbone"),
        ("config.json", "TabTransformer"),
        ("preprocessor.json", "TabTransformerBackbone"),
        ("preprocessor.json", "TabTransformer"),
    ],
)
def test_class_of_another_part(folder, part, name):
    edit(
        folder / part,
        lambda content: content.update(registered_name=f"keras_docs>{name}"),
    )
    sign(folder)
    refused(folder)


def name_task(folder, name):
    edit(
        folder / "task.json",
        lambda content: content.update(registered_name=f"keras_docs>{name}"),
    )
    sign(folder)


def test_class_of_another_task(folder):
    name_task(folder, "TabTransformerRegressor")
    refused(folder, doors=["TabTransformer"])
    # Asked for by name, a task takes the backbone, and says that its head is new.
    match = "untrained: the preset holds TabTransformerRegressor"
    with pytest.warns(UserWarning, match=match):
        keras_docs.TabTransformerClassifier.from_preset(folder)


def test_a_base_is_no_saved_task(folder):
    name_task(folder, "Task")
    refused(folder, "base class")


@pytest.mark.parametrize("part", CONFIGS)
def test_module_is_not_imported(folder, part, originals, monkeypatch):
    evil = folder.parent / "evil_module_of_a_preset.py"
    evil.write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(folder.parent))
    edit(
        folder / part,
        lambda content: content.update(module=evil.stem, class_name="Evil"),
    )
    sign(folder)
    loaded = keras_docs.Task.from_preset(folder)
    assert_same(outputs_of(loaded, EXAMPLES[NAME].raw(8)), originals[1])


def lambda_layer():
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"function": {"class_name": "__lambda__", "config": {"code": "x"}}},
        "registered_name": None,
    }


@pytest.mark.parametrize(
    ("part", "argument", "value"),
    [
        ("config.json", "dtype", lambda_layer()),
        ("config.json", "hidden_dim", lambda_layer()),
        ("config.json", "cardinalities", "many"),
        ("config.json", "cardinalities", [2**62]),
        ("config.json", "num_layers", -1),
        ("config.json", "unheard_of", 1),
        ("config.json", "column_embedding", ["concat"]),
        ("task.json", "num_classes", lambda_layer()),
        ("task.json", "hidden_activation", lambda_layer()),
        ("task.json", "hidden_activation", "no_such_activation"),
        ("task.json", "hidden_dims", [None]),
        ("task.json", "unheard_of", 1),
        ("preprocessor.json", "state", {"format": 1}),
        ("preprocessor.json", "state", lambda_layer()),
        ("preprocessor.json", "columns", 3),
        ("preprocessor.json", "unheard_of", 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_hostile_config(folder, part, argument, value):
    edit(folder / part, lambda content: content["config"].update({argument: value}))
    sign(folder)
    refused(folder)


@pytest.mark.parametrize("part", CONFIGS)
@pytest.mark.parametrize("config", [None, [], "x", 3])
def test_config_that_is_no_object(folder, part, config):
    edit(folder / part, lambda content: content.update(config=config))
    sign(folder)
    refused(folder, "config")


@pytest.mark.parametrize("part", ["config.json", "task.json"])
@pytest.mark.parametrize(
    "adaptation",
    [
        [],
        "all",
        {"layers": []},
        {"layers": {"nowhere": {"lora_rank": 2, "lora_alpha": 2.0}}},
        {"layers": {"LAYER": "int8"}},
        {"layers": {"LAYER": {"quantization": "int7"}}},
        {"layers": {"LAYER": {"lora_rank": 10**9, "lora_alpha": 1}}},
        {"layers": {"LAYER": {"lora_rank": -1, "lora_alpha": 1}}},
        {"layers": {"LAYER": {"lora_rank": True}}},
        {"layers": {"LAYER": {"lora_rank": 2, "lora_alpha": "x"}}},
        {"layers": {}, "frozen": 3},
        {"layers": {}, "frozen": {"LAYER": 1}},
    ],
    ids=str,
)
def test_hostile_adaptation(folder, part, adaptation):
    layer = "head/hidden_0"
    if part == "config.json":
        layer = "transformer_layer_0/query_key_value"
    adaptation = json.loads(json.dumps(adaptation).replace("LAYER", layer))
    edit(folder / part, lambda content: content.update(adaptation=adaptation))
    sign(folder)
    refused(folder)


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "C:\\x", "a\0b"]
)
def test_path_traversal_in_the_manifest(folder, name):
    (folder.parent / "secret.txt").write_text("secret")
    entry = {"size": 6, "sha256": "0" * 64}
    edit(
        folder / "manifest.json", lambda content: content["files"].update({name: entry})
    )
    refused(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_link_out_of_the_folder(folder, name):
    outside = folder.parent / "outside"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    refused(folder, name)


def test_weights_of_another_model(folder, tmp_path):
    other = EXAMPLES["TabTransformerRegressor"].build()
    other.save_to_preset(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "task.safetensors", folder)
    sign(folder)
    # Too small for this head, or of other shapes.
    refused(folder, r"task weights file|task\.safetensors")


def test_a_failed_load_assigns_nothing(folder):
    """A model in use is not half overwritten by a preset that does not fit."""
    from keras_docs.models.base.weights import load_weights

    model = EXAMPLES[NAME].build()
    before = [v.numpy() for v in model.backbone.weights]
    tensors = load_file(folder / "model.safetensors")
    tensors[max(tensors)] = np.zeros((1, 1, 1, 1), "float32")
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(PresetError):
        load_weights(folder / "model.safetensors", model.backbone.weights)
    for variable, old in zip(model.backbone.weights, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)
