"""Random checkpoints that transformers saved, with vocabularies trained here."""

import io
import json

import numpy as np
import sentencepiece
import torch
import transformers

SIZES = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 34,
}
INTENTS = ["alarm_set", "alarm_query", "weather"]
TAGS = ["I-time", "O", "B-place", "B-time", "I-place"]
TOKENS = np.array([[0, 7, 9, 33, 2, 1], [0, 8, 2, 1, 1, 1]])
MASK = np.array([[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0]])
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "wake", "me", "up", "at"]
PIECES += ["five", "##s", "um", "acht", "##t", ",", "Wake", "fünf"]
SENTENCES = ["wake me up at five", "weck mich um acht", "wake up", "um fünf"] * 20


def labels(names):
    return {
        "id2label": dict(enumerate(names)),
        "label2id": {name: i for i, name in enumerate(names)},
    }


def checkpoint(folder, kind, head, **settings):
    """Saves a model of a class of transformers in a folder, and returns it."""
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**{**SIZES, **settings})
    model = getattr(transformers, f"{kind}{head}")(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return model


def rewrite(path, **changes):
    """Changes keys of a JSON file; `None` removes one."""
    content = {**json.loads(path.read_text()), **changes}
    kept = {name: value for name, value in content.items() if value is not None}
    path.write_text(json.dumps(kept))


def answers(model, tokens=TOKENS, mask=MASK):
    """What transformers' model computes: logits, or hidden states without a head."""
    with torch.no_grad():
        answer = model(torch.tensor(tokens), attention_mask=torch.tensor(mask))
    return answer[0].numpy()


def save_word_pieces(folder, **settings):
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def save_sentencepiece(folder):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        vocab_size=36,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    (folder / "sentencepiece.bpe.model").write_bytes(model.getvalue())
