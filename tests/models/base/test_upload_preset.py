"""`keras_docs.upload_preset`: a model or a folder in, a checked commit out."""

import json
import re

import numpy as np
import pytest
from contract_examples import EXAMPLES, assert_same, outputs_of
from hub_test_files import read_files
from huggingface_hub import ModelCard
from safetensors.numpy import load_file, save_file

import keras_docs
from keras_docs import registry
from keras_docs.hub import (
    PresetCorruptError,
    PresetFormatError,
    PresetHandleError,
    PresetIncompleteError,
    PresetInvalidError,
    PresetNotFoundError,
    refresh_card,
    write_manifest,
)
from keras_docs.hub.pipeline_tags import PIPELINE_TAGS, pipeline_tag

NAME = "TabTransformerClassifier"
HANDLE = "hf://alice/x"
RECORD = {
    "title": "A title",
    "summary": "A summary.",
    "license": "mit",
    "pipeline_tag": "tabular-classification",
    "snippet": "import keras_docs",
}


@pytest.fixture(scope="module")
def task():
    return EXAMPLES[NAME].build()


@pytest.fixture
def folder(task, tmp_path):
    task.save_to_preset(tmp_path / "preset")
    return tmp_path / "preset"


@pytest.fixture
def hub(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "token-alice")
    return hub


def published(hub, revision="main"):
    files = hub.repositories["alice/x"].find(revision).files
    return {n: f.data for n, f in files.items() if n != ".gitattributes"}


def sign(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, manifest["classes"], manifest["versions"])


def test_folder_with_a_card_goes_up_as_it_is(hub, folder, capsys):
    refresh_card(folder, RECORD)
    before = read_files(folder)
    pinned = keras_docs.upload_preset(
        HANDLE, folder, tag="v1", commit_message="first", private=True
    )
    repository = hub.repositories["alice/x"]
    commit = repository.find("main")
    assert pinned == f"hf://alice/x@{commit.oid}"
    assert commit.message == "first" and repository.private
    assert repository.tags == {"v1": commit.oid}
    assert published(hub) == before == read_files(folder)
    printed = capsys.readouterr().out.splitlines()
    page = f"{hub.url}/alice/x/tree/{commit.oid}"
    assert printed == [page, pinned, "hf://alice/x@v1"]


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("TabTransformerClassifier", "tabular-classification"),
        ("TabTransformerRegressor", "tabular-regression"),
        ("TabTransformerBackbone", "feature-extraction"),
        ("TabTransformerPreprocessor", "feature-extraction"),
    ],
)
def test_model_gets_a_card_whose_snippet_runs(hub, name, tag, capsys):
    model, raw = EXAMPLES[name].build(), EXAMPLES[name].raw(8)
    pinned = keras_docs.upload_preset(HANDLE, model, tag="v1", license="apache-2.0")
    loaded = type(model).from_preset(pinned)
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw))
    text = published(hub)["README.md"].decode()
    card = ModelCard(text)
    assert card.data.license == "apache-2.0"
    assert card.data.pipeline_tag == tag
    assert text.split("---\n")[2].strip().splitlines()[0] == "# x"
    assert name in text and f"keras_docs {keras_docs.__version__}" in text
    if name != "TabTransformerPreprocessor":
        assert f"| parameters | {model.count_params():,} |" in text
    snippet = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert '"hf://alice/x@v1"' in snippet
    names = {}
    exec(compile(snippet, "README.md", "exec"), names)
    assert any(type(value) is type(model) for value in names.values())


def test_folder_without_card_is_not_changed(hub, folder):
    before = read_files(folder)
    keras_docs.upload_preset(HANDLE, str(folder), license="mit")
    assert read_files(folder) == before
    new = published(hub).keys() - before.keys()
    assert new == {"README.md", "card.json"}
    same = before.keys() - {"manifest.json"}
    assert {n: published(hub)[n] for n in same} == {n: before[n] for n in same}


