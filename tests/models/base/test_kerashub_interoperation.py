"""KerasHub's presets open in ours, with more care; ours open in KerasHub."""

import json
import shutil

import keras
import keras_hub
import numpy as np
import pytest
from contract_examples import EXAMPLES, assert_same, floating, move_weights, outputs_of
from kerashub_presets import CLASSIFIERS

import keras_docs
from keras_docs.hub import PresetError

TEXTS = ["the quick fox", "a lazy unheard dog jumps over"]


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Folders that KerasHub wrote, and the models it wrote them from."""
    made = {}
    for name, build in CLASSIFIERS.items():
        model = build()
        move_weights(floating(model.weights))
        folder = tmp_path_factory.mktemp("kerashub") / name
        model.save_to_preset(str(folder))
        made[name] = folder, model
    return made


@pytest.fixture(params=CLASSIFIERS)
def preset(request, presets, tmp_path):
    folder, model = presets[request.param]
    shutil.copytree(folder, tmp_path / "preset")
    return tmp_path / "preset", model


@pytest.fixture
def bert(presets, tmp_path):
    shutil.copytree(presets["bert"][0], tmp_path / "preset")
    return tmp_path / "preset"


def arrays(outputs):
    flat = keras.tree.flatten(outputs)
    return [np.asarray(keras.ops.convert_to_numpy(array)) for array in flat]


def edit(path, **changes):
    content = json.loads(path.read_text())
    content["config"].update(changes)
    path.write_text(json.dumps(content))


def test_every_part_opens(preset):
    folder, model = preset
    preprocessor = keras_docs.Preprocessor.from_preset(folder)
    assert type(preprocessor) is type(model.preprocessor)
    x, expected = preprocessor(TEXTS), model.preprocessor(TEXTS)
    assert_same(arrays(x), arrays(expected))
    assert len(np.unique(arrays(x["token_ids"])[0])) > 4
    backbone = keras_docs.Backbone.from_preset(folder)
    assert type(backbone) is type(model.backbone)
    assert_same(arrays(backbone(x)), arrays(model.backbone(x)))
    task = keras_docs.Task.from_preset(str(folder))
    assert type(task) is type(model)
    assert_same(arrays(task(x)), arrays(model(x)))


def test_a_new_head_says_so(bert):
    with pytest.warns(UserWarning, match="num_classes"):
        task = keras_docs.Task.from_preset(bert, num_classes=7)
    assert task.output_shape == (None, 7)


def test_a_kerashub_model_is_not_one_of_ours(bert):
    with pytest.raises(PresetError, match="BertBackbone"):
        keras_docs.TabTransformerBackbone.from_preset(bert)
    with pytest.raises(PresetError, match="BertTextClassifier"):
        keras_docs.TabTransformer.from_preset(bert)


@pytest.mark.parametrize("change", [{"num_layers": 1}, {"num_layers": 3}])
def test_weights_of_another_depth(bert, change):
    """KerasHub loads the first of these without a word."""
    edit(bert / "config.json", **change)
    if change["num_layers"] == 1:
        keras_hub.models.Backbone.from_preset(str(bert))
    with pytest.raises(PresetError, match="only in the model"):
        keras_docs.Backbone.from_preset(bert)


@pytest.mark.parametrize(
    ("part", "changes", "match"),
    [
        ("config.json", {"hidden_dimm": 8}, "hidden_dimm"),
        ("config.json", {"dropout": {"class_name": "Lambda"}}, "plain values"),
        ("config.json", {"hidden_dim": 10**6}, "far more weights"),
        ("config.json", {"vocabulary_size": 10**12}, "far more weights"),
        ("config.json", {"num_layers": 10**9}, "far more layers"),
        ("preprocessor.json", {"sequence_lengthh": 8}, "sequence_lengthh"),
        ("preprocessor.json", {"tokenizer": {"registered_name": "os>x"}}, "os>x"),
        (
            "preprocessor.json",
            {"tokenizer": {"registered_name": "keras_hub>BertBackbone", "config": {}}},
            "tokenizer",
        ),
        ("task.json", {"dropout": {"class_name": "Lambda"}}, "plain values"),
        ("task.json", {"unheard_of": 1}, "unheard_of"),
    ],
    ids=str,
)
def test_config_that_is_not_plain(bert, part, changes, match):
    edit(bert / part, **changes)
    with pytest.raises(ValueError, match=match):
        keras_docs.Task.from_preset(bert)


@pytest.mark.parametrize(
    "changes",
    [
        {"vocabulary": "SECRET"},
        {"config_file": "../tokenizer.json"},
        {"config_file": "SECRET"},
        {"config_file": "tokenizer/../../x.json"},
    ],
    ids=str,
)
def test_tokenizer_that_names_a_file(bert, tmp_path, changes):
    secret = tmp_path / "secret.txt"
    secret.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    changes = {k: v.replace("SECRET", str(secret)) for k, v in changes.items()}
    content = json.loads((bert / "preprocessor.json").read_text())
    content["config"]["tokenizer"]["config"].update(changes)
    (bert / "preprocessor.json").write_text(json.dumps(content))
    with pytest.raises(PresetError, match=next(iter(changes))):
        keras_docs.Preprocessor.from_preset(bert)


@pytest.fixture
def ours(tmp_path):
    model = EXAMPLES["TabTransformerClassifier"].build()
    move_weights(floating(model.weights))
    model.save_to_preset(tmp_path / "ours", weights_format="h5")
    return tmp_path / "ours", model


def test_kerashub_uploads_ours_and_opens_it(hub, ours, monkeypatch):
    folder, model = ours
    monkeypatch.setenv("HF_TOKEN", "token-alice")
    keras_hub.upload_preset("hf://alice/table", str(folder))
    x = model.preprocess_features(EXAMPLES["TabTransformerClassifier"].raw(8))
    expected = outputs_of(model.backbone, x)
    opened = keras_hub.models.Backbone.from_preset("hf://alice/table")
    assert_same(outputs_of(opened, x), expected)
    assert_same(
        outputs_of(keras_docs.Backbone.from_preset("hf://alice/table"), x), expected
    )
