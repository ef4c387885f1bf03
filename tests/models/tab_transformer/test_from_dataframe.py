import numpy as np
import pandas as pd
import pytest
from contract_examples import rows

import keras_docs
from keras_docs import TabTransformer, TabTransformerClassifier, TabTransformerRegressor

SMALL = {
    "hidden_dim": 8,
    "num_layers": 1,
    "num_heads": 2,
    "hidden_dims": [8],
    "num_members": 2,
    "num_bins": 4,
}


def test_the_target_decides_the_task():
    table = rows()
    classifier = TabTransformer.from_dataframe(table, target="label", **SMALL)
    assert type(classifier) is TabTransformerClassifier and classifier.num_classes == 2
    regressor = TabTransformer.from_dataframe(table, target="price", **SMALL)
    assert type(regressor) is TabTransformerRegressor
    counted = TabTransformer.from_dataframe(table, target="children", **SMALL)
    assert type(counted) is TabTransformerClassifier and counted.num_classes == 4
    asked = TabTransformer.from_dataframe(
        table, target="children", task="regression", **SMALL
    )
    assert type(asked) is TabTransformerRegressor


def test_arguments_reach_their_part():
    model = TabTransformer.from_dataframe(
        rows(),
        target="label",
        columns={"price": "ignore"},
        dropout=0.3,
        backbone_dropout=0.2,
        **SMALL,
    )
    assert model.preprocessor.num_bins == model.backbone.num_bins == 4
    assert "price" in model.preprocessor.ignored_columns
    assert model.dropout == 0.3 and model.backbone.dropout == 0.2
    assert model.backbone.hidden_dim == 8 and model.num_members == 2
    assert model.backbone.cardinalities == list(model.preprocessor.cardinalities)


def test_unknown_argument_raises_with_the_nearest_name():
    with pytest.raises(TypeError, match="`num_member`.*`num_members`"):
        TabTransformer.from_dataframe(rows(), target="label", num_member=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.iloc[:0], "row"),
        (lambda table: table.drop(columns="label"), "label"),
        (lambda table: table.assign(label="yes"), "label"),
        (lambda table: table.assign(age=np.inf), "age"),
        (lambda table: table.assign(age=[[1, 2]] * len(table)), "age"),
        (lambda table: pd.concat([table, table[["job"]]], axis=1), "job"),
    ],
)
def test_bad_tables_are_refused_before_training(change, message):
    with pytest.raises(ValueError, match=message):
        TabTransformer.from_dataframe(change(rows()), target="label", **SMALL)


def test_fit_save_load_classify(tmp_path):
    table = rows(60)
    model = TabTransformer.from_dataframe(table, target="label", **SMALL)
    model.fit(table, epochs=2, batch_size=20, verbose=0)
    model.save_to_preset(tmp_path / "mine")
    for loaded in (
        TabTransformer.from_preset(tmp_path / "mine"),
        keras_docs.Task.from_preset(str(tmp_path / "mine")),
    ):
        answer = loaded.classify(table.drop(columns=["label"]))
        pd.testing.assert_frame_equal(answer, model.classify(table))
        assert set(answer["label"]) <= {"yes", "no"}


def test_a_table_with_other_columns_is_refused():
    table = rows()
    model = TabTransformer.from_dataframe(table, target="label", **SMALL)
    with pytest.raises(ValueError, match="job"):
        model.predict(table.rename(columns={"job": "jobs"}))


def test_other_kinds_of_tables_give_the_same_answers():
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    table = rows()
    model = TabTransformer.from_dataframe(table, target="label", **SMALL)
    expected = model.predict(table, verbose=0)
    others = [
        polars.from_pandas(table),
        pyarrow.Table.from_pandas(table),
        {name: column.to_numpy() for name, column in table.items()},
        table.to_dict("records"),
    ]
    for other in others:
        np.testing.assert_array_equal(model.predict(other, verbose=0), expected)
    one = model.predict(table.iloc[0].to_dict(), verbose=0)
    np.testing.assert_allclose(one, expected[:1], rtol=1e-5)


def test_tasks_of_one_pretrained_backbone():
    """Pretrain once on all columns; fine-tune for one target after the other."""
    table = rows(40)
    encoder = keras_docs.TabTransformerPreprocessor(num_bins=4).adapt(table)
    body = keras_docs.TabTransformerBackbone(
        encoder.cardinalities,
        encoder.num_continuous,
        encoder.num_ranks,
        encoder.num_bins,
        hidden_dim=8,
        num_layers=1,
        num_heads=2,
    )
    classifier = TabTransformerClassifier(
        body, preprocessor=encoder.for_target("label", table=table), hidden_dims=[8]
    )
    regressor = TabTransformerRegressor(
        body, encoder.for_target("price", table=table), hidden_dims=[8]
    )
    hidden = table.assign(label="no")
    np.testing.assert_array_equal(
        classifier.predict(table, verbose=0), classifier.predict(hidden, verbose=0)
    )
    assert regressor.predict(table, verbose=0).shape == (40,)


def test_the_front_door_is_not_built():
    with pytest.raises(TypeError, match="from_dataframe.*from_preset"):
        TabTransformer()
