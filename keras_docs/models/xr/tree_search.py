"""A tree with its weights, ready to be searched by either engine."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from keras_docs.kernels.beam_search import beam_search, fill_bitmaps
from keras_docs.kernels.chunked_layers import ChunkedLayers
from keras_docs.kernels.csr import Csr
from keras_docs.models.xr.label_tree import LabelTree
from keras_docs.models.xr.post_processors import PostProcessor

# Queries at once: enough that many meet in one chunk, few enough that their scores
# take tens of megabytes.
BLOCK_ROWS = 4096
# The gathered weights of a batch take a few hundred megabytes.
KERAS_BATCH_ROWS = 64
# Bitmaps of all chunks are kept while they take less than this share of the weights.
BITMAP_SHARE = 0.5


class TreeSearch:
    """Finds the best labels of each query.

    Args:
        tree: the `LabelTree`.
        layers: its weights.
        num_features: int.
    """

    def __init__(self, tree: LabelTree, layers: ChunkedLayers, num_features: int):
        self.tree, self.layers, self.num_features = tree, layers, num_features
        self.num_words = 2 * -(-num_features // 64)
        self._bitmaps: np.ndarray | None = None
        self._keras_model: Any = None

    def run(
        self,
        x: Any,
        beam_sizes: Sequence[int],
        processor: PostProcessor,
        n_jobs: int = 1,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Searches on the CPU.

        Args:
            x: CSR float32 (rows, num_features), canonical.
            beam_sizes: one int per level, the last for the labels.
            processor: how margins are combined.
            n_jobs: int, threads, as in joblib.

        Returns:
            Nodes of the last level, int32 (rows, k), and log values, float32.
        """
        beams = np.minimum(np.array(beam_sizes, "int64"), self.tree.level_sizes)
        bitmaps = self.bitmaps

        def search(first: int) -> tuple[np.ndarray, np.ndarray]:
            starts = x.indptr[first : first + block + 1]
            queries = Csr(
                starts - starts[0],
                x.indices[starts[0] : starts[-1]],
                x.data[starts[0] : starts[-1]],
            )
            kind, power, _ = processor
            return beam_search(
                queries, self.layers, bitmaps, self.num_words, beams, kind, power
            )

        rows, workers = x.shape[0], effective_n_jobs(n_jobs)
        # Blocks of one size, as many for each worker.
        rounds = -(-rows // (workers * BLOCK_ROWS))
        block = -(-rows // (workers * rounds))
        firsts = range(0, rows, block)
        if len(firsts) == 1 or workers == 1:
            found = [search(first) for first in firsts]
        else:
            with ThreadPoolExecutor(workers) as pool:
                found = list(pool.map(search, firsts))
        if len(found) == 1:
            return found[0]
        nodes, values = zip(*found, strict=True)
        return np.concatenate(nodes), np.concatenate(values)

    def run_with_keras(
        self, x: Any, beam_sizes: Sequence[int], processor: PostProcessor
    ) -> tuple[np.ndarray, np.ndarray]:
        """Searches with `keras.ops` on the backend's device; as `run`."""
        from keras_docs.models.xr.beam_search_layer import (
            padded_queries,
            search_model,
        )

        beams = np.minimum(np.array(beam_sizes), self.tree.level_sizes).tolist()
        key = (tuple(beams), processor)
        if self._keras_model is None or self._keras_model[0] != key:
            self._keras_model = key, search_model(self.layers, beams, processor)
        model = self._keras_model[1]
        nodes, values = model.predict(
            padded_queries(x), batch_size=KERAS_BATCH_ROWS, verbose=0
        )
        return nodes, values

    def upper_levels(self) -> TreeSearch:
        """The same tree without its labels: its leaves are what is found."""
        depth = self.tree.depth - 1
        chunks = int(self.layers.level_chunks[depth])
        columns = int(self.layers.chunk_columns[chunks])
        rows = int(self.layers.chunk_rows[chunks])
        entries = int(self.layers.row_entries[rows])
        ends = {
            "level_chunks": depth + 1,
            "chunk_columns": chunks + 1,
            "column_nodes": columns,
            "bias": columns,
            "chunk_rows": chunks + 1,
            "row_features": rows,
            "row_entries": rows + 1,
            "entry_columns": entries,
            "entry_values": entries,
        }
        layers = ChunkedLayers(
            **{name: getattr(self.layers, name)[:end] for name, end in ends.items()}
        )
        return TreeSearch(
            LabelTree(self.tree.parents[:depth]), layers, self.num_features
        )

    @property
    def bitmaps(self) -> np.ndarray:
        """The chunks' bitmaps, see `fill_bitmaps`; none if they took too much."""
        if self._bitmaps is None:
            chunks = len(self.layers.chunk_rows) - 1
            size = 8 * chunks * self.num_words
            stored = sum(array.nbytes for array in self.layers)
            keeps = size <= max(BITMAP_SHARE * stored, 2**20)
            bitmaps = np.empty((chunks if keeps else 0, self.num_words), "int64")
            fill_bitmaps(self.layers, bitmaps)
            self._bitmaps = bitmaps
        return self._bitmaps
