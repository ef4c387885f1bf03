"""Small pages as arrays, and small models for them."""

import keras
import numpy as np
from keras import ops

import keras_docs

VOCABULARY = 40
SIZES = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_decoder_layers": 1,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 12,
    "image_shape": (8, 4, 3),
    "patch_size": 4,
    "dropout": 0.0,
}
TEXT = {**SIZES, "use_layout": False, "image_shape": None}


def pages(rows=2, length=6, answer=4, seed=0):
    """The backbone's inputs; the second row has padding in both texts."""
    random = np.random.default_rng(seed)
    mask = np.ones((rows, length), "int32")
    mask[1::2, -2:] = 0
    answer_mask = np.ones((rows, answer), "int32")
    answer_mask[1::2, -1:] = 0
    corners = np.sort(random.integers(0, 1001, (rows, length, 2, 2)), axis=2)
    answers = random.integers(2, VOCABULARY, (rows, answer))
    answers[:, 0] = 0
    return {
        "encoder_token_ids": random.integers(2, VOCABULARY, (rows, length)) * mask,
        "encoder_padding_mask": mask,
        "encoder_boxes": corners.reshape(rows, length, 4) * mask[..., None],
        "segment_ids": np.where(np.arange(length) < 2, 1, 2) * mask,
        "images": random.integers(0, 256, (rows, 8, 4, 3)).astype("uint8"),
        "decoder_token_ids": answers * answer_mask,
        "decoder_padding_mask": answer_mask,
    }


def inputs_of(model, features=None):
    """Those of `pages` that a model takes."""
    features = pages() if features is None else features
    return {name: features[name] for name in model.input}


def question(model, features=None):
    """Without the decoder's."""
    chosen = inputs_of(model, features)
    return {k: v for k, v in chosen.items() if not k.startswith("decoder_")}


def backbone(**kwargs):
    return keras_docs.DocFormerV2Backbone(**{**SIZES, **kwargs})


def outputs(model, features):
    """Outputs as float32 arrays; compiled on JAX, where op by op is slow."""
    if keras.backend.backend() == "jax":
        model.make_predict_function()
        found = keras.Model.predict_on_batch(model, features)
    else:
        found = model(features, training=False)
    return keras.tree.map_structure(
        lambda x: np.asarray(ops.convert_to_numpy(ops.cast(x, "float32"))), found
    )
