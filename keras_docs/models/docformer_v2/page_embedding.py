"""The encoder's input: what is seen and what is read, each with its place."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.models.docformer_v2.neighbour_embedding import NeighbourEmbedding
from keras_docs.models.docformer_v2.patch_stem import PatchStem
from keras_docs.models.docformer_v2.spatial_embedding import GRID, SpatialEmbedding

# Small beside token embeddings (standard deviation 1), large enough to be noticed.
SEGMENT_STDDEV = 0.1
VISION, QUESTION, DOCUMENT = range(3)


@keras.saving.register_keras_serializable(package="keras_docs")
class PageEmbedding(keras.layers.Layer):
    """Adds places and kinds to the tokens, and puts the image's patches before them.

    Patches and text have spatial tables of their own. A patch's box is its cell of the
    page.

    Args:
        hidden_dim: int, size of the vectors.
        image_shape: `(height, width, channels)`, or `None` for pages without images.
        patch_size: int, see `PatchStem`.
        use_neighbours: bool, whether text tokens also have a `NeighbourEmbedding`.
        **kwargs: `name`, `dtype`, `trainable`.

    Call arguments:
        tokens: tensor (batch, length, hidden_dim), token embeddings.
        boxes: int tensor (batch, length, 4), see `SpatialEmbedding`.
        segment_ids: int tensor (batch, length): 1 for the question, 2 for the
            document's text.
        images: tensor (batch, height, width, channels), if there is an `image_shape`.

    Returns:
        Tensor (batch, patches + length, hidden_dim).

    Example:
    ```python
    embedding = PageEmbedding(16, image_shape=None)
    boxes, segments = np.array([[[0, 0, 90, 20]]]), np.array([[2]])
    embedding(np.ones((1, 1, 16)), boxes, segments).shape  # (1, 1, 16)
    ```

    Reference:
    - [Appalaraju et al. 2024, DocFormerv2](https://arxiv.org/abs/2306.01733)
    """

    def __init__(
        self,
        hidden_dim: int,
        image_shape: tuple[int, int, int] | None,
        patch_size: int = 32,
        use_neighbours: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.image_shape = image_shape
        self.patch_size = patch_size
        self.use_neighbours = use_neighbours

    def build(self, tokens_shape) -> None:
        shared = {"dtype": self.dtype_policy}
        self.segment_embedding = keras.layers.Embedding(
            3,
            self.hidden_dim,
            embeddings_initializer=keras.initializers.RandomNormal(
                stddev=SEGMENT_STDDEV
            ),
            name="segment_embedding",
            **shared,
        )
        self.segment_embedding.build((None, None))
        self.text_places = SpatialEmbedding(
            self.hidden_dim, name="text_places", **shared
        )
        self.text_places.build((None, None, 4))
        if self.use_neighbours:
            self.neighbours = NeighbourEmbedding(
                self.hidden_dim, name="neighbours", **shared
            )
            self.neighbours.build((None, None, 4))
        if self.image_shape:
            self.patch_stem = PatchStem(
                self.hidden_dim, self.patch_size, name="patch_stem", **shared
            )
            self.patch_stem.build((None, *self.image_shape))
            self.patch_places = SpatialEmbedding(
                self.hidden_dim, name="patch_places", **shared
            )
            self.patch_places.build((None, None, 4))

    def call(self, tokens, boxes, segment_ids, images=None):
        text = tokens + self.text_places(boxes) + self.segment_embedding(segment_ids)
        if self.use_neighbours:
            text = text + self.neighbours(boxes)
        if not self.image_shape:
            return text
        cells = ops.convert_to_tensor(patch_boxes(self.image_shape, self.patch_size))
        vision = self.patch_stem(images) + self.patch_places(cells)
        vision = vision + self.segment_embedding(ops.full((1, 1), VISION, "int32"))
        return ops.concatenate([vision, text], axis=1)

    def compute_output_shape(
        self, tokens_shape, boxes_shape=None, segment_ids_shape=None, images_shape=None
    ):
        batch, length, hidden_dim = tokens_shape
        patches = patch_count(self.image_shape, self.patch_size)
        return (batch, None if length is None else length + patches, hidden_dim)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "hidden_dim": self.hidden_dim,
            "image_shape": self.image_shape,
            "patch_size": self.patch_size,
            "use_neighbours": self.use_neighbours,
        }


def patch_count(image_shape: tuple[int, int, int] | None, patch_size: int) -> int:
    """Patches of an image, 0 without one."""
    if not image_shape:
        return 0
    return (image_shape[0] // patch_size) * (image_shape[1] // patch_size)


def patch_boxes(image_shape: tuple[int, int, int], patch_size: int) -> np.ndarray:
    """The cell of the page that each patch shows.

    Args:
        image_shape: `(height, width, channels)`.
        patch_size: int.

    Returns:
        Int32 array (1, patches, 4) of x0, y0, x1, y1 from 0 to 1000.
    """
    rows, columns = image_shape[0] // patch_size, image_shape[1] // patch_size
    row, column = np.divmod(np.arange(rows * columns), columns)
    corners = np.stack(
        [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows], -1
    )
    return np.round(GRID * corners).astype("int32")[None]
