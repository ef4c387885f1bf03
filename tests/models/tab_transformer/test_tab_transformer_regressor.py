import keras
import numpy as np
from contract_examples import backbone, preprocessor, rows

from keras_docs import TabTransformerRegressor


def regressor(**kwargs):
    small = {"hidden_dims": [8], "batch_normalization": False}
    return TabTransformerRegressor(
        backbone(dropout=0.0), preprocessor=preprocessor("price"), **small, **kwargs
    )


def test_predictions_are_in_the_targets_unit():
    model = regressor()
    price = rows()["price"]
    np.testing.assert_allclose(model.target_mean, price.mean(), rtol=1e-6)
    np.testing.assert_allclose(model.target_scale, price.std(ddof=0), rtol=1e-6)
    for variable in model.head.weights:
        variable.assign(0 * variable)
    predicted = model.predict(rows(10), verbose=0)
    assert predicted.shape == (10,) and predicted.dtype == "float32"
    np.testing.assert_allclose(predicted, price.mean(), rtol=1e-6)


def test_metrics_are_in_the_targets_unit_and_the_loss_is_standardised():
    model, table = regressor(), rows(20)
    error = model.predict(table, verbose=0) - table["price"]
    found = model.evaluate(table, verbose=0, return_dict=True)
    rmse = np.sqrt((error**2).mean())
    np.testing.assert_allclose(found["root_mean_squared_error"], rmse, rtol=1e-4)
    np.testing.assert_allclose(
        found["mean_absolute_error"], abs(error).mean(), rtol=1e-4
    )
    expected = (rmse / model.target_scale) ** 2
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-4)


def test_members_losses_are_averaged():
    model = regressor(num_members=3)
    random = np.random.default_rng(0)
    predicted = random.normal(200, 50, (10, 3, 1)).astype("float32")
    price = random.normal(200, 50, 10).astype("float32")
    loss = model.compute_loss(
        y=keras.ops.array(price), y_pred=keras.ops.array(predicted)
    )
    error = (predicted[:, :, 0] - price[:, None]) / model.target_scale
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(loss), (error**2).mean(), rtol=1e-5
    )


def test_learns_a_formula():
    model, table = regressor(), rows(40)
    model.optimizer.learning_rate = 0.01
    model.fit(table, epochs=60, batch_size=20, verbose=0)
    rmse = model.evaluate(table, verbose=0, return_dict=True)["root_mean_squared_error"]
    assert rmse < 0.5 * table["price"].std()


def test_scale_travels_without_a_preprocessor():
    model = TabTransformerRegressor(backbone(), target_mean=5.0, target_scale=2.0)
    again = TabTransformerRegressor.from_config(model.get_config())
    assert (again.target_mean, again.target_scale) == (5.0, 2.0)
    assert TabTransformerRegressor(backbone()).target_scale == 1.0
