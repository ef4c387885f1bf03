"""A step that is called again and again, without Keras' share of its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras

# A trace costs about as much as it saves in so many calls: who calls fewer times, with
# tensors of these shapes, does not pay for it.
CALLS_BEFORE = 64


class TracedStep:
    """Calls a function of tensors; on PyTorch, soon as a list of its operations.

    In a small step, such as that of a decoder for one token, Keras' layers and `ops`
    take several times as long as PyTorch's own operations: each call checks and
    converts its arguments. Once tensors of the same shapes have come often enough, one
    call is recorded, and the operations are run without the layers from then on. On JAX
    and TensorFlow, what calls the step is compiled as a whole, and nothing is recorded.

    Args:
        function: of tensors, or of tuples or dicts of them (dicts always in the same
            order). It must not change anything, nor branch on the tensors' values.
        layer: `keras.Layer` with the variables that `function` reads. Values that are
            assigned to them count; other variables, as after `enable_lora` or
            `quantize`, mean another recording.

    Example:
    ```python
    layer = keras.layers.Dense(4)
    layer.build((None, 3))
    step = TracedStep(layer.call, layer).prepared()
    step(ops.ones((2, 3))).shape  # (2, 4)
    ```
    """

    def __init__(self, function: Callable[..., Any], layer: keras.Layer):
        self._function = function
        self._layer = layer
        self._known: tuple[int, ...] = ()
        self._calls: Counter = Counter()
        self._traces: dict[tuple, Callable[..., Any]] = {}

    def prepared(self) -> Callable[..., Any]:
        """The function to call for as long as no variable is replaced."""
        if keras.backend.backend() != "torch":
            return self._function
        known = tuple(id(variable.value) for variable in self._layer.variables)
        if known != self._known:
            self._known = known
            self._calls.clear()
            self._traces.clear()
        return self._call

    def _call(self, *inputs: Any) -> Any:
        key = tuple(
            (tuple(tensor.shape), tensor.dtype, tensor.device)
            for tensor in keras.tree.flatten(inputs)
        )
        if key not in self._traces:
            self._calls[key] += 1
            if self._calls[key] <= CALLS_BEFORE:
                return self._function(*inputs)
            self._traces[key] = self._traced(*inputs)
        return self._traces[key](*inputs)

    def _traced(self, *inputs: Any) -> Callable[..., Any]:
        from torch.fx.experimental.proxy_tensor import make_fx

        # A method as it is would be asked for its `self`, too.
        return make_fx(lambda *inputs: self._function(*inputs))(*inputs)
