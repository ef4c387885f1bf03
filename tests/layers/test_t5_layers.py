"""T5's layers against formulas in NumPy, and against Transformers' buckets."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_docs.layers.attend import finite, mask_bias
from keras_docs.layers.relative_position_bias import RelativePositionBias
from keras_docs.layers.rms_norm import RMSNorm
from keras_docs.layers.spatial_bias import SpatialBias
from keras_docs.layers.t5_decoder_block import T5DecoderBlock
from keras_docs.layers.t5_encoder_block import T5EncoderBlock

HEADS, KEY, INNER, DIM = 2, 3, 10, 8


def array(x):
    return np.asarray(ops.convert_to_numpy(ops.cast(x, "float32")))


def compiled(function, *args):
    """A call; on JAX as one program, since each operation by itself is compiled."""
    args = [ops.convert_to_tensor(arg) for arg in args]
    if keras.backend.backend() == "jax":
        import jax

        if isinstance(function, keras.layers.Layer) and not function.built:
            # Weights made inside of the program would not outlive it.
            function(*args)

        function = jax.jit(function)
    return function(*args)


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


def rms_norm(x, scale):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * scale


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention(query, key, value, bias):
    """One row, one head at a time."""
    heads = []
    for h in range(HEADS):
        part = slice(h * KEY, (h + 1) * KEY)
        scores = query[:, part] @ key[:, part].T + bias[h]
        heads.append(softmax(scores) @ value[:, part])
    return np.concatenate(heads, axis=-1)


def moved(layer):
    """Norms have other scales than one."""
    for variable in layer.weights:
        if variable.path.endswith("scale"):
            variable.assign(random(*variable.shape))
    return layer


def weights(layer):
    """Name in the layer -> array."""
    return {v.path.partition("/")[2]: array(v) for v in layer.weights}


def feedforward(x, w, is_gated):
    hidden = x @ w["feedforward/intermediate/kernel"]
    hidden = np.maximum(hidden, 0)
    if is_gated:
        hidden = hidden * (x @ w["feedforward/gate/kernel"])
    return hidden @ w["feedforward/output_projection/kernel"]


@pytest.mark.parametrize("is_gated", [False, True])
def test_encoder_block(is_gated):
    block = T5EncoderBlock(HEADS, KEY, INNER, is_gated=is_gated, name="block")
    x, bias = random(2, 5, DIM), random(1, HEADS, 5, 5)
    block.build(x.shape)
    w = weights(moved(block))
    found = array(compiled(block, x, bias))
    for row in range(2):
        h = rms_norm(x[row], w["attention_norm/scale"])
        q, k, v = np.split(h @ w["attention/query_key_value/kernel"], 3, axis=-1)
        mixed = attention(q, k, v, bias[0]) @ w["attention/attention_output/kernel"]
        y = x[row] + mixed
        y = y + feedforward(rms_norm(y, w["feedforward_norm/scale"]), w, is_gated)
        np.testing.assert_allclose(found[row], y, atol=2e-5, rtol=1e-4)


def test_decoder_block():
    block = T5DecoderBlock(HEADS, KEY, INNER, name="block")
    x, memory = random(2, 4, DIM), random(2, 6, DIM)
    bias = random(1, HEADS, 4, 4)
    mask = np.array([[1] * 6, [1] * 3 + [0] * 3])
    block.build(x.shape)
    w = weights(moved(block))
    found = array(compiled(block, x, bias, memory, mask_bias(mask)))
    for row in range(2):
        h = rms_norm(x[row], w["attention_norm/scale"])
        q, k, v = np.split(h @ w["attention/query_key_value/kernel"], 3, axis=-1)
        mixed = attention(q, k, v, bias[0]) @ w["attention/attention_output/kernel"]
        y = x[row] + mixed
        h = rms_norm(y, w["cross_attention_norm/scale"])
        seen = memory[row][mask[row] == 1]
        q = h @ w["cross_attention/query/kernel"]
        k, v = np.split(seen @ w["cross_attention/key_value/kernel"], 2, axis=-1)
        mixed = attention(q, k, v, np.zeros((HEADS, 1, 1)))
        y = y + mixed @ w["cross_attention/attention_output/kernel"]
        y = y + feedforward(rms_norm(y, w["feedforward_norm/scale"]), w, False)
        np.testing.assert_allclose(found[row], y, atol=2e-5, rtol=1e-4)


def test_a_step_at_a_time_equals_the_whole():
    block = T5DecoderBlock(HEADS, KEY, INNER)
    relative = RelativePositionBias(HEADS, bidirectional=False)
    x, memory = random(4, 3, DIM), random(2, 6, DIM)
    block.build(x.shape)
    relative.build((None, None))
    moved(block)
    memory_bias = mask_bias(np.array([[1] * 6, [1] * 3 + [0] * 3]))
    # Rows 0 and 1 look at the first memory, rows 2 and 3 at the second.
    repeated = np.repeat(memory, 2, axis=0), ops.repeat(memory_bias, 2, axis=0)
    whole = array(compiled(block, x, relative(np.ones((4, 3))), *repeated))
    bias = relative.of_length(3)
    keys_values = block.cross_attention.keys_values(ops.convert_to_tensor(memory))
    cache = (ops.zeros((4, HEADS, 3, KEY)),) * 2
    for index in range(3):
        row = ops.convert_to_tensor(x[:, index : index + 1])
        bias_row = bias[:, :, index : index + 1]
        step, cache = block.step(row, bias_row, cache, index, keys_values, memory_bias)
        np.testing.assert_allclose(array(step)[:, 0], whole[:, index], atol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("buckets", "distance"), [(32, 128), (8, 20)])
def test_buckets_are_those_of_transformers(bidirectional, buckets, distance):
    torch = pytest.importorskip("torch")
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5")
    distances = np.arange(-300, 301)
    expected = t5.T5Attention._relative_position_bucket(
        torch.from_numpy(distances), bidirectional, buckets, distance
    ).numpy()
    bias = RelativePositionBias(2, buckets, distance, bidirectional)
    found = ops.convert_to_numpy(bias.buckets(ops.convert_to_tensor(distances)))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_bias_by_distance(bidirectional):
    layer = RelativePositionBias(HEADS, 8, 6, bidirectional)
    mask = np.array([[1, 1, 1, 1, 1, 0]])
    found = array(compiled(layer, mask))[0]
    buckets = ops.convert_to_numpy(layer.buckets(ops.arange(-5, 6)))
    by_distance = array(layer.embeddings)[buckets]
    for query in range(6):
        for key in range(6):
            if key == 5 or (key > query and not bidirectional):
                assert (found[:, query, key] == -1e9).all()
                continue
            expected = by_distance[key - query + 5]
            np.testing.assert_allclose(found[:, query, key], expected, atol=1e-6)


def test_bias_by_place():
    layer = SpatialBias(HEADS)
    boxes = np.array([[[0, 0, 20, 10], [500, 0, 520, 10], [0, 990, 20, 1000]]])
    found = array(compiled(layer, boxes))[0]
    across, down = array(layer.horizontal), array(layer.vertical)
    # 50 hundredths to the right; 99 hundredths below, of 16 buckets each way.
    exact = 8 + int(np.log(50 / 8) / np.log(100 / 8) * 8)
    np.testing.assert_allclose(found[:, 0, 1], across[16 + exact] + down[0], atol=1e-6)
    np.testing.assert_allclose(found[:, 1, 0], across[exact] + down[0], atol=1e-6)
    np.testing.assert_allclose(found[:, 0, 2], across[0] + down[31], atol=1e-6)


@pytest.mark.parametrize("dtype", ["mixed_float16", "bfloat16"])
def test_half_precision_is_finite(dtype):
    """Where squares, masks and sums overflow float16."""
    norm = RMSNorm(dtype=dtype)
    x = ops.full((1, 1, DIM), 300.0, norm.compute_dtype)
    np.testing.assert_allclose(array(norm(x)), 1.0, rtol=1e-2)
    x = ops.cast(6e4 * random(1, 4, DIM).clip(-1, 1), norm.compute_dtype)
    relative = RelativePositionBias(HEADS, dtype=dtype, bidirectional=False)
    bias = relative(np.zeros((1, 4)))
    assert keras.backend.standardize_dtype(bias.dtype) == "float32"
    block = T5DecoderBlock(HEADS, KEY, INNER, dtype=dtype)
    memory = ops.cast(random(1, 4, DIM), norm.compute_dtype)
    found = compiled(block, x, bias, memory, mask_bias(np.zeros((1, 4))))
    assert keras.backend.standardize_dtype(found.dtype) == norm.compute_dtype
    assert np.isfinite(array(found)).all()


def test_finite_leaves_other_dtypes_alone():
    x = ops.convert_to_tensor(np.array([1e30, -1e30], "float32"))
    np.testing.assert_array_equal(array(finite(x)), array(x))


def test_too_few_buckets():
    with pytest.raises(ValueError, match="`max_distance`.*max_distance=8"):
        RelativePositionBias(2, num_buckets=32, max_distance=8)
    with pytest.raises(ValueError, match="`num_buckets`"):
        RelativePositionBias(2, num_buckets=2)


@pytest.mark.parametrize(
    "layer",
    [
        RMSNorm(1e-5),
        RelativePositionBias(2, 8, 20, bidirectional=False),
        SpatialBias(2, 8, 50),
        T5EncoderBlock(2, 3, 4, "silu", True, 0.1, 0.2, 1e-5),
        T5DecoderBlock(2, 3, 4, "silu", True, 0.1, 0.2, 1e-5),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_configs(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config
