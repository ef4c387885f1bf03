"""Backbones of the one size, and how all networks here are fitted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from page_arrays import IMAGE_SHAPE, PageArrays
from pretrain_docformer_v2 import SIZES

import keras_docs

VARIANTS = {
    "scratch": {"image_shape": IMAGE_SHAPE},
    "no_image": {"image_shape": None},
    "bias_2d": {"image_shape": IMAGE_SHAPE, "spatial_bias": "2d"},
    "neighbours": {"image_shape": IMAGE_SHAPE, "use_neighbours": True},
    "neighbours_no_image": {"image_shape": None, "use_neighbours": True},
    "text_only": {"use_layout": False, "image_shape": None},
}
WEIGHT_DECAY, CLIP = 0.01, 1.0
WARM_UP = 0.1


def backbone(
    source: str, tokenizer: str, dtype: str, decoder: bool, size: str = "tiny"
) -> Any:
    """A backbone, of random weights or pretrained.

    Args:
        source: string, one of `VARIANTS`; or the folder of a preset, which also says
            whether there are images and boxes; or that of a T5 of
            `tools/flan_t5_checkpoint.py`, which sees boxes and gaps, and no images.
        tokenizer: the path of a SentencePiece model.
        dtype: string, of Keras' policies.
        decoder: bool, whether answers are to be written.
        size: string, one of `SIZES`, for random weights.
    """
    if (Path(source) / "spiece.model").is_file():
        encoder_decoder = keras_docs.DocFormerV2Backbone.from_t5(
            source, image_shape=None, use_neighbours=True, dtype=dtype
        )
        return encoder_decoder if decoder else encoder_decoder.encoder()
    if source not in VARIANTS:
        return keras_docs.DocFormerV2Backbone.from_preset(
            source, dtype=dtype
        ).dequantize()
    return keras_docs.DocFormerV2Backbone(
        vocabulary_size=keras_docs.DocFormerV2Tokenizer(tokenizer).vocabulary_size(),
        num_decoder_layers=SIZES[size]["num_layers"] if decoder else 0,
        dtype=dtype,
        **SIZES[size],
        **VARIANTS[source],
    )


def compiled(model: Any) -> Any:
    """The model with its optimizer."""
    optimizer = keras.optimizers.AdamW(
        1e-4, weight_decay=WEIGHT_DECAY, global_clipnorm=CLIP
    )
    model.compile(optimizer=optimizer, weighted_metrics=None)
    optimizer.build(model.trainable_variables)
    return model


def restart(model: Any, make: Callable[[], Any], seed: int) -> None:
    """New weights for a model that is compiled already.

    Args:
        model: a compiled task.
        make: function that makes such a task.
        seed: int.
    """
    keras.utils.set_random_seed(seed)
    for ours, new in zip(model.weights, make().weights, strict=True):
        ours.assign(ops.copy(new))
    for variable in model.optimizer.variables:
        variable.assign(ops.zeros(variable.shape, variable.dtype))


def rate_at(share: float, peak: float) -> float:
    """The learning rate when a share of training is done: up, then down to 0."""
    return peak * min((share + 1e-2) / WARM_UP, (1 - share) / (1 - WARM_UP), 1.0)


class Feed(keras.utils.PyDataset):
    """Batches without end, as Keras draws them.

    Args:
        arrays: what to learn from.
        names: the model's inputs.
        size: int, rows of a batch.
        hidden: float, see `PageArrays.shuffled`.
        seed: int.
        steps: int, batches that Keras is to take for an epoch; `None`: one pass.
        stretch: float, see `PageArrays.shuffled`.
    """

    def __init__(
        self,
        arrays: PageArrays,
        names: Any,
        size: int,
        hidden: float,
        seed: int,
        steps: int | None = None,
        stretch: float = 0.0,
    ):
        super().__init__()
        self.arrays, self.names = arrays, list(names)
        self.size, self.hidden = min(size, arrays.rows), hidden
        self.stretch = stretch
        self.steps = steps or arrays.rows // self.size
        self._draw = np.random.default_rng(seed)
        self._stream = self._endless()

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple:
        return next(self._stream)

    def _endless(self):
        while True:
            yield from self.arrays.shuffled(
                self.names, self.size, self.hidden, self._draw, self.stretch
            )


def fit_epochs(model: Any, feed: Feed, epochs: int, peak: float) -> None:
    """Trains for a number of epochs.

    Args:
        model: a compiled task without a preprocessor.
        feed: its batches.
        epochs: int.
        peak: float, the highest learning rate.
    """
    schedule = keras.callbacks.LearningRateScheduler(
        lambda epoch, _: rate_at(epoch / epochs, peak)
    )
    keras.Model.fit(model, feed, epochs=epochs, callbacks=[schedule], verbose=0)


def fit_seconds(model: Any, feed: Feed, seconds: float, peak: float) -> int:
    """Trains until the time is over, and tells for how many steps.

    The first epoch, which compiles, does not count.

    Args:
        model: a compiled task without a preprocessor.
        feed: its batches; the rate is set anew, and the time looked at, each epoch.
        seconds: float.
        peak: float, the highest learning rate.
    """
    watch = _Watch(seconds, peak)
    keras.Model.fit(model, feed, epochs=10**6, callbacks=[watch], verbose=0)
    return watch.epochs * len(feed)


class _Watch(keras.callbacks.Callback):
    def __init__(self, seconds: float, peak: float):
        super().__init__()
        self.seconds, self.peak, self.epochs = seconds, peak, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch < 2:
            self.started = time.perf_counter()
        share = min((time.perf_counter() - self.started) / self.seconds, 1.0)
        self.model.optimizer.learning_rate = rate_at(share, self.peak)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs = epoch + 1
        is_over = time.perf_counter() - self.started >= self.seconds
        self.model.stop_training = epoch > 0 and is_over
