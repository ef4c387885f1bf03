"""Writes texts about pages, token by token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from keras_docs.kernels.traced_step import TracedStep
from keras_docs.models.base import raw_data
from keras_docs.models.docformer_v2.docformer_v2_backbone import DocFormerV2Backbone
from keras_docs.models.docformer_v2.docformer_v2_task import DocFormerV2Task
from keras_docs.models.docformer_v2.page_windows import PageWindows

# T5's special tokens, for models without a preprocessor to ask.
START, END = 0, 1
# Tokens of an answer when nobody says how many.
DEFAULT_LENGTH = 64
IMPOSSIBLE = -1e9


class DocFormerV2Writer(DocFormerV2Task):
    """Base of tasks that write: samplers, cached decoding, scores.

    Args:
        backbone: a `DocFormerV2Backbone` with a decoder; `fit` trains it in place.
        preprocessor: what makes arrays of raw input, or `None` to feed arrays.
        **kwargs: `name`, `compile`.
    """

    # KerasHub compiles `generate_step` for each backend. Its class can't be a second
    # base: Keras rebuilds the bases of functional models, and fails on shared ones.
    make_generate_function = keras_hub.models.CausalLM.make_generate_function

    def __init__(
        self,
        backbone: DocFormerV2Backbone,
        preprocessor: Any = None,
        **kwargs: Any,
    ):
        if not backbone.num_decoder_layers:
            raise ValueError(
                "`backbone` must have a decoder to write answers. Received: a "
                "DocFormerV2Backbone with num_decoder_layers=0. Use "
                "DocFormerV2TokenClassifier on it, or a backbone with a decoder."
            )
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        self._step: TracedStep | None = None

        # === Functional Model ===
        inputs = backbone.input
        hidden = backbone(inputs)["decoder_sequence_output"]
        super().__init__(inputs=inputs, outputs=backbone.token_scores(hidden), **kwargs)

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def preprocess_labelled(
        self, x: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        """As `preprocess_samples`, to train or evaluate.

        Without labels, `decoder_token_ids` hold whole answers with their end token:
        each token is then to be predicted from those before it.

        Raises:
            ValueError: there are no answers.
        """
        packed = self.preprocess_samples(x, y, sample_weight)
        if len(packed) > 1:
            return packed
        features = packed[0]
        ids = features.get("decoder_token_ids")
        if ids is None or np.shape(ids)[1] < 2:
            raise ValueError(
                "There are no answers to learn from. With a preprocessor, give them "
                "as `answers`; without one, as `y`, the tokens that follow "
                "`decoder_token_ids`, or as `decoder_token_ids` with their end token. "
                f"Received: {', '.join(sorted(features))}."
            )
        mask = np.asarray(features["decoder_padding_mask"])
        shifted = {
            "decoder_token_ids": ids[:, :-1],
            "decoder_padding_mask": mask[:, 1:],
        }
        return {**features, **shifted}, ids[:, 1:], mask[:, 1:].astype("float32")

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        sampler: Any = "greedy",
        **kwargs: Any,
    ) -> None:
        """Configures training and `generate`.

        Args:
            optimizer: `"auto"`, or as in `keras.Model.compile`.
            loss: `"auto"`, or as in `keras.Model.compile`.
            sampler: how `generate` chooses tokens: a name (`"greedy"`, `"beam"`,
                `"top_p"`, …) or a `keras_hub.samplers.Sampler`.
            **kwargs: `weighted_metrics`, `metrics` and further arguments of
                `keras.Model.compile`.
        """
        super().compile(optimizer, loss, **kwargs)
        self.sampler = keras_hub.samplers.get(sampler)
        self.generate_function = None

    def _post_quantize(self, mode: str, **kwargs: Any) -> None:
        super()._post_quantize(mode, **kwargs)
        # What was compiled holds the layers as they were.
        self.generate_function = None

    def generate(
        self,
        inputs: Any,
        max_length: int | None = None,
        stop_token_ids: Any = "auto",
        return_scores: bool = False,
        batch_size: int = 8,
    ) -> Any:
        """Writes an answer for each page.

        Args:
            inputs: what the preprocessor takes; without one, a dict of the backbone's
                inputs. `decoder_token_ids`, if given, begins with the start token and
                may go on with the beginning of the answer, as `decoder_padding_mask`
                tells.
            max_length: int, tokens of an answer, the start token included. Default:
                the preprocessor's; without one, as many as `decoder_token_ids` has, or
                64.
            stop_token_ids: int tokens that end an answer. `"auto"`: the end token.
                `None`: no answer ends before `max_length`.
            return_scores: bool, whether to tell how sure the model is.
            batch_size: int, pages that are decoded at once.

        Returns:
            With a preprocessor, a list of strings, one for each row that it makes.
            Without, a dict of `decoder_token_ids` and `decoder_padding_mask`, int32
            arrays (rows, max_length), where the mask ends with the end token.

            With `return_scores`, a pair of that and a dict of `log_probability`, the
            sum over the answer's tokens, and `mean_probability`, their mean
            probability: float32 arrays (rows,). They are the model's own, whatever
            sampler chose the tokens.

        Raises:
            ValueError: an input is missing, or an argument is none of those described.
        """
        features = self._generate_features(inputs, max_length)
        return self._generate(features, stop_token_ids, return_scores, batch_size)

    def generate_windows(
        self, windows: PageWindows, max_length: int | None = None, batch_size: int = 8
    ) -> tuple[list[str], np.ndarray]:
        """Writes an answer for each window that was cut before.

        Args:
            windows: from `preprocessor.windows`.
            max_length: as in `generate`.
            batch_size: int, windows that are decoded at once.

        Returns:
            List of strings, and a float32 array (windows,), the log-probability of
            each.
        """
        length = max_length or self.preprocessor.answer_length
        features = self._with_room(windows.features, length)
        texts, scores = self._generate(features, "auto", True, batch_size)
        return texts, scores["log_probability"]

    def _generate(
        self,
        features: dict[str, np.ndarray],
        stop_token_ids: Any,
        return_scores: bool,
        batch_size: int,
    ) -> Any:
        """As `generate`, of arrays with room for the answers."""
        if stop_token_ids == "auto":
            tokenizer = getattr(self.preprocessor, "tokenizer", None)
            stop_token_ids = (getattr(tokenizer, "end_token_id", END),)
        elif stop_token_ids is not None:
            stop_token_ids = tuple(int(token) for token in stop_token_ids)
        outputs = self._generate_batches(
            features, stop_token_ids, return_scores, batch_size
        )
        scores = {
            name: outputs.pop(name)
            for name in ("log_probability", "mean_probability")
            if name in outputs
        }
        if self.preprocessor is not None:
            outputs = self.preprocessor.generate_postprocess(outputs)
        return (outputs, scores) if return_scores else outputs

    def _generate_features(
        self, inputs: Any, max_length: int | None
    ) -> dict[str, np.ndarray]:
        if self.preprocessor is not None:
            inputs = self.preprocessor.generate_preprocess(
                inputs, sequence_length=_checked_length(max_length)
            )
        return self._with_room(inputs, max_length)

    def _with_room(
        self, inputs: Mapping[str, Any], max_length: int | None
    ) -> dict[str, np.ndarray]:
        """The backbone's inputs, with room for the answers."""
        max_length = _checked_length(max_length)
        missing = [
            name
            for name in self.backbone.input
            if name not in inputs and not name.startswith("decoder_")
        ]
        if missing:
            raise ValueError(
                f"`inputs` lacks {', '.join(missing)}. Received: "
                f"{', '.join(sorted(inputs))}. It is a dict of the backbone's inputs."
            )
        features = {
            name: np.asarray(inputs[name], None if name == "images" else "int32")
            for name in self.backbone.input
            if name in inputs
        }
        rows = raw_data.row_count(features)
        prompt = features.pop("decoder_token_ids", np.full((rows, 1), START, "int32"))
        mask = features.pop("decoder_padding_mask", None)
        if mask is None:
            # Without a mask, what follows the start token is room for the answer.
            mask = np.zeros_like(prompt)
            mask[:, 0] = 1
        length = max_length or max(prompt.shape[1], 1)
        if length < 2:
            length = DEFAULT_LENGTH
        features["decoder_token_ids"] = _fit_length(prompt * mask, length)
        mask = _fit_length(mask, length)
        if mask[:, 1:].any():
            features["decoder_padding_mask"] = mask
        return features

    def _generate_batches(
        self,
        features: dict[str, np.ndarray],
        stop_token_ids: tuple[int, ...] | None,
        return_scores: bool,
        batch_size: int,
    ) -> dict[str, np.ndarray]:
        generate = self.make_generate_function()
        rows = raw_data.row_count(features)
        features, size = raw_data.pad_rows(features, batch_size)
        outputs = []
        for start in range(0, raw_data.row_count(features), size):
            batch = {
                name: ops.convert_to_tensor(array[start : start + size])
                for name, array in features.items()
            }
            if return_scores:
                # The keys are known when the step is compiled; a flag would be a
                # tensor.
                batch["return_scores"] = ()
            output = generate(batch, stop_token_ids=stop_token_ids)
            outputs.append(keras.tree.map_structure(ops.convert_to_numpy, output))
        return {
            name: np.concatenate([output[name] for output in outputs])[:rows]
            for name in outputs[0]
        }

    def generate_step(
        self, inputs: dict[str, Any], stop_token_ids: tuple[int, ...] | None = None
    ) -> dict[str, Any]:
        """Answers for one batch; what `generate` compiles.

        Args:
            inputs: dict of the backbone's inputs as tensors. Without
                `decoder_padding_mask`, only the start token is given of the answers;
                with a key `return_scores`, scores are returned too.
            stop_token_ids: tuple of int, or `None`.

        Returns:
            Dict of `decoder_token_ids` and `decoder_padding_mask`, int32 (batch,
            max_length), and of the scores.
        """
        backbone = self.backbone
        encoded, memory_bias = backbone.encode(inputs)
        keys_values = [
            layer.cross_attention.keys_values(encoded)
            for layer in backbone.decoder_layers
        ]
        tokens = ops.cast(inputs["decoder_token_ids"], "int32")
        batch, length = ops.shape(tokens)[:2]
        bias = backbone.decoder_bias.of_length(length)
        given = inputs.get("decoder_padding_mask")
        if given is not None:
            given = ops.cast(given, "bool")

        if self._step is None:
            self._step = TracedStep(self._next_token, self)
        step = self._step.prepared()
        kernel = backbone.score_kernel()
        # Tensors alone, as `TracedStep` needs it.
        kernel = () if kernel is None else (kernel,)
        memory = (bias, memory_bias, tuple(keys_values), kernel)

        def next(prompt, cache, index):
            scores, hidden, cache = step(prompt, cache, index, memory)
            scores = self._restrict(scores, prompt, index, given, stop_token_ids)
            return scores, hidden, cache

        shape = (batch, backbone.num_heads, length, backbone.key_value_dim)
        cache = tuple(
            (ops.zeros(shape, keys.dtype), ops.zeros(shape, keys.dtype))
            for keys, _ in keys_values
        )
        # There is no pass over what is given: usually it is the start token alone.
        chosen = self.sampler(
            next=next,
            prompt=tokens,
            cache=cache,
            index=1,
            mask=given,
            stop_token_ids=stop_token_ids,
            hidden_states=self._first_hidden(next, tokens, cache),
            model=self,
        )
        given = ops.zeros_like(tokens, "bool") if given is None else given
        written = _until_the_end(chosen, given, stop_token_ids)
        outputs = {
            "decoder_token_ids": ops.where(written, chosen, START),
            "decoder_padding_mask": ops.cast(written, "int32"),
        }
        if "return_scores" in inputs:
            outputs |= self._scores(outputs, given, encoded, memory_bias)
        return outputs

    def _next_token(self, prompt, cache, index, memory):
        """Scores of the token at `index`, the decoder's vector, and the new cache."""
        backbone = self.backbone
        bias, memory_bias, keys_values, kernel = memory
        before = ops.reshape(index - 1, (1,))
        bias = ops.take(bias, before, axis=2)
        x, new_cache = backbone.token_embedding(ops.take(prompt, before, axis=1)), []
        for layer, own, pair in zip(
            backbone.decoder_layers, cache, keys_values, strict=True
        ):
            x, own = layer.step(x, bias, own, index - 1, pair, memory_bias)
            new_cache.append(own)
        hidden = backbone.decoder_norm(x)
        scores = backbone.token_scores(hidden, *kernel)[:, 0]
        return scores, hidden[:, 0], tuple(new_cache)

    def _restrict(self, scores, prompt, index, given, stop_token_ids):
        """Leaves one token: where it is given, and in a search after the end.

        Then its probability is one, and a beam's score stays what it was.
        """
        only, token = None, START
        if isinstance(self.sampler, keras_hub.samplers.BeamSampler) and stop_token_ids:
            before = ops.arange(ops.shape(prompt)[1])[None] < index
            only = ops.any(before & _is_one_of(prompt, stop_token_ids), axis=1)
        if given is not None:
            # As many beams in turn belong to each row.
            beams = ops.shape(prompt)[0] // ops.shape(given)[0]
            # Contrastive search asks for one token more than there is room for.
            place = ops.minimum(index, ops.shape(prompt)[1] - 1)
            here = ops.repeat(given[:, place], beams, axis=0)
            token = ops.where(here, prompt[:, place], START)
            only = here if only is None else only | here
        if only is None:
            return scores
        ids = ops.arange(self.backbone.vocabulary_size)[None]
        is_token = ids == (token[:, None] if given is not None else token)
        single = ops.where(is_token, 0.0, IMPOSSIBLE)
        return ops.where(only[:, None], single, scores)

    def _first_hidden(self, next, tokens, cache):
        """The decoder's vectors of what is known, zeros elsewhere, for contrast."""
        if not isinstance(self.sampler, keras_hub.samplers.ContrastiveSampler):
            return None
        _, hidden, _ = next(tokens, cache, ops.convert_to_tensor(1, "int32"))
        rest = ops.shape(tokens)[1] - 1
        return ops.pad(hidden[:, None], ((0, 0), (0, rest), (0, 0)))

    def _scores(self, outputs, given, encoded, memory_bias):
        """How probable the chosen tokens are: one pass over the whole answers."""
        tokens, mask = outputs["decoder_token_ids"], outputs["decoder_padding_mask"]
        hidden = self.backbone.decode(
            tokens[:, :-1], mask[:, :-1], encoded, memory_bias
        )
        scores = ops.log_softmax(self.backbone.token_scores(hidden), axis=-1)
        scores = ops.take_along_axis(scores, tokens[:, 1:, None], axis=-1)[..., 0]
        is_chosen = ops.cast(mask[:, 1:], "bool") & ops.logical_not(given[:, 1:])
        is_chosen = ops.cast(is_chosen, "float32")
        count = ops.maximum(ops.sum(is_chosen, axis=1), 1.0)
        return {
            "log_probability": ops.sum(scores * is_chosen, axis=1),
            "mean_probability": ops.sum(ops.exp(scores) * is_chosen, axis=1) / count,
        }


def _checked_length(max_length: int | None) -> int | None:
    if max_length is not None and max_length < 2:
        raise ValueError(
            "`max_length` counts the start token, so it is at least 2. Received: "
            f"{max_length!r}."
        )
    return max_length


def _fit_length(array: np.ndarray, length: int) -> np.ndarray:
    array = array[:, :length]
    return np.pad(array, ((0, 0), (0, length - array.shape[1])))


def _is_one_of(tokens: Any, ids: tuple[int, ...]) -> Any:
    return ops.any(tokens[..., None] == ops.convert_to_tensor(ids, "int32"), axis=-1)


def _until_the_end(tokens: Any, given: Any, stop_token_ids: Any) -> Any:
    """Bool (batch, length): what comes up to the first end token and with it."""
    if stop_token_ids is None:
        return ops.ones_like(tokens, "bool")
    is_end = _is_one_of(tokens, stop_token_ids) & ops.logical_not(given)
    is_end = ops.cast(is_end, "int32")
    return ops.cumsum(is_end, axis=1) - is_end == 0
