"""Batches of texts with the nodes that each is learned with."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from scipy import sparse

from keras_docs.models.xr.xr_transformer_embedder import TextEmbedder, text_widths

# So many batches are sorted by length at once.
POOL = 16


class LevelBatches(keras.utils.PyDataset):
    """Texts and candidate nodes of one level, in as many batches as there are steps.

    Args:
        embedder: says what the encoder takes.
        tokens: dict of int32 (rows, length), all texts.
        drawn: int (steps * batch_size,), the texts to learn from, in random order.
        signed: CSR (rows, nodes): the candidates of each text with their weights,
            negative for nodes that do not fit.
        batch_size: int.
        max_candidates: int, how many a text has at most: all that fit come first, then
            others by chance.
        seed: int.
    """

    def __init__(
        self,
        embedder: TextEmbedder,
        tokens: Mapping[str, np.ndarray],
        drawn: np.ndarray,
        signed: sparse.csr_matrix,
        batch_size: int,
        max_candidates: int,
        seed: int,
    ):
        super().__init__()
        self.embedder, self.tokens, self.signed = embedder, tokens, signed
        self.num_candidates = min(int(np.diff(signed.indptr).max()), max_candidates)
        self._random = np.random.default_rng(seed)
        self._widths = text_widths(tokens["padding_mask"])
        self._batches = self._by_length(drawn, batch_size)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        rows = self._batches[index]
        inputs = self.embedder.inputs(self.tokens, rows, self._widths[rows].max())
        nodes = np.zeros((len(rows), self.num_candidates), "int32")
        weights = np.zeros(nodes.shape, "float32")
        for place, row in enumerate(rows):
            found, values = self._candidates(row)
            nodes[place, : len(found)] = found
            weights[place, : len(found)] = values
        return {**inputs, "nodes": nodes}, weights

    def _candidates(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        entries = slice(*self.signed.indptr[row : row + 2])
        nodes, values = self.signed.indices[entries], self.signed.data[entries]
        if len(nodes) > self.num_candidates:
            chance = self._random.random(len(nodes))
            kept = np.lexsort((chance, values < 0))[: self.num_candidates]
            nodes, values = nodes[kept], values[kept]
        return nodes, values

    def _by_length(self, drawn: np.ndarray, batch_size: int) -> list[np.ndarray]:
        """Texts of like length share a batch; the batches come in random order."""
        batches = []
        for pool in np.split(
            drawn, range(POOL * batch_size, len(drawn), POOL * batch_size)
        ):
            pool = pool[np.argsort(self._widths[pool], kind="stable")]
            batches += np.split(pool, range(batch_size, len(pool), batch_size))
        self._random.shuffle(batches)
        return batches
