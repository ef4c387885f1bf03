"""The peers of `speed.py`: intents and slots with Hugging Face Transformers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    Pipeline,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaPreTrainedModel,
)

import keras_docs


class JointModel(XLMRobertaPreTrainedModel):
    """XLM-RoBERTa with one head on the first token and one on each."""

    def __init__(self, config: XLMRobertaConfig, intents: int, tags: int):
        super().__init__(config)
        self.roberta = XLMRobertaModel(config, add_pooling_layer=False)
        self.intent = torch.nn.Linear(config.hidden_size, intents)
        self.slots = torch.nn.Linear(config.hidden_size, tags)
        self.post_init()

    def forward(self, input_ids, attention_mask):
        hidden = self.roberta(input_ids, attention_mask).last_hidden_state
        return self.intent(hidden[:, 0]), self.slots(hidden)


class JointParser:
    """Texts in, records like those of `MultilingualNLU.parse` out.

    Args:
        preset: whose shape, vocabulary and labels to take.
        threads: int.
        dtype: string, `"float32"` or `"bfloat16"`.
    """

    def __init__(self, preset: str, threads: int, dtype: str):
        torch.set_num_threads(threads)
        preprocessor = keras_docs.MultilingualNLUPreprocessor.from_preset(preset)
        backbone = keras_docs.MultilingualNLUBackbone.from_preset(preset)
        self.intents = preprocessor.intents
        self.tags = ["O"]
        for name in preprocessor.slot_types:
            self.tags += [f"B-{name}", f"I-{name}"]
        self.tokenizer = fast_tokenizer(preprocessor.tokenizer.proto)
        config = XLMRobertaConfig(
            vocab_size=len(self.tokenizer),
            hidden_size=backbone.hidden_dim,
            num_hidden_layers=backbone.num_layers,
            num_attention_heads=backbone.num_heads,
            intermediate_size=backbone.intermediate_dim,
            max_position_embeddings=backbone.max_sequence_length + 2,
            type_vocab_size=1,
            pad_token_id=0,
        )
        self.model = JointModel(config, len(self.intents), len(self.tags)).eval()
        self.model.to(getattr(torch, dtype))

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> list[dict]:
        words = [text.lower().split() for text in texts]
        encoded = self.tokenizer(
            words,
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=64,
            return_tensors="pt",
        )
        logits = self.model(encoded["input_ids"], encoded["attention_mask"])
        intents, slots = (each.float() for each in logits)
        confidence, best = torch.softmax(intents, -1).max(-1)
        probabilities, tags = torch.softmax(slots, -1).max(-1)
        return [
            {
                "text": text,
                "intent": self.intents[intent],
                "confidence": score,
                "slots": self.slots(words[row], encoded.word_ids(row), *of_row),
            }
            for row, (text, intent, score, *of_row) in enumerate(
                zip(
                    texts,
                    best.tolist(),
                    confidence.tolist(),
                    tags.tolist(),
                    probabilities.tolist(),
                    strict=True,
                )
            )
        ]

    def slots(self, words, word_ids, tags, probabilities) -> list[dict]:
        found: list[dict] = []
        seen = -1
        for word, tag, probability in zip(word_ids, tags, probabilities, strict=True):
            if word is None or word == seen:
                continue
            seen = word
            name = self.tags[tag]
            if name == "O":
                continue
            if name[0] == "I" and found and found[-1]["type"] == name[2:]:
                found[-1]["value"] += " " + words[word]
            else:
                found.append(
                    {"type": name[2:], "value": words[word], "confidence": probability}
                )
        return found


class JointPipeline(Pipeline):
    """The same as a pipeline of Transformers, which makes the batches.

    Args:
        parser: a `JointParser`.
        batch_size: int.
    """

    def __init__(self, parser: JointParser, batch_size: int):
        self.parser = parser
        super().__init__(
            model=parser.model,
            tokenizer=parser.tokenizer,
            device="cpu",
            batch_size=batch_size,
        )

    def _sanitize_parameters(self, **_: Any) -> tuple[dict, dict, dict]:
        return {}, {}, {}

    def preprocess(self, text: str) -> dict[str, Any]:
        words = text.lower().split()
        encoded = self.tokenizer(
            words,
            is_split_into_words=True,
            truncation=True,
            max_length=64,
            return_tensors="pt",
        )
        return {**encoded, "text": text, "words": words, "places": encoded.word_ids()}

    def _forward(self, inputs: dict[str, Any]) -> dict[str, Any]:
        intent, slots = self.model(inputs["input_ids"], inputs["attention_mask"])
        passed_on = {name: inputs[name] for name in ("text", "words", "places")}
        return {**passed_on, "intent": intent, "slots": slots}

    def postprocess(self, outputs: dict[str, Any]) -> dict[str, Any]:
        places = outputs["places"]
        confidence, intent = torch.softmax(outputs["intent"][0].float(), -1).max(-1)
        slots = torch.softmax(outputs["slots"][0].float(), -1)[: len(places)]
        probabilities, tags = slots.max(-1)
        return {
            "text": outputs["text"],
            "intent": self.parser.intents[int(intent)],
            "confidence": float(confidence),
            "slots": self.parser.slots(
                outputs["words"], places, tags.tolist(), probabilities.tolist()
            ),
        }


def fast_tokenizer(proto: bytes) -> PreTrainedTokenizerFast:
    """The same SentencePiece model as a fast tokenizer of Transformers."""
    pieces = sentencepiece.SentencePieceProcessor(model_proto=proto)
    vocabulary = [
        (pieces.id_to_piece(i), pieces.get_score(i))
        for i in range(pieces.get_piece_size())
    ]
    tokenizer = Tokenizer(
        models.Unigram(vocabulary, unk_id=pieces.unk_id(), byte_fallback=True)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        tokenizer.save(str(path))
        return PreTrainedTokenizerFast(
            tokenizer_file=str(path),
            pad_token="<pad>",
            unk_token="<unk>",
            bos_token="<s>",
            eos_token="</s>",
        )
