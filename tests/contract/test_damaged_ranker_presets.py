"""Damaged and hostile presets of rankers, whose weights are mapped, not read."""

import shutil

import numpy as np
import pytest
from contract_examples import EXAMPLES, assert_same, outputs_of
from preset_damage import edit, refused, sign
from safetensors.numpy import load_file, save_file

import keras_docs

pytestmark = pytest.mark.no_tensors

NAME = "XRRanker"
DOORS = ("XRRanker", "Task")
ASSETS = "assets/preprocessor"
FILES = [
    "model.safetensors",
    "config.json",
    "task.json",
    "preprocessor.json",
    f"{ASSETS}/labels.txt",
    f"{ASSETS}/vectorizer_0/vocabulary.txt",
    f"{ASSETS}/vectorizer_0/idf.npy",
]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A preset, and what it answers."""
    model = EXAMPLES[NAME].build()
    folder = tmp_path_factory.mktemp("original") / "preset"
    model.save_to_preset(folder)
    return folder, outputs_of(model, EXAMPLES[NAME].raw(8))


@pytest.fixture
def folder(original, tmp_path, monkeypatch):
    shutil.copytree(original[0], tmp_path / "preset")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "preset"


def test_the_undamaged_preset_loads(folder, original):
    loaded = keras_docs.Task.from_preset(folder)
    assert_same(outputs_of(loaded, EXAMPLES[NAME].raw(8)), original[1])


@pytest.mark.parametrize("name", FILES)
def test_truncated(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    refused(folder, None, DOORS)
    sign(folder)
    refused(folder, None, DOORS)


@pytest.mark.parametrize("name", FILES)
def test_flipped_bit(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    refused(folder, name, DOORS)


@pytest.mark.parametrize("name", FILES)
def test_missing_file(folder, name):
    (folder / name).unlink()
    refused(folder, name, DOORS)
    if name not in ("task.json", "preprocessor.json"):
        sign(folder)
        refused(folder, None, DOORS)


def change_arrays(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    sign(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("arrays/layers/bias"),
        lambda t: t.clear(),
        lambda t: t.update({"arrays/layers/more": np.zeros(3)}),
        lambda t: t.update({"somewhere/kernel": np.zeros(3)}),
        lambda t: t.update({"arrays/tree/0": np.array([5, 5], "int32")}),
        lambda t: t.update({"arrays/tree/0": t["arrays/tree/0"].astype("int64")[:1]}),
        lambda t: t["arrays/layers/row_features"].__setitem__(-1, 2**30),
        lambda t: t["arrays/layers/entry_values"].__setitem__(0, np.nan),
        lambda t: t["arrays/layers/chunk_rows"].__setitem__(1, -1),
        lambda t: t["arrays/layers/level_chunks"].__setitem__(-1, 2**40),
        lambda t: t.update({"arrays/num_rows": np.zeros(0, "int64")}),
    ],
)
def test_other_arrays(folder, change):
    change_arrays(folder, change)
    refused(folder, None, DOORS)


def test_labels_of_another_model(folder):
    labels = folder / ASSETS / "labels.txt"
    lines = labels.read_text().splitlines(keepends=True)
    labels.write_text("".join(lines[:-1]))
    sign(folder)
    refused(folder, "labels", DOORS)


@pytest.mark.parametrize(
    ("part", "argument", "value"),
    [
        ("config.json", "num_features", 3),
        ("config.json", "num_features", 2**62),
        ("config.json", "num_labels", 7),
        ("config.json", "beam_size", "wide"),
        ("config.json", "post_processor", {"class_name": "Lambda"}),
        ("config.json", "quantization", "int8"),
        ("config.json", "unheard_of", 1),
        ("task.json", "calibration", ["a", "b", "c"]),
        ("task.json", "calibration", [1.0]),
        ("task.json", "ensemble", 0),
        ("task.json", "xr_linear", {"loss": "l2"}),
        ("preprocessor.json", "vectorizers", 3),
        ("preprocessor.json", "vectorizers", [{"unheard_of": 1}]),
        ("preprocessor.json", "num_columns", 2),
        ("preprocessor.json", "reads_text", False),
    ],
    ids=str,
)
def test_hostile_config(folder, part, argument, value):
    edit(folder / part, lambda content: content["config"].update({argument: value}))
    sign(folder)
    refused(folder, None, DOORS)
