"""Each check has a preset that fails it, and nothing else."""

import json
import shutil

import keras
import numpy as np
import pytest
from contract_examples import EXAMPLES, backbone, floating, move_weights, preprocessor
from safetensors.numpy import load_file, save_file

import keras_docs
from keras_docs.hub import PresetInvalidError, builtin_presets, write_manifest
from keras_docs.models.base import preset_validation
from keras_docs.models.base.preset_validation import check_preset, validate_preset

CARD = "---\nlicense: mit\n---\n# x\n\n```python\nimport keras_docs\n```\n"
CONTENT_CHECKS = [
    "classes are the manifest's",
    "weights are finite",
    "configs round-trip",
    "saved again is the same",
    "parameter count",
    "card",
]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A good preset of each kind."""
    folder = tmp_path_factory.mktemp("originals")
    task = EXAMPLES["TabTransformerClassifier"].build()
    move_weights(floating(task.weights))
    task.save_to_preset(folder / "task")
    task.save_to_preset(folder / "h5", weights_format="h5")
    backbone().save_to_preset(folder / "backbone")
    preprocessor().save_to_preset(folder / "preprocessor")
    for kind in folder.iterdir():
        (kind / "README.md").write_text(CARD)
        sign(kind)
    return folder


@pytest.fixture
def copy(originals, tmp_path):
    def copy(kind="task"):
        return shutil.copytree(originals / kind, tmp_path / kind)

    return copy


def sign(folder, **classes):
    """Writes a manifest that fits the files: what is wrong is the author's own."""
    manifest = json.loads((folder / "manifest.json").read_text())
    classes = {**manifest["classes"], **classes}
    classes = {part: name for part, name in classes.items() if name}
    write_manifest(folder, classes, manifest["versions"])


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def failed(folder, **kwargs):
    return [c.name for c in check_preset(folder, **kwargs) if c.outcome == "failed"]


def refused(folder, check, match):
    """Validation raises, and names this check; no other has failed."""
    assert failed(folder) == [check]
    with pytest.raises(PresetInvalidError, match=match) as raised:
        validate_preset(folder)
    assert raised.value.check == check


@pytest.mark.parametrize("kind", ["task", "h5", "backbone", "preprocessor"])
def test_good_presets_pass(copy, kind):
    folder = copy(kind)
    checks = validate_preset(folder)
    held = [c.name for c in checks if c.name.endswith(" loads")]
    expected = {"backbone": 1, "preprocessor": 1}.get(kind, 3)
    assert len(held) == expected
    assert [c.name for c in checks] == ["files", *held, *CONTENT_CHECKS]
    skipped = [c.name for c in checks if c.outcome == "skipped"]
    no_weights = ["weights are finite", "parameter count"]
    assert skipped == (no_weights if kind == "preprocessor" else [])


