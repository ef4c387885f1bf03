"""A page's image, words and their places in; vectors in context out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import ops

from keras_docs.layers.relative_position_bias import RelativePositionBias
from keras_docs.layers.rms_norm import RMSNorm
from keras_docs.layers.t5_decoder_block import T5DecoderBlock
from keras_docs.layers.t5_encoder_block import T5EncoderBlock
from keras_docs.models.base import Backbone
from keras_docs.models.docformer_v2.page_bias import PageBias
from keras_docs.models.docformer_v2.page_embedding import PageEmbedding, patch_count

IMAGE_SHAPE = (512, 256, 3)


def _size(layers: int, hidden: int, heads: int, inner: int) -> dict[str, int]:
    return {
        "num_layers": layers,
        "num_heads": heads,
        "hidden_dim": hidden,
        "intermediate_dim": inner,
    }


@keras.saving.register_keras_serializable(package="keras_docs")
class DocFormerV2Backbone(Backbone):
    """A T5 encoder and decoder whose encoder sees a page.

    The encoder reads `[image patches; question; document text; padding]` as one
    sequence. Every token has its embedding, its place on the page (both corners, width
    and height of its box) and its kind. Distances in the sequence enter as T5's
    relative bias; there are no absolute positions, so any length goes.

    The defaults are the size `tiny`, ours; `DocFormerV2Backbone.SIZES` has it, and the
    paper's `small`, `base` and `large`.

    No code or weights of the paper were published. This follows it where it is known,
    its parameter counts included; the size of the page and its patches, the sharing of
    the spatial tables and the order of the sequence are choices of ours.

    Args:
        vocabulary_size: int, rows of the token embedding. T5's is 32128.
        num_layers: int, of the encoder.
        num_decoder_layers: int. `None`: as many as the encoder's. 0: no decoder, for
            tasks on the encoder alone.
        num_heads: int.
        hidden_dim: int, size of the vectors.
        intermediate_dim: int, of the feed-forward networks.
        key_value_dim: int, size of a head. `None`: `hidden_dim // num_heads`.
        dropout: float, on embeddings, on sublayers' outputs, and in the feed-forward
            networks.
        attention_dropout: float, on attention weights. T5 has there what `dropout` is.
        activation: string. `"relu"` in T5 v1.0, `"gelu_tanh"` in v1.1 and mT5.
        use_gated_activation: bool, `True` in T5 v1.1 and mT5.
        layer_norm_epsilon: float.
        num_buckets: int, buckets of distances in the sequence.
        max_distance: int, distance from which on all are alike.
        spatial_bias: `None`, or `"2d"`: attention also has a bias by the distance on
            the page, as in UDOP.
        use_neighbours: bool, whether the encoder is also told how far each word stands
            from the one before and the one after, as in the first DocFormer. Not in
            DocFormerV2, and what helps a small network on few pages most
            (`benchmarks/docformer/README.md`).
        use_layout: bool. `False` leaves the page out (boxes, kinds and image): what
            remains is T5.
        image_shape: `(height, width, channels)`, or `None` for a model that sees no
            images. The sides are multiples of `patch_size`.
        patch_size: int, height and width of a patch of the image.
        tie_embedding_weights: bool, whether the scores of tokens are products with
            their embeddings, or with a kernel of their own.
        scale_logits: bool, whether the decoder's vectors are scaled by
            `hidden_dim**-0.5` for that. `None`: when weights are tied, as in T5 v1.0.
        dtype: dtype policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        A dict of

        - `encoder_token_ids`: int32 (batch, length), the question and then the words;
        - `encoder_padding_mask`: int32 (batch, length), 0 for padding;
        - `encoder_boxes`: int32 (batch, length, 4), x0, y0, x1, y1 from 0 to 1000;
        - `segment_ids`: int32 (batch, length), 1 for the question, 2 for the document;
        - `images`: (batch, *image_shape), pixels from 0 to 255;
        - `decoder_token_ids`: int32 (batch, answer length), from the start token 0 on;
        - `decoder_padding_mask`: int32 (batch, answer length), 0 for padding.

        `use_layout`, `image_shape` and `num_decoder_layers` tell which of them there
        are.

    Returns:
        A dict of `encoder_sequence_output` (batch, patches + length, hidden_dim) and,
        with a decoder, `decoder_sequence_output` (batch, answer length, hidden_dim), in
        the compute dtype.

    Raises:
        ValueError: an argument is none of those described.

    Example:
    ```python
    backbone = keras_docs.DocFormerV2Backbone(vocabulary_size=32128)
    outputs = backbone(
        {
            "encoder_token_ids": np.array([[822, 10, 2387, 1]]),
            "encoder_padding_mask": np.ones((1, 4)),
            "encoder_boxes": np.array([[[0] * 4] * 2 + [[90, 10, 180, 30]] * 2]),
            "segment_ids": np.array([[1, 1, 2, 2]]),
            "images": np.full((1, 512, 256, 3), 255),
            "decoder_token_ids": np.array([[0, 37]]),
            "decoder_padding_mask": np.ones((1, 2)),
        }
    )
    outputs["encoder_sequence_output"].shape  # (1, 132, 256)
    ```

    References:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    - [Raffel et al. 2020, T5](https://arxiv.org/abs/1910.10683)
    """

    SIZES = {
        "tiny": _size(layers=4, hidden=256, heads=4, inner=1024),
        "small": _size(layers=6, hidden=512, heads=8, inner=2048),
        "base": _size(layers=12, hidden=768, heads=12, inner=3072),
        "large": _size(layers=24, hidden=1024, heads=16, inner=4096),
    }

    def __init__(
        self,
        vocabulary_size: int = 32128,
        num_layers: int = 4,
        num_decoder_layers: int | None = None,
        num_heads: int = 4,
        hidden_dim: int = 256,
        intermediate_dim: int = 1024,
        key_value_dim: int | None = None,
        dropout: float = 0.1,
        attention_dropout: float = 0.0,
        activation: str = "relu",
        use_gated_activation: bool = False,
        layer_norm_epsilon: float = 1e-6,
        num_buckets: int = 32,
        max_distance: int = 128,
        spatial_bias: str | None = None,
        use_neighbours: bool = False,
        use_layout: bool = True,
        image_shape: tuple[int, int, int] | None = IMAGE_SHAPE,
        patch_size: int = 32,
        tie_embedding_weights: bool = True,
        scale_logits: bool | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        if num_decoder_layers is None:
            num_decoder_layers = num_layers
        if key_value_dim is None:
            key_value_dim = _head_size(hidden_dim, num_heads)
        if scale_logits is None:
            scale_logits = tie_embedding_weights
        if not use_layout and image_shape is IMAGE_SHAPE:
            image_shape = None
        image_shape = tuple(image_shape) if image_shape else None
        _check_page(use_layout, image_shape, patch_size, spatial_bias, use_neighbours)

        # === Config ===
        self.vocabulary_size = vocabulary_size
        self.num_layers = num_layers
        self.num_decoder_layers = num_decoder_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.key_value_dim = key_value_dim
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.activation = activation
        self.use_gated_activation = use_gated_activation
        self.layer_norm_epsilon = layer_norm_epsilon
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.spatial_bias = spatial_bias
        self.use_neighbours = use_neighbours
        self.use_layout = use_layout
        self.image_shape = image_shape
        self.patch_size = patch_size
        self.tie_embedding_weights = tie_embedding_weights
        self.scale_logits = scale_logits

        # === Layers ===
        self.token_embedding = keras.layers.ReversibleEmbedding(
            vocabulary_size,
            hidden_dim,
            tie_weights=tie_embedding_weights,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
            dtype=dtype,
            name="token_embedding",
        )
        if use_layout:
            self.page_embedding = PageEmbedding(
                hidden_dim,
                image_shape,
                patch_size,
                use_neighbours,
                dtype=dtype,
                name="page_embedding",
            )
        self.encoder_bias = PageBias(
            num_heads,
            num_buckets,
            max_distance,
            spatial_bias is not None,
            image_shape,
            patch_size,
            dtype=dtype,
            name="encoder_bias",
        )
        self._add_stack("encoder", T5EncoderBlock, num_layers, dtype)
        if num_decoder_layers:
            self.decoder_bias = RelativePositionBias(
                num_heads,
                num_buckets,
                max_distance,
                bidirectional=False,
                dtype=dtype,
                name="decoder_bias",
            )
            self._add_stack("decoder", T5DecoderBlock, num_decoder_layers, dtype)

        # === Functional Model ===
        inputs = self._inputs()
        encoded, memory_bias = self.encode(inputs)
        outputs = {"encoder_sequence_output": encoded}
        if num_decoder_layers:
            outputs["decoder_sequence_output"] = self.decode(
                inputs["decoder_token_ids"],
                inputs["decoder_padding_mask"],
                encoded,
                memory_bias,
            )
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

    def _add_stack(self, side: str, block: type, layers: int, dtype: Any) -> None:
        """Makes `<side>_layers`, `<side>_norm` and `<side>_dropout`."""
        blocks = [
            block(
                self.num_heads,
                self.key_value_dim,
                self.intermediate_dim,
                self.activation,
                self.use_gated_activation,
                self.dropout,
                self.attention_dropout,
                self.layer_norm_epsilon,
                dtype=dtype,
                name=f"{side}_layer_{i}",
            )
            for i in range(layers)
        ]
        norm = RMSNorm(self.layer_norm_epsilon, dtype=dtype, name=f"{side}_norm")
        # For the embeddings as for the output.
        dropout = keras.layers.Dropout(
            self.dropout, dtype=dtype, name=f"{side}_dropout"
        )
        setattr(self, f"{side}_layers", blocks)
        setattr(self, f"{side}_norm", norm)
        setattr(self, f"{side}_dropout", dropout)

    def _inputs(self) -> dict[str, keras.KerasTensor]:
        shapes = {"encoder_token_ids": (None,), "encoder_padding_mask": (None,)}
        if self.use_layout:
            shapes |= {"encoder_boxes": (None, 4), "segment_ids": (None,)}
        if self.image_shape:
            shapes["images"] = self.image_shape
        if self.num_decoder_layers:
            shapes |= {"decoder_token_ids": (None,), "decoder_padding_mask": (None,)}
        return {
            name: keras.Input(
                shape, dtype="float32" if name == "images" else "int32", name=name
            )
            for name, shape in shapes.items()
        }

    @property
    def num_patches(self) -> int:
        """Patches of an image: by so much the encoder's output begins earlier."""
        return patch_count(self.image_shape, self.patch_size)

    def encode(self, inputs: dict[str, Any]) -> tuple[Any, Any]:
        """The encoder alone.

        Args:
            inputs: dict of the backbone's inputs; the decoder's may be missing.

        Returns:
            Tensor (batch, patches + length, hidden_dim), and a float32 tensor
            (batch, 1, 1, patches + length) to add to the scores of who looks at it.
        """
        x = self.token_embedding(inputs["encoder_token_ids"])
        if self.use_layout:
            page = [inputs["encoder_boxes"], inputs["segment_ids"]]
            if self.image_shape:
                page.append(inputs["images"])
            x = self.page_embedding(x, *page)
        x = self.encoder_dropout(x)
        boxes = [inputs["encoder_boxes"]] if self.spatial_bias else []
        bias, memory_bias = self.encoder_bias(inputs["encoder_padding_mask"], *boxes)
        for layer in self.encoder_layers:
            x = layer(x, bias)
        return self.encoder_dropout(self.encoder_norm(x)), memory_bias

    def decode(
        self, token_ids: Any, padding_mask: Any, encoded: Any, memory_bias: Any
    ) -> Any:
        """The decoder over whole answers.

        Args:
            token_ids: int tensor (batch, answer length), from the start token on.
            padding_mask: int tensor (batch, answer length).
            encoded: tensor (batch, patches + length, hidden_dim), from `encode`.
            memory_bias: float32 tensor (batch, 1, 1, patches + length), from `encode`.

        Returns:
            Tensor (batch, answer length, hidden_dim).
        """
        x = self.decoder_dropout(self.token_embedding(token_ids))
        bias = self.decoder_bias(padding_mask)
        for layer in self.decoder_layers:
            x = layer(x, bias, encoded, memory_bias)
        return self.decoder_dropout(self.decoder_norm(x))

    def token_scores(self, hidden: Any, kernel: Any = None) -> Any:
        """Scores of the next token: products with the embeddings.

        Args:
            hidden: tensor (batch, answer length, hidden_dim), from the decoder.
            kernel: from `score_kernel`, or `None`.

        Returns:
            Float32 tensor (batch, answer length, vocabulary_size).
        """
        if self.scale_logits:
            hidden = hidden * self.hidden_dim**-0.5
        if kernel is None:
            scores = self.token_embedding(hidden, reverse=True)
        else:
            scores = ops.matmul(hidden, kernel)
        return ops.cast(scores, "float32")

    def score_kernel(self) -> Any:
        """The matrix of `token_scores`, to be made once for many single tokens.

        Its rows lie one after the other: for one token, a CPU multiplies by it faster
        than by the table of embeddings as that lies.

        Returns:
            Tensor (hidden_dim, vocabulary_size) in the compute dtype, or `None` with
            8-bit embeddings, which are multiplied otherwise.
        """
        embedding = self.token_embedding
        if embedding.quantization_mode is not None:
            return None
        if embedding.tie_weights:
            kernel = ops.transpose(embedding.embeddings)
        else:
            kernel = ops.convert_to_tensor(embedding.reverse_embeddings)
        kernel = ops.cast(kernel, embedding.compute_dtype)
        # PyTorch's transpose moves nothing; those of XLA are laid out as is best.
        return kernel.contiguous() if keras.backend.backend() == "torch" else kernel

    def encoder(self) -> DocFormerV2Backbone:
        """A backbone without the decoder, with a copy of the encoder's weights.

        Returns:
            A `DocFormerV2Backbone` with `num_decoder_layers=0`.

        Example:
        ```python
        encoder = backbone.encoder()
        ```
        """
        config = {**self.get_config(), "num_decoder_layers": 0}
        # There is nothing to score tokens for.
        config |= {"tie_embedding_weights": True, "name": f"{self.name}_encoder"}
        encoder = type(self).from_config(config)
        for layer in encoder.layers:
            if layer.weights:
                source = self.get_layer(layer.name).weights
                # A kernel for the scores comes after the embeddings.
                for ours, theirs in zip(layer.weights, source, strict=False):
                    # JAX would share the array, and training one would delete it.
                    ours.assign(ops.copy(theirs))
        return encoder

    @classmethod
    def from_t5(
        cls, preset: str | Path, load_weights: bool = True, **kwargs: Any
    ) -> DocFormerV2Backbone:
        """A backbone that begins as the paper's does: T5's weights, and a new page.

        Token embeddings, encoder and decoder are T5's. Patch stem, spatial and segment
        embeddings are random. `from_preset` of such a checkpoint gives T5 itself,
        without the page.

        Args:
            preset: a Transformers checkpoint of T5 or mT5 (folder or
                `hf://google-t5/t5-small`), with its weights as safetensors; or a
                `keras_hub.models.T5Backbone`.
            load_weights: bool. With `False` all weights are random.
            **kwargs: arguments to override: `image_shape=None`, `dropout`, `dtype`, ….

        Returns:
            A `DocFormerV2Backbone`.

        Raises:
            ValueError: it is no such checkpoint, or is damaged.

        Example:
        ```python
        backbone = keras_docs.DocFormerV2Backbone.from_t5("hf://google-t5/t5-small")
        ```
        """
        # The converters take the backbone's arguments, and know them by its name.
        from keras_docs.models.docformer_v2 import convert_kerashub_t5

        kwargs = {"use_layout": True, "image_shape": IMAGE_SHAPE, **kwargs}
        if isinstance(preset, keras.Model):
            return convert_kerashub_t5.convert(cls, preset, load_weights, kwargs)
        return cls.from_preset(preset, load_weights=load_weights, **kwargs)

    def default_lora_layer_names(self) -> list[str]:
        return ["query_key_value", "query", "key_value", "patch_projection"]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "num_layers": self.num_layers,
            "num_decoder_layers": self.num_decoder_layers,
            "num_heads": self.num_heads,
            "hidden_dim": self.hidden_dim,
            "intermediate_dim": self.intermediate_dim,
            "key_value_dim": self.key_value_dim,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "activation": self.activation,
            "use_gated_activation": self.use_gated_activation,
            "layer_norm_epsilon": self.layer_norm_epsilon,
            "num_buckets": self.num_buckets,
            "max_distance": self.max_distance,
            "spatial_bias": self.spatial_bias,
            "use_neighbours": self.use_neighbours,
            "use_layout": self.use_layout,
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "patch_size": self.patch_size,
            "tie_embedding_weights": self.tie_embedding_weights,
            "scale_logits": self.scale_logits,
        }


