"""T5's weights as those of our backbone's text core, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Read = Callable[[str], np.ndarray]

# A place's vector beside a token's, for each value of a new page embedding's beginning.
PAGE_SHARE = 0.5


def t5_shapes(settings: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Transformers' names and shapes of the weights of a T5.

    Args:
        settings: arguments of `DocFormerV2Backbone`.

    Returns:
        Dict of name to shape; kernels are (outputs, inputs).
    """
    hidden, inner = settings["hidden_dim"], settings["intermediate_dim"]
    heads = settings["num_heads"]
    width = heads * settings["key_value_dim"]
    first = ("wi_0", "wi_1") if settings["use_gated_activation"] else ("wi",)
    shapes = {"shared.weight": (settings["vocabulary_size"], hidden)}
    for side, count in (
        ("encoder", settings["num_layers"]),
        ("decoder", settings["num_decoder_layers"]),
    ):
        attentions = ["SelfAttention"]
        if side == "decoder":
            attentions.append("EncDecAttention")
        for block in range(count):
            at = f"{side}.block.{block}.layer"
            for index, attention in enumerate(attentions):
                for part in "qkv":
                    shapes[f"{at}.{index}.{attention}.{part}.weight"] = (width, hidden)
                shapes[f"{at}.{index}.{attention}.o.weight"] = (hidden, width)
                shapes[f"{at}.{index}.layer_norm.weight"] = (hidden,)
            at = f"{at}.{len(attentions)}"
            for part in first:
                shapes[f"{at}.DenseReluDense.{part}.weight"] = (inner, hidden)
            shapes[f"{at}.DenseReluDense.wo.weight"] = (hidden, inner)
            shapes[f"{at}.layer_norm.weight"] = (hidden,)
        if count:
            shapes[bias_name(side)] = (settings["num_buckets"], heads)
            shapes[f"{side}.final_layer_norm.weight"] = (hidden,)
    return shapes


def bias_name(side: str) -> str:
    """Where the bias by distance is: the first block's, which the others share."""
    return f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"


def assign_t5(backbone: keras.Model, read: Read) -> None:
    """Fills the text core of a backbone.

    Args:
        backbone: a `DocFormerV2Backbone` of the same sizes.
        read: function of Transformers' name of a weight; for scores by a kernel of
            their own, `lm_head.weight` too.
    """
    embeddings = read("shared.weight")
    backbone.token_embedding.embeddings.assign(embeddings)
    if backbone.use_layout:
        _scale_page(backbone.page_embedding, np.sqrt(np.mean(np.square(embeddings))))
    if not backbone.tie_embedding_weights:
        backbone.token_embedding.reverse_embeddings.assign(read("lm_head.weight").T)
    backbone.encoder_bias.sequence.embeddings.assign(read(bias_name("encoder")))
    _assign_stack("encoder", backbone.encoder_layers, backbone.encoder_norm, read)
    if backbone.num_decoder_layers:
        backbone.decoder_bias.embeddings.assign(read(bias_name("decoder")))
        _assign_stack("decoder", backbone.decoder_layers, backbone.decoder_norm, read)


def _scale_page(page: Any, size: float) -> None:
    """Brings new vectors of the page to the size of T5's embeddings.

    These are of any size (13 in flan-t5-small), and sublayers see the sum of both
    normalised: beside large ones, a page of our own size would never be noticed.
    """
    tables = [weight for weight in page.weights if "patch_stem" not in weight.path]
    if page.image_shape:
        tables.append(page.patch_stem.patch_output.kernel)
    for weight in tables:
        weight.assign(weight * (PAGE_SHARE * size))


def _assign_stack(side: str, layers: list, norm: Any, read: Read) -> None:
    norm.scale.assign(read(f"{side}.final_layer_norm.weight"))
    for index, layer in enumerate(layers):
        at = f"{side}.block.{index}.layer"
        own = f"{at}.0.SelfAttention"
        layer.attention_norm.scale.assign(read(f"{at}.0.layer_norm.weight"))
        _assign_joined(layer.attention.query_key_value, read, own, "qkv")
        _assign_joined(layer.attention.attention_output, read, own, "o")
        last = 1
        if side == "decoder":
            last, other = 2, f"{at}.1.EncDecAttention"
            layer.cross_attention_norm.scale.assign(read(f"{at}.1.layer_norm.weight"))
            _assign_joined(layer.cross_attention.query, read, other, "q")
            _assign_joined(layer.cross_attention.key_value, read, other, "kv")
            _assign_joined(layer.cross_attention.attention_output, read, other, "o")
        layer.feedforward_norm.scale.assign(read(f"{at}.{last}.layer_norm.weight"))
        _assign_feedforward(layer.feedforward, read, f"{at}.{last}.DenseReluDense")


def _assign_feedforward(layer: Any, read: Read, at: str) -> None:
    _assign_joined(layer.intermediate, read, at, ["wi_0" if layer.is_gated else "wi"])
    if layer.is_gated:
        _assign_joined(layer.gate, read, at, ["wi_1"])
    _assign_joined(layer.output_projection, read, at, ["wo"])


def _assign_joined(layer: Any, read: Read, at: str, parts: Any) -> None:
    """Kernels side by side; PyTorch stores them transposed."""
    kernels = [read(f"{at}.{part}.weight").T for part in parts]
    layer.kernel.assign(np.concatenate(kernels, axis=1))
