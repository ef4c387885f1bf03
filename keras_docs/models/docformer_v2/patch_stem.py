"""A page image as a sequence of vectors."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Pixels run from 0 to 255; the projection sees -1 to 1.
HALF_RANGE = 127.5


@keras.saving.register_keras_serializable(package="keras_docs")
class PatchStem(keras.layers.Layer):
    """A convolution whose stride is its kernel's size, then a linear layer.

    Patches do not overlap, so the convolution is a matrix product of the patches'
    pixels.

    Args:
        hidden_dim: int, size of the vectors.
        patch_size: int, height and width of a patch.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        images: tensor (batch, height, width, channels) of pixels from 0 to 255, with
            height and width multiples of `patch_size`.

    Returns:
        Tensor (batch, patches, hidden_dim): rows of patches from the top, each from
        left to right.

    Example:
    ```python
    PatchStem(16)(np.zeros((1, 512, 256, 3))).shape  # (1, 128, 16)
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733). The
      sizes of the page and of a patch are ours.
    """

    def __init__(self, hidden_dim: int, patch_size: int = 32, **kwargs: Any):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.patch_size = patch_size

    def build(self, images_shape) -> None:
        pixels = self.patch_size**2 * images_shape[-1]
        for name, inputs in (
            ("patch_projection", pixels),
            ("patch_output", self.hidden_dim),
        ):
            layer = keras.layers.Dense(
                self.hidden_dim, dtype=self.dtype_policy, name=name
            )
            layer.build((None, inputs))
            setattr(self, name, layer)

    def call(self, images):
        _, height, width, channels = images.shape
        size = self.patch_size
        rows, columns = height // size, width // size
        x = ops.cast(images, self.compute_dtype) / HALF_RANGE - 1.0
        x = ops.reshape(x, (-1, rows, size, columns, size, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        x = ops.reshape(x, (-1, size * size * channels))
        x = self.patch_output(self.patch_projection(x))
        return ops.reshape(x, (-1, rows * columns, self.hidden_dim))

    def compute_output_shape(self, images_shape):
        batch, height, width, _ = images_shape
        patches = (height // self.patch_size) * (width // self.patch_size)
        return (batch, patches, self.hidden_dim)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "hidden_dim": self.hidden_dim,
            "patch_size": self.patch_size,
        }
