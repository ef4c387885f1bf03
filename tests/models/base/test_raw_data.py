"""`fit`, `evaluate` and `predict` on every form of raw data give the same numbers."""

import json

import keras
import numpy as np
import pytest
from contract_examples import backbone, preprocessor, rows
from other_process import run_python

import keras_docs

ROWS, BATCH = 32, 8
FORMS = [
    "pandas",
    "pandas and y",
    "dict of arrays",
    "list of rows",
    "generator",
    "generator with weights",
    "PyDataset",
    "tf.data",
    "torch DataLoader",
]


def table():
    return rows(ROWS).assign(town=lambda t: t["town"].fillna("?"))


def unlabelled():
    return table().drop(columns="label")


def labels():
    return table()["label"].to_numpy()


def slices():
    return [slice(start, start + BATCH) for start in range(0, ROWS, BATCH)]


class RawBatches(keras.utils.PyDataset):
    def __len__(self):
        return ROWS // BATCH

    def __getitem__(self, index):
        part = slices()[index]
        return unlabelled().iloc[part], labels()[part]


def data_loader():
    from torch.utils.data import DataLoader

    records = unlabelled().to_dict("records")
    return DataLoader(list(zip(records, labels(), strict=True)), batch_size=BATCH)


def tf_dataset():
    import tensorflow as tf

    arrays = {name: column.to_numpy() for name, column in unlabelled().items()}
    arrays = {k: v.astype(str) if v.dtype == object else v for k, v in arrays.items()}
    pairs = tf.data.Dataset.from_tensor_slices((arrays, labels().astype(str)))
    return pairs.batch(BATCH)


def data(form):
    """The arguments for `fit` and `evaluate`, all with the same rows in order."""
    if form == "pandas":
        return (table(),)
    if form == "pandas and y":
        return unlabelled(), labels()
    if form == "dict of arrays":
        return ({name: column.to_numpy() for name, column in table().items()},)
    if form == "list of rows":
        return (table().to_dict("records"),)
    if form == "generator":
        return (((unlabelled().iloc[part], labels()[part]) for part in slices()),)
    if form == "generator with weights":
        ones = np.ones(BATCH)
        return (((table().iloc[p], labels()[p], ones) for p in slices()),)
    makers = {
        "PyDataset": RawBatches,
        "tf.data": tf_dataset,
        "torch DataLoader": data_loader,
    }
    return (makers[form](),)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    task = keras_docs.TabTransformerClassifier(
        backbone(dropout=0.0),
        preprocessor=preprocessor(),
        hidden_dims=[8],
        batch_normalization=False,
    )
    # Plain gradient descent has no state: the same data give the same weights.
    task.compile(optimizer=keras.optimizers.SGD(0.1))
    task.start = task.get_weights()
    return task


def fitted(model, *data, **kwargs):
    model.set_weights(model.start)
    options = {"batch_size": BATCH, "epochs": 1, "shuffle": False, "verbose": 0}
    history = model.fit(*data, **{**options, **kwargs}).history
    return history, model.get_weights()


def assert_close(ours, expected):
    for one, other in zip(ours, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module")
def reference(model):
    return fitted(model, table())[1]


@pytest.mark.parametrize("form", FORMS)
def test_fit(form, model, reference):
    found = fitted(model, *data(form))[1]
    assert_close(found, reference)
    assert any(not np.allclose(a, b) for a, b in zip(found, model.start, strict=True))


@pytest.mark.parametrize("form", ["PyDataset", "tf.data", "torch DataLoader"])
def test_two_epochs_of_a_dataset_are_two_passes(form, model):
    expected = fitted(model, table(), epochs=2)
    found = fitted(model, *data(form), epochs=2)
    assert len(found[0]["loss"]) == 2
    assert_close(found[1], expected[1])


@pytest.mark.parametrize("form", ["pandas", "PyDataset", "generator", "tf.data"])
def test_augmentation_sees_each_training_batch_and_no_other(form, model):
    seen = []

    def other_labels(x, y):
        seen.append(len(y))
        return x, 1 - y

    held_out = {"validation_data": (table(),)}
    turned, found = fitted(model, *data(form), augmentation=other_labels, **held_out)
    # TensorFlow looks at some batches before, to learn their shapes.
    assert set(seen) == {BATCH} and len(seen) >= ROWS // BATCH
    # As if the data had the other labels, but for those that validate.
    model.set_weights(model.start)
    flipped = model.preprocess_labelled(*data("pandas"))
    flipped = (flipped[0], 1 - flipped[1])
    keras.Model.fit(
        model, *flipped, batch_size=BATCH, epochs=1, shuffle=False, verbose=0
    )
    assert_close(found, model.get_weights())
    model.set_weights(found)
    loss = model.evaluate(table(), return_dict=True, verbose=0)["loss"]
    assert turned["val_loss"][0] == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_evaluate(form, model):
    model.set_weights(model.start)
    expected = model.evaluate(table(), batch_size=BATCH, verbose=0)
    found = model.evaluate(*data(form), batch_size=BATCH, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "pandas and y"])