@pytest.mark.parametrize("kind", ["task", "h5"])
def test_nothing_is_changed_by_a_check(copy, kind, tmp_path):
    folder = copy(kind)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    validate_preset(folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == [kind]


def test_every_damaged_file_is_listed_and_nothing_is_loaded(copy, monkeypatch):
    folder = copy()
    for name in ("task.safetensors", "model.safetensors"):
        content = bytearray((folder / name).read_bytes())
        content[-1] ^= 1
        (folder / name).write_bytes(content)
    (folder / "preprocessor.json").unlink()
    monkeypatch.setattr(preset_validation, "BASES", {})
    checks = check_preset(folder)
    damaged = ["model.safetensors", "preprocessor.json", "task.safetensors"]
    assert [(c.name, c.outcome) for c in checks] == [(n, "failed") for n in damaged]
    assert "SHA-256" in checks[0].detail and "missing" in checks[1].detail
    with pytest.raises(PresetInvalidError, match="'model.safetensors'.*SHA-256"):
        validate_preset(folder)


def test_a_flipped_bit_is_found_though_an_earlier_load_remembers_the_file(copy):
    import os

    folder = copy()
    keras_docs.Task.from_preset(folder)
    path = folder / "task.safetensors"
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert failed(folder) == ["task.safetensors"]


def test_no_manifest(copy):
    folder = copy()
    (folder / "manifest.json").unlink()
    with pytest.raises(PresetInvalidError, match="manifest.json is missing"):
        validate_preset(folder)
    # It still loads, which is all that can be checked of a plain folder.
    assert failed(folder, is_for_publishing=False) == []


def test_task_does_not_load(copy):
    folder = copy()
    tensors = load_file(folder / "task.safetensors")
    tensors.popitem()
    save_file(tensors, folder / "task.safetensors")
    sign(folder)
    refused(folder, "task loads", "missing from the file")
    outcomes = {c.name: c.outcome for c in check_preset(folder)}
    assert outcomes["backbone loads"] == outcomes["card"] == "passed"
    assert outcomes["weights are finite"] == "skipped"


def test_backbone_does_not_load(copy):
    folder = copy("backbone")
    edit(folder / "config.json", lambda c: c["config"].update(hidden_dim=6))
    sign(folder)
    assert failed(folder) == ["backbone loads"]


def test_preprocessor_does_not_load(copy):
    folder = copy("preprocessor")
    edit(folder / "preprocessor.json", lambda c: c["config"].update(task="guessing"))
    sign(folder)
    refused(folder, "preprocessor loads", "guessing")


def test_a_part_that_the_manifest_names_is_not_there(copy):
    folder = copy("backbone")
    sign(folder, task="keras_docs>TabTransformerClassifier")
    refused(folder, "task loads", "holds a backbone without a head")


@pytest.mark.parametrize(
    ("classes", "match"),
    [
        ({"task": "keras_docs>TabTransformerRegressor"}, "TabTransformerRegressor"),
        ({"preprocessor": None}, "names 'nothing' as the preprocessor"),
        ({"tokenizer": "keras_docs>X"}, "holds 'nothing'"),
    ],
)
def test_classes_differ_from_the_manifest(copy, classes, match):
    folder = copy()
    sign(folder, **classes)
    refused(folder, "classes are the manifest's", match)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_are_not_finite(copy, value):
    folder = copy()
    tensors = load_file(folder / "model.safetensors")
    name = sorted(tensors)[0]
    tensors[name] = tensors[name].copy()
    tensors[name].flat[0] = value
    save_file(tensors, folder / "model.safetensors")
    sign(folder)
    refused(folder, "weights are finite", f"{name}.* 1 of {tensors[name].size} values")


def test_a_config_does_not_round_trip(copy, monkeypatch):
    folder = copy("backbone")
    cls = keras_docs.TabTransformerBackbone
    build = cls.from_config.__func__

    def forgetful(cls, config, **kwargs):
        return build(cls, {**config, "dropout": 0.77}, **kwargs)

    monkeypatch.setattr(cls, "from_config", classmethod(forgetful))
    refused(folder, "configs round-trip", "backbone/dropout was .*, is 0.77")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c: c.update(note="by hand"), "config.json has lost 'note'"),
        (lambda c: c["config"].update(dtype="float32"), "config.json/config/dtype"),
    ],
)
def test_json_is_not_what_the_model_would_save(copy, change, match):
    folder = copy("backbone")
    edit(folder / "config.json", change)
    sign(folder)
    refused(folder, "saved again is the same", match)


def test_an_older_preset_may_say_less(copy):
    """An argument that a later version adds has its default in older presets."""
    folder = copy("backbone")
    edit(folder / "config.json", lambda c: c["config"].pop("normalize_first"))
    sign(folder)
    validate_preset(folder)


def test_weights_are_not_saved_as_they_are(copy, monkeypatch):
    folder = copy()
    save = preset_validation.save_preset

    def save_rounded(target, *, task, **parts):
        last = task.weights[-1]
        last.assign(last + 1e-3)
        save(target, task=task, **parts)
        last.assign(last - 2e-3)

    monkeypatch.setattr(preset_validation, "save_preset", save_rounded)
    refused(folder, "saved again is the same", "is not the same after")


@pytest.mark.parametrize("change", [{"parameter_count": 7}, {"parameter_count": None}])
def test_parameter_count_is_wrong(copy, change):
    folder = copy()
    edit(folder / "metadata.json", lambda metadata: metadata.update(change))
    sign(folder)
    refused(folder, "parameter count", f"says {change['parameter_count']} parameters")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (None, "README.md is missing"),
        ("# x\n", "names no licence"),
        ("---\nlanguage: en\n---\n```python\n1\n```\n", "names no licence"),
        ("---\nlicense: [mit\n---\n```python\n1\n```\n", "not plain YAML"),
        ("---\nlicense: mit\n---\n# x\n", "no ```python snippet"),
        (CARD + "```python\nmodel = (\n```\n", "snippet 2 .*cannot be parsed"),
        (CARD + "x" * 2**20, "larger than"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_card_cannot_be_published(copy, text, match):
    folder = copy("backbone")
    if text is None:
        (folder / "README.md").unlink()
    else:
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "README.md").write_bytes(data)
    sign(folder)
    refused(folder, "card", match)
    assert (failed(folder, is_for_publishing=False) == []) is (text is None)


def test_a_snippet_is_not_executed(copy, tmp_path):
    folder = copy("backbone")
    proof = tmp_path / "proof"
    code = f"open({str(proof)!r}, 'w').close()"
    (folder / "README.md").write_text(CARD + f"```python\n{code}\n```\n")
    sign(folder)
    validate_preset(folder)
    assert not proof.exists()


@pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="one backend will do: each loads and saves them in tests/contract",
)
@pytest.mark.parametrize("name", sorted(builtin_presets()))
def test_shipped_presets_pass(name):
    validate_preset(builtin_presets()[name])
