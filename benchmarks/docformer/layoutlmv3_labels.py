"""The peer of `label_forms.py`: LayoutLMv3's architecture, of our size, in torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import network_labels
import networks
import numpy as np
import torch
from label_scores import Tagged
from page_arrays import PageArrays
from transformers import LayoutLMv3Config, LayoutLMv3ForTokenClassification

# Its own image, which the page is stretched to: 14 x 14 patches.
SIDE = 224
INPUTS = ("encoder_token_ids", "encoder_boxes", "encoder_padding_mask", "images")


class LayoutLMv3Labels:
    """Random weights; the same tokens, boxes, images, batches and rates as ours.

    Args:
        tokenizer: the path of a SentencePiece model.
        labels: list of tags.
        epochs: int.
        size: string, one of `networks.SIZES`.
        soften_capitals: bool, see `DocFormerV2Preprocessor`.
    """

    def __init__(
        self,
        tokenizer: str,
        labels: Sequence[str],
        epochs: int,
        size: str,
        soften_capitals: bool,
    ):
        self.epochs, self.size = epochs, size
        self.preprocessor = network_labels.label_preprocessor(
            tokenizer, labels, size, soften_capitals
        )
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._arrays: dict[int, tuple] = {}

    def fit(self, pages: Sequence[dict], setting: dict, seed: int) -> None:
        torch.manual_seed(seed)
        if id(pages) not in self._arrays:
            arrays = PageArrays(self.preprocessor, pages, learn=True)
            self._arrays[id(pages)] = (pages, arrays)
        arrays = self._arrays[id(pages)][1]
        self.model = self._new().to(self.device).train()
        optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=networks.WEIGHT_DECAY
        )
        draw = np.random.default_rng(seed)
        for epoch in range(self.epochs):
            peak = setting["learning_rate"]
            for group in optimizer.param_groups:
                group["lr"] = networks.rate_at(epoch / self.epochs, peak)
            batches = arrays.shuffled(
                INPUTS,
                setting["batch_size"],
                setting["hidden"],
                draw,
                setting["stretch"],
            )
            for features, targets, weights in batches:
                optimizer.zero_grad()
                logits = self._logits(features)
                loss = torch.nn.functional.cross_entropy(
                    logits.transpose(1, 2), self._put(targets).long(), reduction="none"
                )
                weights = self._put(weights)
                ((loss * weights).sum() / weights.sum()).backward()
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), networks.CLIP)
                optimizer.step()

    @torch.no_grad()
    def tag(self, pages: Sequence[dict], whole_boxes: bool) -> list[Tagged]:
        self.model.eval()
        arrays = PageArrays(self.preprocessor, pages, learn=False)
        found = [
            self._logits(batch)[:count].cpu().numpy()
            for batch, count in arrays.in_order(INPUTS, network_labels.PREDICT_BATCH)
        ]
        return network_labels.tagged(
            self.preprocessor,
            arrays.windows,
            np.concatenate(found),
            pages,
            whole_boxes,
        )

    def _new(self) -> LayoutLMv3ForTokenClassification:
        shape = networks.SIZES[self.size]
        width = shape["hidden_dim"]
        coordinate = width // 6
        config = LayoutLMv3Config(
            vocab_size=self.preprocessor.tokenizer.vocabulary_size(),
            hidden_size=width,
            num_hidden_layers=shape["num_layers"],
            num_attention_heads=shape["num_heads"],
            intermediate_size=shape["intermediate_dim"],
            # Four coordinates, then height and width, fill the vector.
            coordinate_size=coordinate,
            shape_size=(width - 4 * coordinate) // 2,
            max_position_embeddings=network_labels.WINDOWS[self.size][0] + 2,
            input_size=SIDE,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=1,
            num_labels=self.preprocessor.num_labels,
        )
        return LayoutLMv3ForTokenClassification(config)

    def _logits(self, features: dict[str, np.ndarray]) -> torch.Tensor:
        images = self._put(features["images"]).permute(0, 3, 1, 2) / 127.5 - 1
        images = torch.nn.functional.interpolate(
            images, (SIDE, SIDE), mode="bilinear", antialias=True
        )
        with torch.autocast(self.device, torch.bfloat16, self.device == "cuda"):
            logits = self.model(
                input_ids=self._put(features["encoder_token_ids"]).long(),
                bbox=self._put(features["encoder_boxes"]).long(),
                attention_mask=self._put(features["encoder_padding_mask"]),
                pixel_values=images.expand(-1, 3, -1, -1),
            ).logits
        return logits.float()

    def _put(self, array: Any) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)