def test_predict(form, model):
    model.set_weights(model.start)
    expected = model.predict(unlabelled(), verbose=0)
    assert expected.shape == (ROWS, 2)
    found = model.predict(*data(form), verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_training_epoch_leaves_no_row_out_for_good(model):
    """36 rows in batches of 8: the last 4 are others in each epoch."""
    seen = []
    whole = model.preprocess_samples(rows(36))
    numbered = (whole[0] | {"row": np.arange(36)}, whole[1])
    batches = model._batches(numbered, BATCH, shuffle=True, drop_last=True)
    for _ in range(4):
        assert len(batches) == 4
        drawn = np.concatenate([batches[i][0]["row"] for i in range(4)])
        assert len(set(drawn)) == 32
        seen.append(frozenset(drawn))
        batches.on_epoch_end()
    assert len(set(seen)) > 1 and len(frozenset.union(*seen)) == 36


def test_sample_weight(model, reference):
    weights = np.where(np.arange(ROWS) % 2, 2.0, 0.0)
    found = fitted(model, table(), sample_weight=weights)[1]
    generator = (
        (table().iloc[part], labels()[part], weights[part]) for part in slices()
    )
    assert_close(fitted(model, generator)[1], found)
    same = fitted(model, table(), sample_weight=np.ones(ROWS))[1]
    assert_close(same, reference)
    assert any(not np.allclose(a, b) for a, b in zip(found, reference, strict=True))


def test_class_weight_is_by_label(model):
    weights = np.where(labels() == "yes", 3.0, 0.5)
    expected = fitted(model, table(), sample_weight=weights)[1]
    found = fitted(model, table(), class_weight={"yes": 3.0, "no": 0.5})[1]
    assert_close(found, expected)


@pytest.mark.parametrize("form", FORMS)
def test_validation_data(form, model):
    held_out = data(form)
    held_out = held_out[0] if len(held_out) == 1 else held_out
    history = fitted(model, table(), validation_data=held_out)[0]
    evaluated = model.evaluate(table(), batch_size=BATCH, verbose=0)
    np.testing.assert_allclose(history["val_loss"][0], evaluated[0], rtol=1e-4)
    np.testing.assert_allclose(history["val_accuracy"][0], evaluated[1], rtol=1e-4)


def test_validation_split_draws_rows_and_leaves_the_rest(model):
    arrays = model.preprocess_samples(table())
    numbered = (arrays[0] | {"row": np.arange(ROWS)}, arrays[1])
    kept, held_out = model.split_validation(numbered, 0.25)
    assert len(held_out[1]) == 8 and len(kept[1]) == 24
    rows_of = [set(part[0]["row"]) for part in (kept, held_out)]
    assert rows_of[0] | rows_of[1] == set(range(ROWS))
    assert rows_of[1] != set(range(24, 32))
    for part in (kept, held_out):
        np.testing.assert_array_equal(arrays[1][part[0]["row"]], part[1])
    history = fitted(model, table(), validation_split=0.25)[0]
    assert np.isfinite(history["val_loss"]).all()


@pytest.mark.parametrize("share", [1.0, 0.999])
def test_validation_split_that_leaves_a_part_empty_is_refused(share, model):
    with pytest.raises(ValueError, match="validation_split"):
        fitted(model, table(), validation_split=share)


def test_missing_labels_are_refused_by_the_columns_name(model):
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="no labels.*'label'"):
            call(unlabelled(), verbose=0)


def test_a_fixed_order_leaves_no_row_out(model):
    """The last smaller batch counts: 36 rows in batches of 8."""
    whole, most = rows(36), rows(36).iloc[:32]
    trained = [fitted(model, part)[1] for part in (whole, most)]
    assert any(not np.allclose(a, b) for a, b in zip(*trained, strict=True))


WITHOUT_TENSORFLOW = """
import json, sys
for name in ("tensorflow", "grain"):
    try:
        __import__(name)
        raise SystemExit(f"{name} is not blocked")
    except ModuleNotFoundError:
        pass
import keras_docs
from contract_examples import rows
table = rows(40)
model = keras_docs.TabTransformer.from_dataframe(
    table, target="label", num_layers=1, hidden_dim=8, num_heads=2, hidden_dims=[8],
    num_bins=4, num_members=2,
)
history = model.fit(table, epochs=2, batch_size=20, validation_split=0.2, verbose=0)
generator = ((table.iloc[i : i + 20], table["label"][i : i + 20]) for i in (0, 20))
model.fit(generator, epochs=1, verbose=0)
model.save_to_preset(sys.argv[1])
loaded = keras_docs.TabTransformer.from_preset(sys.argv[1])
same = bool((loaded.predict(table, verbose=0) == model.predict(table, verbose=0)).all())
evaluated = loaded.evaluate(table, verbose=0)
found = {"same": same, "epochs": len(history.history["val_loss"])}
found["modules"] = [m for m in ("tensorflow", "grain") if m in sys.modules]
print(json.dumps(found))
"""


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="needs TensorFlow, of course"
)
def test_whole_life_without_tensorflow_and_grain(tmp_path):
    printed = run_python(
        WITHOUT_TENSORFLOW, tmp_path / "preset", blocked=("tensorflow", "grain")
    )
    found = json.loads(printed.splitlines()[-1])
    assert found == {"same": True, "epochs": 2, "modules": []}
