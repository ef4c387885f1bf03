"""Trains a `multilingual_nlu` preset on MASSIVE: one model for all locales.

The split is the release's: `train` trains, `dev` chooses the temperature, and `test` is
read once at the end for the card. An epoch ends with a checkpoint; started again with
the same arguments, training goes on from the last. The shipped preset took two runs,
the second from the first one's encoder, with more dropout and with slot values swapped:

    python tools/massive_to_jsonl.py --tables massive_tables --out massive
    python tools/train_multilingual_nlu_tokenizer.py --massive massive --out vocab.spm
    KERAS_BACKEND=torch python tools/train_multilingual_nlu.py --data massive \\
        --vocabulary vocab.spm --out first
    KERAS_BACKEND=torch python tools/train_multilingual_nlu.py --data massive \\
        --vocabulary vocab.spm --backbone first --out trained --epochs 4 \\
        --batch-size 256 --learning-rate 8e-4 --dropout 0.15 --token-dropout 0.15 \\
        --swap-share 0.5
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

import keras

import keras_docs
from keras_docs.datasets.read_massive import read_massive
from keras_docs.training.swap_slot_values import swap_slot_values

SIZES = {
    "tiny": {"num_layers": 4, "num_heads": 4, "hidden_dim": 256},
    "small": {"num_layers": 6, "num_heads": 6, "hidden_dim": 384},
    "base": {"num_layers": 12, "num_heads": 12, "hidden_dim": 768},
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of <locale>.jsonl")
    parser.add_argument("--vocabulary", required=True, help="a SentencePiece model")
    parser.add_argument("--out", required=True, help="the folder to write")
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--locales", help="comma-separated; default: all")
    parser.add_argument("--backbone", help="a preset to start from, pretrained")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--token-dropout", type=float, default=0.1)
    parser.add_argument(
        "--swap-share", type=float, default=0.0, help="records with others' slot values"
    )
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--checkpoints", help="default: OUT_checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.checkpoints = args.checkpoints or f"{args.out}_checkpoints"
    return args


def build(args: argparse.Namespace, records: list) -> keras_docs.MultilingualNLU:
    """The model, untrained or on a pretrained backbone."""
    tokenizer = keras_docs.MultilingualNLUTokenizer(args.vocabulary)
    preprocessor = keras_docs.MultilingualNLUPreprocessor(tokenizer).adapt(records)
    if args.backbone:
        backbone = keras_docs.MultilingualNLUBackbone.from_preset(
            args.backbone, dtype=args.dtype, dropout=args.dropout
        )
    else:
        backbone = keras_docs.MultilingualNLUBackbone(
            tokenizer.vocabulary_size(),
            **SIZES[args.size],
            dtype=args.dtype,
            dropout=args.dropout,
        )
    return keras_docs.MultilingualNLU(
        backbone,
        preprocessor,
        pooling="max",
        dropout=args.dropout,
        token_dropout=args.token_dropout,
    )


def optimizer(args: argparse.Namespace, rows: int) -> keras.optimizers.Optimizer:
    """AdamW; the learning rate rises over half an epoch and falls to 0 as a cosine."""
    steps = args.epochs * (rows // args.batch_size)
    warmup = min(steps // (2 * args.epochs), 800)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=args.learning_rate, warmup_steps=warmup
    )
    return keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=1.0)


def fit_epoch(
    model: keras_docs.MultilingualNLU,
    epoch: int,
    train: list,
    dev: list,
    args: argparse.Namespace,
) -> None:
    """One epoch, with slot values drawn anew; none if the checkpoint has it already."""
    backup = keras.callbacks.BackupAndRestore(args.checkpoints, delete_checkpoint=False)
    model.fit(
        swap_slot_values(train, share=args.swap_share, seed=epoch),
        batch_size=args.batch_size,
        initial_epoch=epoch,
        epochs=epoch + 1,
        validation_data=dev,
        callbacks=[backup],
        verbose=2,
    )


def main() -> None:
    args = arguments()
    keras.utils.set_random_seed(args.seed)
    locales = args.locales.split(",") if args.locales else None
    train = read_massive(args.data, locales=locales, partition="train")
    dev = read_massive(args.data, locales=locales, partition="dev")
    model = build(args, train)
    model.compile(optimizer=optimizer(args, len(train)))
    model.summary()
    started = time.perf_counter()
    for epoch in range(args.epochs):
        fit_epoch(model, epoch, train, dev[:: max(1, len(dev) // 10_000)], args)
    print(f"trained in {time.perf_counter() - started:.0f} s")
    print("temperature", model.calibrate(dev))
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    model.save_to_preset(args.out)
    shutil.rmtree(args.checkpoints)


if __name__ == "__main__":
    main()