def test_card_is_written_from_a_record_that_is_there(hub, folder):
    (folder / "card.json").write_text(json.dumps(RECORD))
    sign(folder)
    keras_docs.upload_preset(HANDLE, folder)
    card = ModelCard(published(hub)["README.md"].decode())
    assert card.data.license == "mit" and "# A title" in card.text
    assert not (folder / "README.md").exists()


def test_branch_and_subfolder_are_in_the_snippet(hub, task):
    pinned = keras_docs.upload_preset(
        f"{HANDLE}/small", task, revision="dev", license="mit"
    )
    text = published(hub, "dev")["small/README.md"].decode()
    assert '"hf://alice/x@dev/small"' in text and "# small" in text
    assert pinned.endswith(f"@{hub.repositories['alice/x'].branches['dev']}/small")


@pytest.mark.parametrize("what", ["model", "folder"])
def test_a_licence_is_needed(hub, task, folder, what):
    with pytest.raises(PresetFormatError, match='license="apache-2.0".*card.json'):
        keras_docs.upload_preset(HANDLE, task if what == "model" else folder)
    assert hub.requests == []


@pytest.mark.parametrize("has_readme", [True, False])
def test_two_licences_are_refused(hub, folder, has_readme):
    refresh_card(folder, RECORD)
    if not has_readme:
        (folder / "README.md").unlink()
        sign(folder)
    with pytest.raises(PresetFormatError, match="license='gpl'.*names mit"):
        keras_docs.upload_preset(HANDLE, folder, license="gpl")
    assert hub.requests == []
    assert keras_docs.upload_preset(HANDLE, folder, license="mit")


def test_a_preset_that_fails_a_check_is_not_uploaded(hub, folder):
    tensors = load_file(folder / "task.safetensors")
    name = sorted(tensors)[0]
    tensors[name] = np.full_like(tensors[name], np.nan)
    save_file(tensors, folder / "task.safetensors")
    sign(folder)
    with pytest.raises(PresetInvalidError, match="'weights are finite'"):
        keras_docs.upload_preset(HANDLE, folder, license="mit")
    assert hub.requests == []


@pytest.mark.parametrize("has_card", [True, False])
def test_writing_a_card_does_not_bless_damage(hub, folder, has_card):
    if has_card:
        (folder / "card.json").write_text(json.dumps(RECORD))
        sign(folder)
    path = folder / "task.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(PresetCorruptError, match="task.safetensors"):
        keras_docs.upload_preset(HANDLE, folder, license="mit")
    assert hub.requests == []


def test_what_cannot_be_uploaded(hub, task, folder, tmp_path):
    with pytest.raises(ValueError, match="Received: <class 'dict'>"):
        keras_docs.upload_preset(HANDLE, {}, license="mit")
    with pytest.raises(PresetNotFoundError, match="no folder.*save_to_preset"):
        keras_docs.upload_preset(HANDLE, tmp_path / "nothing", license="mit")
    (folder / "manifest.json").unlink()
    with pytest.raises(PresetIncompleteError, match="keras-docs convert"):
        keras_docs.upload_preset(HANDLE, folder, license="mit")
    for handle in ("alice/x", "./x", "kaggle://a/b/keras/c", f"{HANDLE}@{'0' * 40}"):
        with pytest.raises(PresetHandleError):
            keras_docs.upload_preset(handle, task, license="mit")
    assert hub.requests == []


def test_every_public_task_has_its_tag():
    """A new family's tasks need an entry in `PIPELINE_TAGS`."""
    base = (keras_docs.Task,)
    for name in registry.PUBLIC_NAMES:
        value = registry.public_object(name)
        # A family's own base is never what a preset names.
        is_task = isinstance(value, type) and issubclass(value, base)
        if is_task and name in {e.class_name for e in EXAMPLES.values()}:
            assert name in PIPELINE_TAGS
    assert pipeline_tag({"backbone": "keras_docs>X"}) == "feature-extraction"
    with pytest.raises(PresetFormatError, match="keras_docs>X.*pipeline_tag"):
        pipeline_tag({"task": "keras_docs>X"})
