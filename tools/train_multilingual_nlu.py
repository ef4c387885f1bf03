"""Trains a `multilingual_nlu` preset on MASSIVE: one model for all locales.

The split is the release's: `train` trains, `dev` chooses the temperature and how sure
of a slot is sure enough, and `test` is read once at the end for the card. With
`--dev-repeats`, nine tenths of `dev` train as well. Training is cut into rounds, parts
of an epoch; the learning rate falls from round to round as a cosine, over `--epochs` or
over `--seconds`, whichever is over first. Every five minutes there is a checkpoint;
started again with the same arguments, training goes on from it.

    python tools/massive_to_jsonl.py --tables massive_tables --out massive
    python tools/train_multilingual_nlu_tokenizer.py --massive massive --out vocab.spm
    KERAS_BACKEND=jax python tools/train_multilingual_nlu.py --data massive \\
        --vocabulary vocab.spm --size medium --out teacher
    KERAS_BACKEND=jax python tools/train_multilingual_nlu.py --data massive \\
        --vocabulary vocab.spm --size tiny --teacher teacher --out trained
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import massive_intent_targets
import numpy as np
from keras import ops
from massive_epochs import MassiveEpochs, is_held_out

import keras_docs
from keras_docs.datasets.read_massive import read_massive
from keras_docs.metrics.nlu_report import nlu_report
from keras_docs.models.multilingual_nlu.length_buckets import LengthBuckets

SIZES = {
    "tiny": {"num_layers": 4, "num_heads": 4, "hidden_dim": 256},
    "small": {"num_layers": 6, "num_heads": 6, "hidden_dim": 384},
    "medium": {"num_layers": 8, "num_heads": 8, "hidden_dim": 512},
    "base": {"num_layers": 12, "num_heads": 12, "hidden_dim": 768},
}
WARMUP_ROUNDS = 4
CHECKPOINT_SECONDS = 300
# Of the development part, to calibrate and to tell how far training got.
HELD_OUT = 10_000
# Few shapes: each is compiled.
WIDTHS = (8, 12, 16, 24, 32, 128)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--vocabulary", required=True, help="a SentencePiece model")
    parser.add_argument("--out", required=True, help="the folder to write")
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--num-layers", type=int, help="other than the size's")
    parser.add_argument("--locales", help="comma-separated; default: all")
    parser.add_argument("--backbone", help="a preset to start from, pretrained")
    parser.add_argument("--model", help="a preset to go on from, with its heads")
    parser.add_argument("--average-with", help="a preset of the same shape, at the end")
    parser.add_argument("--teacher", help="a preset to learn from as well")
    parser.add_argument("--logits-weight", type=float, default=2.0)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds-per-epoch", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=math.inf, help="at most")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--slot-weight", type=float, default=2.0, help="in the loss")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--token-dropout", type=float, default=0.1)
    parser.add_argument(
        "--swap-share", type=float, default=0.5, help="records with others' slot values"
    )
    parser.add_argument(
        "--sampled-share",
        type=float,
        default=0.0,
        help="words that are cut into pieces at random",
    )
    parser.add_argument(
        "--dev-repeats",
        type=int,
        default=0,
        help="train on nine tenths of the development part as well, so often an epoch",
    )
    parser.add_argument("--intent-targets", help="what massive_intent_targets.py wrote")
    parser.add_argument(
        "--targets-weight", type=float, default=0.5, help="against the label's"
    )
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--workers", type=int, default=1, help="that encode")
    parser.add_argument("--checkpoints", help="default: OUT_checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.teacher and args.intent_targets:
        parser.error("a teacher and targets of intents have not been tried together")
    args.checkpoints = args.checkpoints or f"{args.out}_checkpoints"
    return args


def build(
    args: argparse.Namespace, preprocessor: keras_docs.MultilingualNLUPreprocessor
) -> keras_docs.MultilingualNLU:
    """The model for arrays: untrained, on a pretrained backbone, or trained before."""
    if args.model:
        model = keras_docs.MultilingualNLU.from_preset(args.model, dtype=args.dtype)
        model.preprocessor = None
        return model
    if args.backbone:
        backbone = keras_docs.MultilingualNLUBackbone.from_preset(
            args.backbone, dtype=args.dtype, dropout=args.dropout
        )
    else:
        shape = SIZES[args.size]
        shape = {**shape, "num_layers": args.num_layers or shape["num_layers"]}
        backbone = keras_docs.MultilingualNLUBackbone(
            preprocessor.tokenizer.vocabulary_size(),
            **shape,
            dtype=args.dtype,
            dropout=args.dropout,
        )
    return keras_docs.MultilingualNLU(
        backbone,
        num_intents=preprocessor.num_intents,
        num_slot_types=preprocessor.num_slot_types,
        mask_token_id=preprocessor.tokenizer.mask_token_id,
        pooling="max",
        dropout=args.dropout,
        token_dropout=args.token_dropout,
        slot_loss_weight=args.slot_weight,
    )


class TargetsLoss(keras.losses.Loss):
    """Cross-entropy with the row of a table that a target names.

    Args:
        table: float array (rows, intents), probabilities.
    """

    def __init__(self, table: np.ndarray):
        super().__init__(name="targets_loss")
        self.table = table

    def call(self, y_true, y_pred):
        # Keras hands targets over as floats.
        rows = ops.cast(y_true, "int32")
        targets = ops.take(ops.convert_to_tensor(self.table), rows, axis=0)
        return ops.categorical_crossentropy(targets, y_pred, from_logits=True)


def compiled(
    args: argparse.Namespace,
    model: keras_docs.MultilingualNLU,
    table: np.ndarray | None,
):
    """What `fit` is called on: the model, or a distiller of it."""
    optimizer = keras.optimizers.AdamW(0.0, weight_decay=0.01, global_clipnorm=1.0)
    if table is None:
        model.compile(optimizer)
    else:
        model.compile(
            optimizer,
            {**model.default_loss(), "intent": TargetsLoss(table)},
            loss_weights={"intent": 1.0, "slots": model.slot_loss_weight},
            # A row's number is no intent.
            weighted_metrics={"slots": ["accuracy"]},
        )
    if not args.teacher:
        return model
    teacher = keras_docs.MultilingualNLU.from_preset(args.teacher, dtype=args.dtype)
    # It reads the same arrays.
    teacher.preprocessor = None
    return keras_docs.Distiller(
        teacher,
        model,
        temperature=args.temperature,
        logits_weight=args.logits_weight,
    )


def learning_rate(args: argparse.Namespace, number: int, seconds: float) -> float:
    """Of a round: up in the first ones, then down as a cosine."""
    done = max(number / (args.epochs * args.rounds_per_epoch), seconds / args.seconds)
    warmup = min(1.0, (number + 1) / (WARMUP_ROUNDS + 1))
    return args.learning_rate * warmup * (1 + math.cos(math.pi * min(done, 1))) / 2


def rounds_done(checkpoints: str) -> int:
    path = Path(checkpoints) / "training_metadata.json"
    return json.loads(path.read_text())["epoch"] if path.exists() else 0


def average(model: keras_docs.MultilingualNLU, preset: str) -> None:
    """Takes the mean of the weights and those of a model that training began with.

    Wortsman et al. 2022, "Model soups", https://arxiv.org/abs/2203.05482.
    """
    other = keras_docs.MultilingualNLU.from_preset(preset, dtype=model.dtype_policy)
    # Without the state of dropout.
    for own, given in zip(
        model.trainable_variables, other.trainable_variables, strict=True
    ):
        own.assign((own + given) / 2)


class Checkpoint(keras.callbacks.BackupAndRestore):
    """Saves alone: restoring belongs to the first round."""

    def on_train_begin(self, logs=None):
        pass


def train(args: argparse.Namespace, learner: keras.Model, epochs: MassiveEpochs):
    """Round after round, from the last checkpoint on."""
    restore = keras.callbacks.BackupAndRestore(
        args.checkpoints, delete_checkpoint=False
    )
    done = rounds_done(args.checkpoints)
    # The round of the checkpoint is not trained again, but restores it.
    first = max(done - 1, 0)
    started = saved = time.monotonic()
    rounds = epochs.rounds(
        first, args.epochs * args.rounds_per_epoch, args.rounds_per_epoch
    )
    for number, arrays in enumerate(rounds, first):
        now = time.monotonic()
        if now - started > args.seconds:
            break
        is_due = now - saved > CHECKPOINT_SECONDS
        learner.optimizer.learning_rate = learning_rate(args, number, now - started)
        batches = LengthBuckets(
            arrays, args.batch_size, WIDTHS, shuffle=True, drop_last=True
        )
        callbacks = []
        if number < done:
            callbacks = [restore]
        elif is_due:
            callbacks = [Checkpoint(args.checkpoints, delete_checkpoint=False)]
        history = learner.fit(
            batches,
            initial_epoch=number,
            epochs=number + 1,
            callbacks=callbacks,
            verbose=0,
        )
        if is_due:
            saved = time.monotonic()
        figures = {k: round(float(v[-1]), 4) for k, v in history.history.items()}
        print(f"round {number + 1}, {now - started:.0f} s:", figures, flush=True)
    print(f"trained in {time.monotonic() - started:.0f} s")


def report(name: str, model: keras_docs.MultilingualNLU, records: list) -> None:
    scores = nlu_report(records, model.parse([record.text for record in records]))
    print(f"{name}:", scores.loc["mean"].round(4).to_dict(), flush=True)


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    locales = args.locales.split(",") if args.locales else None
    dev = read_massive(args.data, locales=locales, partition="dev")
    tokenizer = keras_docs.MultilingualNLUTokenizer(args.vocabulary)
    english = read_massive(args.data, locales=["en-US"], partition="train")
    # Every locale has the same labels.
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer).adapt(english)
    model = build(args, preprocessor)
    target_ids = table = None
    if args.intent_targets:
        target_ids, table = massive_intent_targets.load(
            args.intent_targets, preprocessor.intents, args.targets_weight
        )
    epochs = MassiveEpochs(
        args.data,
        sorted({record.locale for record in dev}),
        args.vocabulary,
        {"intents": preprocessor.intents, "slot_types": preprocessor.slot_types},
        args.swap_share,
        args.dev_repeats,
        args.workers,
        args.seed,
        args.sampled_share,
        target_ids,
    )
    train(args, compiled(args, model, table), epochs)
    model.preprocessor = preprocessor
    if args.average_with:
        average(model, args.average_with)
    if args.dev_repeats:
        dev = [record for record in dev if is_held_out(record)]
    dev = dev[:: max(1, len(dev) // HELD_OUT)]
    print("temperature", model.calibrate(dev))
    report("dev, as trained", model, dev)
    print("logit of O", model.tune_slot_threshold(dev))
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    model.save_to_preset(args.out)
    shutil.rmtree(args.checkpoints, ignore_errors=True)
    report("dev, with the threshold", model, dev)


if __name__ == "__main__":
    main()
