"""Eight promises that plain KerasHub 0.32 does not keep, and ours do.

Each test shows ours, then does the same on plain KerasHub. If a later KerasHub keeps
the promise too, the test says so and still passes.
"""

import json
import shutil
import warnings

import keras
import keras_hub
import numpy as np
import pytest
from contract_examples import (
    EXAMPLES,
    assert_same,
    backbone,
    floating,
    move_weights,
    outputs_of,
    preprocessor,
    rows,
)
from safetensors.numpy import save_file

import keras_docs

PLAIN = "plain_kerashub"


@keras.saving.register_keras_serializable(package=PLAIN)
class PlainBackbone(keras_hub.models.Backbone):
    def __init__(self, size=4, dtype=None, **kwargs):
        self.query = keras.layers.Dense(size, dtype=dtype, name="query")
        inputs = keras.Input((3,), name="x")
        super().__init__(inputs, self.query(inputs), dtype=dtype, **kwargs)
        self.size = size

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package=PLAIN)
class PlainPreprocessor(keras_hub.models.Preprocessor):
    backbone_cls = PlainBackbone

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.normalization = keras.layers.Normalization(axis=-1, name="scale")

    def call(self, x, y=None, sample_weight=None):
        # Plain Python, as any preprocessor of tables has to be.
        x = np.asarray([[float(value) for value in row] for row in np.asarray(x)])
        return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


@keras.saving.register_keras_serializable(package=PLAIN)
class PlainClassifier(keras_hub.models.Task):
    backbone_cls = PlainBackbone
    preprocessor_cls = PlainPreprocessor

    def __init__(self, backbone, num_classes=2, preprocessor=None, **kwargs):
        self.backbone, self.preprocessor = backbone, preprocessor
        self.head = keras.layers.Dense(num_classes, name="head")
        super().__init__(backbone.input, self.head(backbone.output), **kwargs)
        self.num_classes = num_classes

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def shows_the_hole(holds: bool, hole: str) -> None:
    """Says when a later KerasHub has closed a hole; the test passes either way."""
    if not holds:
        warnings.warn(
            f"KerasHub {keras_hub.version()} has closed the hole: {hole}. Ours may "
            "now be simpler.",
            stacklevel=2,
        )
    if keras_hub.version().startswith("0.32."):
        assert holds, f"KerasHub 0.32 has no such hole: {hole}"


def plain_preset(folder, **kwargs):
    task = PlainClassifier(PlainBackbone(), **kwargs)
    task.save_to_preset(str(folder))
    return task


def test_1_what_the_preprocessor_learned_survives(tmp_path):
    ours = preprocessor()
    ours.save_to_preset(tmp_path / "ours")
    loaded = keras_docs.Preprocessor.from_preset(tmp_path / "ours")
    assert_same(outputs_of(loaded, rows()), outputs_of(ours, rows()))
    assert loaded.classes == ours.classes == ["no", "yes"]

    plain = PlainPreprocessor()
    plain.normalization.adapt(np.array([[1.0], [3.0]]))
    PlainClassifier(PlainBackbone(), preprocessor=plain).save_to_preset(
        str(tmp_path / "plain")
    )
    loaded = PlainPreprocessor.from_preset(str(tmp_path / "plain"))
    mean = getattr(loaded.normalization, "mean", None)
    kept = mean is not None and np.allclose(keras.ops.convert_to_numpy(mean), 2.0)
    shows_the_hole(not kept, "an adapted layer comes back empty")


def test_2_a_failing_hub_gives_an_error_not_a_random_head(hub, tmp_path):
    model = EXAMPLES["TabTransformerClassifier"].build()
    move_weights(floating(model.weights))
    model.save_to_preset(tmp_path / "ours")
    hub.add("alice/ours", tmp_path / "ours")
    fault = hub.fail(
        "status", r"task\.safetensors", methods=("GET", "HEAD"), status=503
    )
    with pytest.raises(ValueError, match="alice/ours"):
        keras_docs.Task.from_preset("hf://alice/ours")
    hub.faults.remove(fault)
    loaded = keras_docs.Task.from_preset("hf://alice/ours")
    assert_same(outputs_of(loaded, rows(8)), outputs_of(model, rows(8)))

    task = plain_preset(tmp_path / "plain")
    hub.add("alice/plain", tmp_path / "plain")
    hub.fail("status", r"task\.weights\.h5", methods=("GET", "HEAD"), status=503)
    try:
        loaded = PlainClassifier.from_preset("hf://alice/plain")
        lost = not np.array_equal(loaded.head.kernel.numpy(), task.head.kernel.numpy())
    except Exception as error:
        warnings.warn(f"KerasHub raised {type(error).__name__}: {error}", stacklevel=1)
        lost = False
    shows_the_hole(lost, "a 503 on the head's weights gives a random head")


