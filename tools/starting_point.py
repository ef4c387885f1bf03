"""What the training of a document model begins with."""

from __future__ import annotations

import argparse
from typing import Any

from keras import ops
from page_rows import LENGTH
from timed_training import OPTIMIZERS

import keras_docs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of all trainings of document models."""
    parser.add_argument("--pretrained", help="the preset to start from")
    parser.add_argument("--t5", help="or a T5, of flan_t5_checkpoint.py")
    parser.add_argument(
        "--neighbours", action="store_true", help="tell the preset the gaps"
    )
    parser.add_argument("--no-image", action="store_true", help="show the preset none")
    parser.add_argument("--results", help="file of JSON lines; default: in OUT")
    parser.add_argument("--limit", type=int, help="pages of a part at most")
    parser.add_argument("--round-steps", type=int, default=50)
    parser.add_argument("--optimizer", default="adamw", choices=OPTIMIZERS)
    parser.add_argument("--padding-multiple", type=int, default=LENGTH)
    parser.add_argument("--dtype", default="mixed_bfloat16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only-test", action="store_true", help="of what an earlier run has trained"
    )


def read(args: argparse.Namespace) -> tuple[Any, Any]:
    """The backbone and the tokenizer.

    A T5 is given the places of words and the gaps between them, and no image, which
    it would have to learn to see from the start.
    """
    if not args.pretrained:
        backbone = keras_docs.DocFormerV2Backbone.from_t5(
            args.t5, image_shape=None, use_neighbours=True, dtype=args.dtype
        )
        return backbone, keras_docs.DocFormerV2Tokenizer(f"{args.t5}/spiece.model")
    start = keras_docs.DocFormerV2.from_preset(args.pretrained, dtype=args.dtype)
    backbone = start.backbone.dequantize()
    config = backbone.get_config()
    if args.neighbours:
        config["use_neighbours"] = True
    if args.no_image:
        config["image_shape"] = None
    return with_weights(config, backbone), start.preprocessor.tokenizer


def with_weights(config: dict[str, Any], backbone: Any) -> Any:
    """A backbone of a config, with all weights of another that it has a place for.

    Tables of gaps, which a backbone was not told before, begin anew.
    """
    new = type(backbone).from_config(config)
    _take_over(new.weights, backbone.weights)
    return new


def take_over_head(model: Any, args: argparse.Namespace) -> None:
    """Gives a task the head of the preset it starts from, if that is of its kind.

    A head for other labels begins anew.
    """
    if not args.pretrained:
        return
    start = keras_docs.DocFormerV2.from_preset(args.pretrained, dtype=args.dtype)
    if type(start) is type(model):
        of_backbone = set(map(id, model.backbone.weights))
        others = start.dequantize().weights
        shapes = {variable.path: variable.shape for variable in others}
        head = [
            own
            for own in model.weights
            if id(own) not in of_backbone and own.shape == shapes.get(own.path)
        ]
        _take_over(head, others)


def _take_over(own: list[Any], others: list[Any]) -> None:
    known = {variable.path: variable for variable in others}
    for variable in own:
        if variable.path in known:
            variable.assign(ops.copy(known[variable.path]))
