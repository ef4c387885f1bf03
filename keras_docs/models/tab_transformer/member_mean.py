"""Averages the members of an ensemble, except while they are trained."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_docs")
class MemberMean(keras.layers.Layer):
    """Mean over ensemble members: (batch, members, outputs) -> (batch, outputs).

    While training, the members pass through one by one, so that the loss can be the
    mean of their losses rather than the loss of their mean: members that are trained
    apart stay different (Gorishniy et al. 2025, "TabM", section 3).
    """

    def call(self, predictions, training=None):
        if training and predictions.shape[1] > 1:
            return predictions
        return ops.mean(predictions, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])

    def compute_output_spec(self, predictions, training=None):
        shape = self.compute_output_shape(predictions.shape)
        return keras.KerasTensor(shape, dtype=predictions.dtype)