def test_3_the_preset_names_the_class(tmp_path):
    """Not the order of a set, in which any imported package may take part."""
    from keras_hub.src.utils.preset_utils import find_subclass

    EXAMPLES["TabTransformerClassifier"].build().save_to_preset(tmp_path)

    def impostors(base, **attributes):
        for i in range(30):
            cls = type(f"Impostor{i}", (base,), attributes)
            yield keras.saving.register_keras_serializable(f"{PLAIN}_{base.__name__}")(
                cls
            )

    known = set(keras.saving.get_custom_objects())
    try:
        ours = list(impostors(keras_docs.TabTransformerClassifier))
        loaded = keras_docs.Task.from_preset(tmp_path)
        assert type(loaded) is keras_docs.TabTransformerClassifier
        assert len(ours) == 30

        # "Return the subclass that was registered first", says KerasHub's comment. By
        # chance it may: another few classes change the order of the set.
        plain, found = [], set()
        for _ in range(5):
            plain += impostors(PlainClassifier)
            found.add(find_subclass("a preset", PlainClassifier, PlainBackbone))
        shows_the_hole(
            bool(found - {PlainClassifier, plain[0]}), "the order of a set decides"
        )
    finally:
        for name in set(keras.saving.get_custom_objects()) - known:
            del keras.saving.get_custom_objects()[name]


def test_4_revision_token_cache_and_subfolder(hub, tmp_path):
    old = EXAMPLES["TabTransformerBackbone"].build()
    new = EXAMPLES["TabTransformerBackbone"].build()
    x = EXAMPLES["TabTransformerBackbone"].raw(8)
    old.save_to_preset(tmp_path / "old")
    new.save_to_preset(tmp_path / "new")
    hub.add("alice/model", tmp_path / "old", tag="v1")
    commit = hub.add("alice/model", tmp_path / "new")
    files = {
        f"small/{path.name}": path.read_bytes() for path in (tmp_path / "old").iterdir()
    }
    hub.add("alice/many", files, private=True)

    load = keras_docs.Backbone.from_preset
    for loaded, expected in [
        (load("hf://alice/model"), new),
        (load("hf://alice/model@v1"), old),
        (load("hf://alice/model", revision="v1"), old),
        (load(f"hf://alice/model@{commit}"), new),
        (load("hf://alice/many/small", token="token-alice"), old),
        (load("hf://alice/model@v1", cache_dir=tmp_path / "elsewhere"), old),
    ]:
        assert_same(outputs_of(loaded, x), outputs_of(expected, x))
    assert any((tmp_path / "elsewhere").rglob("model.safetensors"))
    with pytest.raises(ValueError, match="alice/many"):
        load("hf://alice/many/small", cache_dir=tmp_path / "no_token")
    hub.close()
    offline = load(f"hf://alice/model@{commit}", local_files_only=True)
    assert_same(outputs_of(offline, x), outputs_of(new, x))


def test_4_kerashub_has_no_revision_and_no_subfolder(hub, tmp_path):
    plain_preset(tmp_path / "plain")
    hub.add("alice/plain", tmp_path / "plain", tag="v1")
    for handle in ("hf://alice/plain@v1", "hf://alice/plain/small"):
        try:
            PlainBackbone.from_preset(handle)
            refused = False
        except Exception:
            refused = True
        shows_the_hole(refused, f"{handle} is refused")


@pytest.mark.costly
def test_5_quantized_tasks_and_moved_biases_survive(tmp_path):
    """Ours, for every class: tests/contract/test_adaptation.py."""
    task = EXAMPLES["TabTransformerClassifier"].build()
    task.quantize("int8")
    task.save_to_preset(tmp_path / "ours")
    loaded = keras_docs.Task.from_preset(tmp_path / "ours")
    assert_same(outputs_of(loaded, rows(8)), outputs_of(task, rows(8)), atol=1e-6)
    tuned = backbone()
    tuned.save_to_preset(tmp_path / "base")
    tuned.enable_lora(2)
    move_weights(tuned.trainable_variables)
    tuned.save_lora_weights(tmp_path / "ours.lora.safetensors")
    fresh = keras_docs.Backbone.from_preset(tmp_path / "base")
    fresh.load_lora_weights(tmp_path / "ours.lora.safetensors")
    x = EXAMPLES["TabTransformerBackbone"].raw(8)
    assert_same(outputs_of(fresh, x), outputs_of(tuned, x), atol=1e-6)

    x = np.ones((2, 3), "float32")
    task = PlainClassifier(PlainBackbone())
    task.quantize("int8")
    task.save_to_preset(str(tmp_path / "plain"))
    try:
        loaded = PlainClassifier.from_preset(str(tmp_path / "plain"))
        lost = not np.allclose(outputs_of(loaded, x)[0], outputs_of(task, x)[0])
    except Exception:
        lost = True
    shows_the_hole(lost, "a quantized task cannot be loaded again")

    tuned = PlainBackbone()
    tuned.save_to_preset(str(tmp_path / "plain_base"))
    tuned.enable_lora(2)
    move_weights(tuned.trainable_variables)
    tuned.save_lora_weights(str(tmp_path / "plain.lora.h5"))
    fresh = PlainBackbone.from_preset(str(tmp_path / "plain_base"))
    fresh.load_lora_weights(str(tmp_path / "plain.lora.h5"))
    lost = not np.allclose(outputs_of(fresh, x)[0], outputs_of(tuned, x)[0])
    shows_the_hole(lost, "LoRA files lose trained biases")


