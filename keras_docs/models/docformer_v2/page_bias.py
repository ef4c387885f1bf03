"""What the encoder adds to its attention scores: distances and masks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_docs.layers.attend import mask_bias
from keras_docs.layers.relative_position_bias import RelativePositionBias
from keras_docs.layers.spatial_bias import SpatialBias
from keras_docs.models.docformer_v2.page_embedding import patch_boxes, patch_count


@keras.saving.register_keras_serializable(package="keras_docs")
class PageBias(keras.layers.Layer):
    """The biases on attention within a page, and from the decoder to it.

    All patches of the image are seen; padding of the text is not.

    Args:
        num_heads: int.
        num_buckets: int, see `RelativePositionBias`.
        max_distance: int, see `RelativePositionBias`.
        is_spatial: bool, adds a `SpatialBias`.
        image_shape: `(height, width, channels)`, or `None` without an image.
        patch_size: int.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        padding_mask: int tensor (batch, length), of the text.
        boxes: int tensor (batch, length, 4), of the text, with `is_spatial`.

    Returns:
        Two float32 tensors: (batch, num_heads, all, all) and (batch, 1, 1, all), where
        `all` is patches + length.

    Example:
    ```python
    bias = PageBias(num_heads=2, image_shape=(64, 64, 3))
    bias(np.array([[1, 1, 0]]))[0].shape  # (1, 2, 7, 7)
    ```
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        is_spatial: bool = False,
        image_shape: tuple[int, int, int] | None = None,
        patch_size: int = 32,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_heads = num_heads
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.is_spatial = is_spatial
        self.image_shape = image_shape
        self.patch_size = patch_size

    def build(self, padding_mask_shape) -> None:
        self.sequence = RelativePositionBias(
            self.num_heads,
            self.num_buckets,
            self.max_distance,
            dtype=self.dtype_policy,
            name="sequence",
        )
        self.sequence.build((None, None))
        if self.is_spatial:
            self.page = SpatialBias(
                self.num_heads, self.num_buckets, dtype=self.dtype_policy, name="page"
            )
            self.page.build((None, None, 4))

    def call(self, padding_mask, boxes=None):
        patches = patch_count(self.image_shape, self.patch_size)
        mask = padding_mask
        if patches:
            mask = ops.pad(mask, ((0, 0), (patches, 0)), constant_values=1)
        bias = self.sequence(mask)
        if self.is_spatial:
            if patches:
                cells = patch_boxes(self.image_shape, self.patch_size)
                rows = (ops.shape(boxes)[0], patches, 4)
                cells = ops.broadcast_to(ops.convert_to_tensor(cells), rows)
                boxes = ops.concatenate([cells, ops.cast(boxes, "int32")], axis=1)
            bias = bias + self.page(boxes)
        return bias, mask_bias(mask)

    def compute_output_spec(self, padding_mask, boxes=None):
        batch, length = padding_mask.shape
        if length is not None:
            length += patch_count(self.image_shape, self.patch_size)
        return (
            keras.KerasTensor((batch, self.num_heads, length, length), "float32"),
            keras.KerasTensor((batch, 1, 1, length), "float32"),
        )

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_buckets": self.num_buckets,
            "max_distance": self.max_distance,
            "is_spatial": self.is_spatial,
            "image_shape": self.image_shape,
            "patch_size": self.patch_size,
        }