def _head_size(hidden_dim: int, num_heads: int) -> int:
    if hidden_dim % num_heads:
        raise ValueError(
            f"`num_heads` must divide `hidden_dim`. Received: num_heads={num_heads}, "
            f"hidden_dim={hidden_dim}. Or give the size of a head as `key_value_dim`."
        )
    return hidden_dim // num_heads


def _check_page(
    use_layout: bool,
    image_shape: tuple[int, ...] | None,
    patch_size: int,
    spatial_bias: str | None,
    use_neighbours: bool,
) -> None:
    if spatial_bias not in (None, "2d"):
        raise ValueError(
            f'`spatial_bias` must be None or "2d". Received: {spatial_bias!r}.'
        )
    if not use_layout and (image_shape or spatial_bias or use_neighbours):
        raise ValueError(
            "`image_shape`, `spatial_bias` and `use_neighbours` need "
            "`use_layout=True`. Received: "
            f"use_layout=False, image_shape={image_shape}, "
            f"spatial_bias={spatial_bias!r}, use_neighbours={use_neighbours}. Leave "
            "them out for a model of text alone."
        )
    if image_shape is None:
        return
    is_shape = len(image_shape) == 3 and all(
        isinstance(side, int) and side > 0 for side in image_shape
    )
    if not is_shape or image_shape[0] % patch_size or image_shape[1] % patch_size:
        raise ValueError(
            "`image_shape` must be (height, width, channels) with height and width "
            f"multiples of `patch_size`. Received: image_shape={image_shape}, "
            f"patch_size={patch_size}. {IMAGE_SHAPE} with patches of 32 gives 128 "
            "of them."
        )
