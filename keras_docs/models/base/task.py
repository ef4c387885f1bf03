"""The base of every task of the zoo."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_hub

from keras_docs.models.base import preset_loading, preset_saving, raw_data
from keras_docs.models.base.builtin_presets import BuiltinPresets
from keras_docs.models.base.dequantized import MODE, dequantized
from keras_docs.models.base.unknown_arguments import check_arguments


class Task(keras_hub.models.Task):
    """A backbone with a head and a preprocessor: raw input in, answers out.

    `fit`, `evaluate` and `predict` take raw data in memory (whatever the preprocessor
    takes), generators, `keras.utils.PyDataset`, `tf.data.Dataset` and torch
    `DataLoader`, on every backend, without TensorFlow or grain being installed.

    A subclass builds its layers on `backbone`, calls `super().__init__(inputs,
    outputs, …)`, and implements `default_optimizer`, `default_loss` and
    `default_metrics`.

    Class attributes:
        backbone_cls: the class of backbone it takes.
        preprocessor_cls: the class of preprocessor it takes.
        head_arguments: names of the constructor arguments that the head's weights
            depend on; another value than the preset's gives a new head.
    """

    head_arguments: tuple[str, ...] = ()
    predict_batch_size = 1024
    presets = BuiltinPresets()

    def __init__(self, *args: Any, **kwargs: Any):
        check_arguments(
            type(self), kwargs, {"inputs", "outputs", "name", "trainable", "compile"}
        )
        super().__init__(*args, **kwargs)

    @classmethod
    def from_preset(
        cls, preset: str | Path, load_weights: bool = True, **kwargs: Any
    ) -> Task:
        """Loads a task with its preprocessor.

        Args:
            preset: a built-in name, `hf://org/repo[@revision][/subfolder]`, or a
                preset folder.
            load_weights: bool. With `False` all weights are random.
            **kwargs: constructor arguments to override (`num_classes=3` gives a new
                head and says so), `dtype` for the backbone, and `revision`, `token`,
                `cache_dir`, `local_files_only` for the Hub.

        Returns:
            The task that the preset holds, when it is a `cls`; else a `cls` with a
            new head on the preset's backbone, if the arguments for it are given.

        Raises:
            ValueError: the preset is missing, incomplete, damaged, or holds another
                class.
        """
        return preset_loading.load_task(cls, preset, load_weights, kwargs)

    def save_to_preset(
        self,
        preset_dir: str | Path,
        weights_format: str = "safetensors",
        max_shard_size: float | None = None,
    ) -> None:
        """Saves backbone, head and preprocessor as a preset, whole or not at all.

        Args:
            preset_dir: the folder to write. An older preset there is replaced, card
                and all. `keras_docs.upload_preset` publishes it.
            weights_format: `"safetensors"`, or `"h5"`, which KerasHub opens.
            max_shard_size: accepted for KerasHub; weights are one file.
        """
        preset_saving.save_preset(preset_dir, task=self, weights_format=weights_format)

    def dequantize(self) -> Task:
        """The same task with weights in floating point, to be trained.

        Returns:
            A new task of the same class, compiled with the defaults. Layers that
            `quantize("int8")` left in 8 bits, as some presets have them, cannot learn;
            its layers can.

        Raises:
            ValueError: a layer has LoRA adapters, or is quantized in another way.

        Example:
        ```python
        model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_docs_en")
        model = model.dequantize()
        model.fit(pages)
        ```
        """
        return dequantized(self)

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer of `compile("auto")`."""
        return keras.optimizers.AdamW(1e-3)

    def default_loss(self) -> Any:
        """The loss of `compile("auto")`."""
        return None

    def default_metrics(self) -> list[Any] | None:
        """The metrics of `compile("auto")`."""
        return None

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        metrics: Any = "auto",
        **kwargs: Any,
    ) -> None:
        """Configures training; `"auto"` takes the task's defaults.

        Args:
            optimizer: `"auto"`, or as in `keras.Model.compile`.
            loss: `"auto"`, or as in `keras.Model.compile`.
            metrics: `"auto"`, or as in `keras.Model.compile`.
            **kwargs: further arguments of `keras.Model.compile`.
        """
        is_auto = [
            isinstance(v, str) and v == "auto" for v in (optimizer, loss, metrics)
        ]
        super().compile(
            optimizer=self.default_optimizer() if is_auto[0] else optimizer,
            loss=self.default_loss() if is_auto[1] else loss,
            metrics=self.default_metrics() if is_auto[2] else metrics,
            **kwargs,
        )

    def compile_from_config(self, config: dict[str, Any]) -> None:
        config = keras.saving.deserialize_keras_object(config)
        self.compile(**config)
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        augmentation: Callable[..., tuple[Any, ...]] | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on raw data. Arguments as in `keras.Model.fit`, but `augmentation`.

        Data in memory are preprocessed once and batched without a last smaller batch
        (its rows fall into another batch of the next epoch), so that one compiled
        step serves the whole training.

        Args:
            x: raw data, or a dataset of raw `(x, y)` or `(x, y, sample_weight)`.
            y: labels as the preprocessor takes them.
            batch_size: int, rows per batch of data in memory. Defaults to 32.
            sample_weight: array (rows,).
            validation_data: raw `(x, y)`, `(x, y, sample_weight)`, or a dataset.
            validation_split: float, the last share of the rows validates.
            shuffle: bool, whether each epoch reorders data in memory, and the batches
                of a `PyDataset`. With `False`, the last smaller batch is kept.
            augmentation: function of a preprocessed training batch, `(x, y)` or `(x, y,
                sample_weight)` as arguments, that returns such a tuple: called for each
                batch as it is drawn, so that rows differ from epoch to epoch.
            **kwargs: `epochs`, `callbacks`, `class_weight`, `verbose`, ….

        Returns:
            A `keras.callbacks.History`.
        """
        self._warn_of_fixed_layers()
        if raw_data.is_dataset(x):
            feed = self._streamed(x, "steps_per_epoch", kwargs)
        else:
            arrays = self.preprocess_labelled(x, y, sample_weight)
            batch_size = batch_size or self.default_batch_size(
                raw_data.row_count(arrays)
            )
            if validation_split and validation_data is None:
                arrays, held_out = self.split_validation(arrays, validation_split)
                kwargs["validation_data"] = self._batches(
                    held_out, self.predict_batch_size
                )
            # In a fixed order, it would always be the same rows that are left out.
            feed = self._batches(arrays, batch_size, shuffle=shuffle, drop_last=shuffle)
        if augmentation is not None:
            feed, _ = raw_data.preprocessed(feed, augmentation)
        if validation_data is not None:
            kwargs["validation_data"] = self._evaluation_feed(
                validation_data, self.predict_batch_size, "validation_steps", kwargs
            )
        # Keras reorders the batches of a `PyDataset` unless it is told not to.
        shuffle = shuffle and isinstance(x, keras.utils.PyDataset)
        return keras.Model.fit(self, feed, shuffle=shuffle, **kwargs)

    def _warn_of_fixed_layers(self) -> None:
        """Says that quantized layers do not learn, unless it is meant."""
        fixed = [
            layer.path
            for layer in self._flatten_layers()
            if layer.trainable
            and layer.quantization_mode == MODE
            and not isinstance(layer, keras.Model)
            and not getattr(layer, "lora_enabled", False)
        ]
        if fixed:
            warnings.warn(
                f"{len(fixed)} layers have 8-bit weights, which do not learn; the "
                f"first is {fixed[0]!r}. To train them, take `model.dequantize()`; to "
                "train adapters beside them, `model.backbone.enable_lora(rank=8)`; to "
                "train a head alone, set `model.backbone.trainable = False`.",
                stacklevel=3,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Computes loss and metrics on raw data. Arguments as in `keras.Model`.

        Args:
            x: raw data, or a dataset of raw batches.
            y: labels as the preprocessor takes them.
            batch_size: int, rows per batch of data in memory.
            sample_weight: array (rows,).
            **kwargs: `return_dict`, `verbose`, `callbacks`, `steps`.

        Returns:
            A float, a list or a dict, as `keras.Model.evaluate` does.
        """
        if kwargs.get("_use_cached_eval_dataset"):
            return keras.Model.evaluate(self, x, y, batch_size=batch_size, **kwargs)
        data = x if raw_data.is_dataset(x) else (x, y, sample_weight)
        batch_size = batch_size or self.predict_batch_size
        feed = self._evaluation_feed(data, batch_size, "steps", kwargs)
        return keras.Model.evaluate(self, feed, **kwargs)

    def predict(self, x: Any, batch_size: int | None = None, **kwargs: Any) -> Any:
        """The model's outputs for raw data.

        Args:
            x: raw data, or a dataset of raw batches.
            batch_size: int, rows per batch of data in memory. Defaults to the class's
                `predict_batch_size`.
            **kwargs: `verbose`, `callbacks`, `steps`.

        Returns:
            NumPy arrays with one row per row of `x`.
        """
        return self.predict_with(self, x, batch_size, **kwargs)

    def predict_with(
        self, model: keras.Model, x: Any, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """The outputs of this task's backbone, or of itself, for raw data.

        Args:
            model: a Keras model with this task's inputs.
            x: raw data, or a dataset of raw batches.
            batch_size: int, rows per batch of data in memory.
            **kwargs: as in `predict`.

        Returns:
            The outputs of `model` as NumPy arrays.
        """
        if raw_data.is_dataset(x):
            feed, steps = raw_data.preprocessed(x, self._features_of_batch)
            kwargs.setdefault("steps", steps)
            return keras.Model.predict(model, feed, **kwargs)
        features = self.preprocess_features(x)
        rows = raw_data.row_count(features)
        features, size = raw_data.pad_rows(
            features, batch_size or self.predict_batch_size
        )
        outputs = keras.Model.predict(model, features, batch_size=size, **kwargs)
        return keras.tree.map_structure(lambda output: output[:rows], outputs)

    def default_batch_size(self, rows: int) -> int:
        """Rows per training batch when `fit` is not told."""
        return 32

    def split_validation(self, arrays: Any, share: float) -> tuple[Any, Any]:
        """Splits `validation_split` off: the last rows, as Keras does."""
        return raw_data.split_rows(arrays, share)

    def preprocess_features(self, x: Any) -> Any:
        """The model's inputs for raw data without labels."""
        return keras.utils.unpack_x_y_sample_weight(self.preprocess_samples(x))[0]

    def preprocess_samples(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        """`(x,)`, `(x, y)` or `(x, y, sample_weight)` as arrays."""
        packed = super().preprocess_samples(x, y, sample_weight)
        return packed if isinstance(packed, tuple) else (packed,)

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        """As `preprocess_samples`, to train or evaluate; tasks check for labels here.

        Raises:
            ValueError: the task needs labels, and there are none.
        """
        return self.preprocess_samples(x, y, sample_weight)

    def transform_batch(self, batch: tuple[Any, ...]) -> tuple[Any, ...]:
        """A hook on each batch as it is drawn; pretraining tasks corrupt it here."""
        return batch

    def _features_of_batch(self, x: Any, *labels: Any) -> tuple[Any, ...]:
        return (self.preprocess_features(x),)

    def _encode_batch(self, *batch: Any) -> tuple[Any, ...]:
        return self.transform_batch(self.preprocess_labelled(*batch))

    def _batches(self, arrays: tuple[Any, ...], batch_size: int, **kwargs: Any):
        return raw_data.ArrayBatches(
            arrays, batch_size, transform=self.transform_batch, **kwargs
        )

    def _streamed(self, source: Any, steps_name: str, kwargs: dict[str, Any]) -> Any:
        feed, steps = raw_data.preprocessed(source, self._encode_batch)
        if kwargs.get(steps_name) is None:
            kwargs[steps_name] = steps
        return feed

    def _evaluation_feed(
        self, data: Any, batch_size: int, steps_name: str, kwargs: dict[str, Any]
    ) -> Any:
        if raw_data.is_dataset(data):
            return self._streamed(data, steps_name, kwargs)
        data = data if isinstance(data, tuple) else (data,)
        return self._batches(self.preprocess_labelled(*data), batch_size)