def test_6_raw_data_need_no_grain_and_no_tensorflow():
    """Ours, without TensorFlow being importable: test_raw_data.py."""
    model = EXAMPLES["TabTransformerClassifier"].build()
    history = model.fit(rows(16), epochs=1, batch_size=16, verbose=0)
    assert np.isfinite(history.history["loss"][0])

    pytest.importorskip("tensorflow")
    task = PlainClassifier(PlainBackbone(), preprocessor=PlainPreprocessor())
    task.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    try:
        task.fit(np.ones((4, 3)), np.array([0, 1, 0, 1]), verbose=0)
        fails = False
    except Exception:
        fails = True
    try:
        import grain  # noqa: F401
    except ImportError:
        shows_the_hole(fails, "a preprocessor in Python needs grain")


def test_7_unknown_arguments_raise(tmp_path):
    with pytest.raises(TypeError, match="`hiden_dim`.*`hidden_dim`"):
        keras_docs.TabTransformerBackbone([3], hiden_dim=4)
    with pytest.raises(TypeError, match="`num_clases`.*`num_classes`"):
        keras_docs.TabTransformerClassifier(backbone(), num_classes=2, num_clases=3)

    try:
        swallowed = PlainBackbone(siz=8).size == 4
    except Exception:
        swallowed = False
    shows_the_hole(swallowed, "an unknown argument is swallowed")


def bert_checkpoint(folder):
    """A checkpoint as `transformers` writes it: a tiny BERT with a trained head."""
    random = np.random.default_rng(0)
    sizes = {
        "bert.embeddings.word_embeddings.weight": (10, 4),
        "bert.embeddings.position_embeddings.weight": (8, 4),
        "bert.embeddings.token_type_embeddings.weight": (2, 4),
        "bert.embeddings.LayerNorm.weight": (4,),
        "bert.embeddings.LayerNorm.bias": (4,),
        "bert.pooler.dense.weight": (4, 4),
        "bert.pooler.dense.bias": (4,),
        "classifier.weight": (2, 4),
        "classifier.bias": (2,),
    }
    layer = "bert.encoder.layer.0"
    for name in ("self.query", "self.key", "self.value", "output.dense"):
        sizes[f"{layer}.attention.{name}.weight"] = (4, 4)
        sizes[f"{layer}.attention.{name}.bias"] = (4,)
    for name in ("attention.output.LayerNorm", "output.LayerNorm"):
        sizes[f"{layer}.{name}.weight"] = sizes[f"{layer}.{name}.bias"] = (4,)
    sizes[f"{layer}.intermediate.dense.weight"] = (8, 4)
    sizes[f"{layer}.intermediate.dense.bias"] = (8,)
    sizes[f"{layer}.output.dense.weight"] = (4, 8)
    sizes[f"{layer}.output.dense.bias"] = (4,)
    tensors = {
        name: random.normal(size=shape).astype("float32")
        for name, shape in sizes.items()
    }
    config = {
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        "vocab_size": 10,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "hidden_size": 4,
        "intermediate_size": 8,
        "max_position_embeddings": 8,
    }
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return tensors["classifier.weight"]


def test_8_a_checkpoint_is_refused_rather_than_beheaded(tmp_path):
    kernel = bert_checkpoint(tmp_path / "bert")
    for load in (
        keras_docs.Task.from_preset,
        keras_docs.Backbone.from_preset,
        keras_docs.TabTransformer.from_preset,
    ):
        with pytest.raises(ValueError, match="model_type='bert'"):
            load(tmp_path / "bert")

    shutil.rmtree(tmp_path / "ours", ignore_errors=True)
    beheaded = keras_hub.models.BertTextClassifier.from_preset(
        str(tmp_path / "bert"), num_classes=2, preprocessor=None
    )
    found = beheaded.output_dense.kernel.numpy().T
    shows_the_hole(not np.allclose(found, kernel), "the checkpoint's head is dropped")
