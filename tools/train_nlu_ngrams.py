"""Adds n-grams to a trained `multilingual_nlu` preset.

An encoder that has seen its training texts often leaves little to learn there. So the
n-grams learn alone, from the same rows as `train_multilingual_nlu.py`, and their
logits are added with the weight that is best on the tenth of `dev` that trains nothing:
one for intents, one for slots, kept in the weights themselves. Then the temperature and
the threshold of slots are chosen anew. Checkpoints are as in that tool.

    KERAS_BACKEND=jax python tools/train_nlu_ngrams.py --data massive \\
        --vocabulary vocab.spm --model fourth --dev-repeats 1 --out fifth
"""

from __future__ import annotations

import argparse
import math
import os
import shutil

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from massive_epochs import MassiveEpochs, is_held_out
from train_multilingual_nlu import report, train

import keras_docs
from keras_docs.datasets.read_massive import read_massive
from keras_docs.metrics.nlu_report import nlu_report

SHARES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
# N-grams learn what stands in the texts, not what could.
SWAP_SHARE = 0.0
HEADS = {"intent": "intent_accuracy", "slots": "slot_f1"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--vocabulary", required=True, help="its SentencePiece model")
    parser.add_argument("--model", required=True, help="a preset, without n-grams")
    parser.add_argument("--out", required=True, help="the folder to write")
    parser.add_argument("--locales", help="comma-separated; default: all")
    parser.add_argument("--buckets", type=int, default=2**17)
    parser.add_argument("--dim", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds-per-epoch", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=math.inf, help="at most")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=0.2)
    parser.add_argument("--dev-repeats", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="that encode")
    parser.add_argument("--checkpoints", help="default: OUT_checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.checkpoints = args.checkpoints or f"{args.out}_checkpoints"
    return args


def with_ngrams(args: argparse.Namespace) -> keras_docs.MultilingualNLU:
    """The model, with n-grams that have learned nothing yet."""
    deep = keras_docs.MultilingualNLU.from_preset(args.model, dtype="float32")
    settings = {
        **deep.get_config(),
        "backbone": deep.backbone,
        "preprocessor": deep.preprocessor,
        "ngram_buckets": args.buckets,
        "ngram_dim": args.dim,
    }
    model = keras_docs.MultilingualNLU(**settings)
    for layer in deep.layers:
        if layer is not deep.backbone:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    return model


def wide_part(model: keras_docs.MultilingualNLU) -> keras.Model:
    """The n-grams without the encoder, and without masked tokens: the same layers."""
    mask = model.input["padding_mask"]
    ngrams = model.get_layer("ngram_embedding")(model.input["token_ids"], mask)
    pooled = model.get_layer("ngram_pooling")(ngrams, mask)
    outputs = {
        "intent": projection(model, "intent")(pooled),
        "slots": projection(model, "slots")(ngrams),
    }
    return keras.Model(model.input, outputs)


def projection(model: keras.Model, head: str) -> keras.layers.Layer:
    return model.get_layer(f"ngram_{head}_logits")


def compile_wide(wide: keras.Model, model: keras_docs.MultilingualNLU) -> None:
    # Rows of rare n-grams get steps as large as others.
    optimizer = keras.optimizers.Adagrad(0.0, initial_accumulator_value=1e-8)
    wide.compile(
        optimizer,
        model.default_loss(),
        loss_weights={"intent": 1.0, "slots": model.slot_loss_weight},
        weighted_metrics={name: ["accuracy"] for name in HEADS},
    )


def choose_shares(model: keras_docs.MultilingualNLU, dev: list) -> dict[str, float]:
    """Scales what the n-grams say to what is best on held-out texts."""
    texts = [record.text for record in dev]
    kernels = {name: projection(model, name).kernel for name in HEADS}
    full = {name: keras.ops.convert_to_numpy(kernels[name]) for name in HEADS}
    scores = {}
    for share in SHARES:
        for name in HEADS:
            kernels[name].assign(share * full[name])
        scores[share] = nlu_report(dev, model.parse(texts)).loc["mean"]
        print("share", share, scores[share].round(4).to_dict(), flush=True)
    chosen = {
        name: max(SHARES, key=lambda share: scores[share][figure])
        for name, figure in HEADS.items()
    }
    for name, share in chosen.items():
        kernels[name].assign(share * full[name])
    return chosen


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    locales = args.locales.split(",") if args.locales else None
    dev = read_massive(args.data, locales=locales, partition="dev")
    model = with_ngrams(args)
    preprocessor = model.preprocessor
    epochs = MassiveEpochs(
        args.data,
        sorted({record.locale for record in dev}),
        args.vocabulary,
        {"intents": preprocessor.intents, "slot_types": preprocessor.slot_types},
        SWAP_SHARE,
        args.dev_repeats,
        args.workers,
        args.seed,
    )
    wide = wide_part(model)
    compile_wide(wide, model)
    train(args, wide, epochs)
    dev = [record for record in dev if is_held_out(record)]
    print("shares", choose_shares(model, dev))
    print("temperature", model.calibrate(dev))
    print("logit of O", model.tune_slot_threshold(dev))
    model.save_to_preset(args.out)
    shutil.rmtree(args.checkpoints, ignore_errors=True)
    report("dev, with n-grams", model, dev)


if __name__ == "__main__":
    main()
