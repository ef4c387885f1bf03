"""The Transformer layer against PyTorch's own."""

import keras
import numpy as np
import pytest

from keras_docs.layers.transformer_block import TransformerBlock


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


def randomize(layer, seed=0):
    random = np.random.default_rng(seed)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(0.1, 0.5, variable.shape))


def numbers(*shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("normalize_first", [False, True])
def test_equals_torch(normalize_first, masked, activation):
    import torch

    x = numbers(5, 7, 8)
    mask = (np.arange(7) < np.array([[7], [1], [4], [6], [2]])).astype("int32")
    ours = TransformerBlock(2, 16, 0.3, normalize_first, activation)
    ours.build(x.shape)
    randomize(ours)
    theirs = torch.nn.TransformerEncoderLayer(
        8, 2, 16, 0.3, activation, 1e-5, batch_first=True, norm_first=normalize_first
    ).eval()
    pairs = {
        theirs.self_attn.in_proj_weight: ours.query_key_value.kernel.numpy().T,
        theirs.self_attn.in_proj_bias: ours.query_key_value.bias.numpy(),
        theirs.self_attn.out_proj.weight: ours.attention_output.kernel.numpy().T,
        theirs.self_attn.out_proj.bias: ours.attention_output.bias.numpy(),
        theirs.linear1.weight: ours.intermediate.kernel.numpy().T,
        theirs.linear1.bias: ours.intermediate.bias.numpy(),
        theirs.linear2.weight: ours.feedforward_output.kernel.numpy().T,
        theirs.linear2.bias: ours.feedforward_output.bias.numpy(),
        theirs.norm1.weight: ours.attention_norm.gamma.numpy(),
        theirs.norm1.bias: ours.attention_norm.beta.numpy(),
        theirs.norm2.weight: ours.feedforward_norm.gamma.numpy(),
        theirs.norm2.bias: ours.feedforward_norm.beta.numpy(),
    }
    assert len(pairs) == len(ours.weights)
    with torch.no_grad():
        for parameter, array in pairs.items():
            parameter.copy_(torch.tensor(array))
        padding = torch.tensor(mask == 0) if masked else None
        found = theirs.cpu()(torch.tensor(x), src_key_padding_mask=padding)
        expected = found.numpy()
    found = value(ours(x, padding_mask=mask if masked else None))
    kept = mask > 0 if masked else slice(None)
    np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-4, atol=1e-5)


def test_drops_only_while_training():
    x = numbers(4, 3, 8)
    block = TransformerBlock(2, 16, dropout=0.5)
    np.testing.assert_array_equal(value(block(x)), value(block(x, training=False)))
    assert not np.allclose(value(block(x, training=True)), value(block(x)))


def test_does_not_depend_on_the_order_of_columns():
    x = numbers(4, 5, 8)
    block = TransformerBlock(4, 16)
    order = [3, 0, 4, 1, 2]
    np.testing.assert_allclose(
        value(block(x[:, order])), value(block(x))[:, order], rtol=1e-4, atol=1e-5
    )


def test_config_round_trip():
    layer = TransformerBlock(2, 16, 0.2, True, "gelu", 1e-6)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
