"""`show`, `download`, `verify`, `card`, `upload` and `convert`, in this process."""

import json
import shutil

import keras_hub
import pytest
from contract_examples import EXAMPLES, assert_same, outputs_of
from hub_test_files import read_files

import keras_docs
from keras_docs import cli
from keras_docs.hub import builtin_presets, refresh_card, verify_manifest

NAME = "TabTransformerClassifier"
RECORD = {
    "title": "A title",
    "summary": "A summary.",
    "license": "mit",
    "pipeline_tag": "tabular-classification",
    "metrics": [{"dataset": "people", "name": "accuracy", "value": 0.875}],
    "snippet": "import keras_docs",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "preset"
    EXAMPLES[NAME].build().save_to_preset(folder)
    refresh_card(folder, RECORD)
    return folder


@pytest.fixture
def folder(original, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user_cache"))
    return shutil.copytree(original, tmp_path / "preset")


@pytest.fixture
def run(capsys):
    """Runs a command and returns its exit code, output and error output."""

    def run(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def rows_of(table):
    """The cells of a printed table that has one line for each row."""
    lines = [line for line in table.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]


def test_show_a_folder(run, folder):
    code, out, _ = run("show", folder)
    assert code == 0
    facts = {row[0]: row[1] for row in rows_of(out) if len(row) == 2}
    assert facts["task"] == f"keras_docs>{NAME}"
    assert facts["licence"] == "mit" and facts["title"] == "A title"
    parameters = EXAMPLES[NAME].build().count_params()
    assert facts["parameters"] == f"{parameters:,}"
    assert f"keras_docs {keras_docs.__version__}" in facts["versions"]
    assert ["people", "", "accuracy", "0.875", ""] in rows_of(out)
    size = (folder / "task.safetensors").stat().st_size
    assert ["task.safetensors", "task", f"{size:,}"] in rows_of(out)


def test_show_from_the_hub_downloads_no_weights(run, folder, hub):
    hub.add("alice/x", folder)
    code, out, _ = run("show", "hf://alice/x")
    assert code == 0 and f"keras_docs>{NAME}" in out and "mit" in out
    size = (folder / "model.safetensors").stat().st_size
    assert ["model.safetensors", "backbone", f"{size:,}"] in rows_of(out)
    fetched = set(hub.downloads())
    assert fetched == {
        "README.md",
        "card.json",
        "config.json",
        "manifest.json",
        "metadata.json",
    }


def test_show_a_preset_of_kerashub(run, folder, monkeypatch):
    for name in ("manifest.json", "card.json"):
        (folder / name).unlink()
    code, out, _ = run("show", folder)
    assert code == 0
    facts = {row[0]: row[1] for row in rows_of(out) if len(row) == 2}
    assert facts["backbone"] == "keras_docs>TabTransformerBackbone"
    assert facts["licence"] == "mit"


def test_strangers_text_cannot_steer_the_terminal(run, folder):
    title = "\x1b[31m\x1b]0;owned\x07[bold]title[/bold]"
    refresh_card(folder, {**RECORD, "title": title, "license": "m\x1bit"})
    code, out, _ = run("show", folder)
    assert code == 0 and "\x1b" not in out and "\x07" not in out
    assert "[bold]title[/bold]" in out
    code, _, err = run("show", "hf://alice/\x1b[31mx")
    assert code == 2 and "\x1b" not in err


@pytest.mark.parametrize("command", ["show", "download", "presets", "card"])
def test_commands_that_need_no_backend_import_none(command, folder, tmp_path):
    import os
    import subprocess
    import sys

    arguments = [] if command == "presets" else [str(folder)]
    code = (
        "import sys\n"
        "from keras_docs.cli import main\n"
        f"assert main({[command, *arguments]!r}) == 0\n"
        "assert not {'keras', 'jax', 'torch', 'tensorflow'} & set(sys.modules)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_download_prints_a_whole_folder(run, folder, hub, tmp_path):
    first = hub.add("alice/x", folder)
    hub.add("alice/x", {"README.md": b"changed"})
    cache = tmp_path / "elsewhere"
    arguments = ["hf://alice/x", "--revision", first, "--cache-dir", cache]
    code, out, _ = run("download", *arguments)
    assert code == 0 and out.startswith(str(cache)) and out.count("\n") == 1
    assert read_files(type(folder)(out.strip())) == read_files(folder)


def test_download_parts(run, folder, hub):
    hub.add("alice/x", folder)
    code, out, _ = run("download", "hf://alice/x", "--parts", "backbone", "card")
    names = {path.name for path in type(folder)(out.strip()).iterdir()}
    assert code == 0 and "model.safetensors" in names and "README.md" in names
    assert "task.safetensors" not in names and "preprocessor.json" not in names
    code, _, err = run("download", "hf://alice/x", "--parts", "head")
    assert code == 2 and "backbone" in err


@pytest.mark.parametrize("command", ["show", "download", "verify"])
def test_what_is_not_there(run, hub, command):
    code, out, err = run(command, "hf://alice/nothing")
    assert (code, out) == (2, "")
    assert err.startswith("keras-docs: hf://alice/nothing: there is no such repository")
    code, _, err = run(command, "tab_transformer_incom")
    assert code == 2 and "Did you mean 'tab_transformer_income'" in err


def test_verify_a_good_preset(run, folder):
    code, out, _ = run("verify", folder)
    assert code == 0
    outcomes = {row[1] for row in rows_of(out) if row[1]}
    assert outcomes == {"passed"}
    assert ["card", "passed", "licence mit, 1 snippet"] in rows_of(out)


def test_verify_lists_every_damaged_file(run, folder):
    flip(folder / "model.safetensors")
    flip(folder / "README.md")
    (folder / "task.json").unlink()
    code, out, _ = run("verify", folder)
    assert code == 1
    failed = [row[0] for row in rows_of(out) if row[1] == "failed"]
    assert failed == ["README.md", "model.safetensors", "task.json"]


def test_verify_a_broken_manifest(run, folder):
    (folder / "manifest.json").write_text("{")
    code, out, _ = run("verify", folder)
    assert code == 1 and "manifest.json" in out and "not valid JSON" in out


def test_verify_a_preset_of_the_hub(run, folder, hub):
    commit = hub.add("alice/x", folder)
    code, out, _ = run("verify", f"hf://alice/x@{commit}")
    assert code == 0 and "failed" not in out
    flip(folder / "task.safetensors")
    hub.add("alice/x", folder)
    code, out, _ = run("verify", "hf://alice/x")
    assert code == 1 and "task.safetensors" in out


def test_verify_finds_damage_in_the_cache_that_a_warm_load_does_not(run, folder, hub):
    import os

    commit = hub.add("alice/x", folder)
    handle = f"hf://alice/x@{commit}"
    _, out, _ = run("download", handle)
    path = (type(folder)(out.strip()) / "task.safetensors").resolve()
    status = path.stat()
    flip(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run("download", handle)[0] == 0
    code, out, _ = run("verify", handle)
    assert code == 1
    assert [r[0] for r in rows_of(out) if r[1] == "failed"] == ["task.safetensors"]


def test_verify_a_preset_of_both_weights_formats(run, folder, hub, tmp_path):
    """What the load does not fetch is no fault."""
    task = keras_docs.Task.from_preset(folder)
    task.save_to_preset(tmp_path / "h5", weights_format="h5")
    for name in ("model.weights.h5", "task.weights.h5"):
        shutil.copy(tmp_path / "h5" / name, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    keras_docs.hub.write_manifest(folder, manifest["classes"], manifest["versions"])
    hub.add("alice/x", folder)
    code, out, _ = run("verify", "hf://alice/x")
    assert code == 0 and "failed" not in out
    assert not any(name.endswith(".h5") for name in hub.downloads())


def test_card_follows_its_record(run, folder):
    record = {**RECORD, "title": "Another title"}
    (folder / "card.json").write_text(json.dumps(record))
    before = read_files(folder)
    code, out, _ = run("card", folder, "--print")
    assert code == 0 and "# Another title" in out
    assert read_files(folder) == before
    code, out, _ = run("card", folder)
    assert (code, out.strip()) == (0, str(folder / "README.md"))
    assert "# Another title" in (folder / "README.md").read_text()
    assert {"README.md", "card.json"} <= set(verify_manifest(folder).files)
    assert run("verify", folder)[0] == 0


def test_card_without_a_record_prints_a_template_that_works(run, folder):
    (folder / "card.json").unlink()
    code, out, err = run("card", folder)
    assert code == 2
    assert all(name in err for name in ("title", "license", "snippet", "metrics"))
    (folder / "card.json").write_text(out)
    assert run("card", folder)[0] == 0
    assert run("verify", folder)[0] == 0


def test_card_does_not_bless_damage(run, folder):
    manifest = (folder / "manifest.json").read_bytes()
    (folder / "assets").mkdir()
    (folder / "assets/words.txt").write_text("a")
    code, _, err = run("card", folder)
    assert code == 2 and "assets/words.txt" in err
    shutil.rmtree(folder / "assets")
    flip(folder / "task.safetensors")
    code, _, err = run("card", folder)
    assert code == 2 and "task.safetensors" in err
    assert (folder / "manifest.json").read_bytes() == manifest


def test_upload_and_load(run, folder, hub):
    arguments = [folder, "hf://alice/x", "--private", "--tag", "v1"]
    arguments += ["--message", "first", "--revision", "dev", "--license", "mit"]
    code, out, _ = run("upload", *arguments)
    repository = hub.repositories["alice/x"]
    commit = repository.branches["dev"]
    assert code == 0 and f"hf://alice/x@{commit}" in out
    assert repository.private and repository.tags == {"v1": commit}
    assert repository.find("dev").message == "first"
    loaded = keras_docs.Task.from_preset("hf://alice/x@v1")
    raw = EXAMPLES[NAME].raw(8)
    expected = keras_docs.Task.from_preset(folder)
    assert_same(outputs_of(loaded, raw), outputs_of(expected, raw))


def test_upload_refuses(run, folder, hub):
    code, _, err = run("upload", folder, "hf://alice/x", "--license", "gpl")
    assert code == 2 and "names mit" in err
    code, _, err = run("upload", folder / "nothing", "hf://alice/x")
    assert code == 2 and "There is no folder" in err
    assert hub.requests == []


@pytest.mark.parametrize("weights_format", ["h5", "safetensors"])
def test_convert(run, folder, tmp_path, weights_format):
    target = tmp_path / "converted"
    code, out, _ = run("convert", folder, target, "--weights-format", weights_format)
    assert (code, out.strip()) == (0, str(target))
    names = {path.name for path in target.iterdir()}
    assert ("model.weights.h5" in names) == (weights_format == "h5")
    assert ("model.safetensors" in names) == (weights_format == "safetensors")
    model, raw = keras_docs.Task.from_preset(folder), EXAMPLES[NAME].raw(8)
    loaded = keras_docs.Task.from_preset(target)
    assert_same(outputs_of(loaded, raw), outputs_of(model, raw))
    assert run("verify", target)[0] == 0
    if weights_format == "h5":
        x = model.preprocess_features(raw)
        theirs = keras_hub.models.Backbone.from_preset(str(target))
        assert_same(outputs_of(theirs, x), outputs_of(model.backbone, x))


def test_convert_keeps_card_and_example_rows(run, tmp_path):
    name = "tab_transformer_income"
    target = tmp_path / "converted"
    assert run("convert", name, target, "--weights-format", "h5")[0] == 0
    source = builtin_presets()[name]
    for file in ("card.json", "assets/example_rows.csv"):
        assert (target / file).read_bytes() == (source / file).read_bytes()
    size = (target / "model.weights.h5").stat().st_size
    assert f"| backbone | {size / 1e6:.3f} MB |" in (target / "README.md").read_text()


def test_convert_a_folder_without_manifest_and_task(run, folder, tmp_path):
    for name in ("manifest.json", "task.json", "task.safetensors"):
        (folder / name).unlink()
    target = tmp_path / "converted"
    assert run("convert", folder, target)[0] == 0
    assert verify_manifest(target).classes == {
        "backbone": "keras_docs>TabTransformerBackbone",
        "preprocessor": "keras_docs>TabTransformerPreprocessor",
    }


def test_convert_replaces_no_other_folder(run, folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    code, _, err = run("convert", folder, tmp_path / "mine")
    assert code == 2 and "is not a preset" in err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_ctrl_c_is_quiet(run, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(keras_docs.hub, "builtin_presets", interrupted)
    assert run("presets") == (130, "", "")


def test_every_command_has_help(run):
    code, out, _ = run("--help")
    assert code == 0
    commands = ["presets", "demo", "predict", "show", "download", "verify"]
    for command in [*commands, "card", "upload", "convert"]:
        assert f"    {command} " in out
        code, text, _ = run(command, "--help")
        assert code == 0 and len(text.splitlines()) > 4
