"""The `keras-docs` command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from keras_docs.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-docs`.

    Args:
        arguments: list of strings. Default: those of the command line.

    Returns:
        0 on success, 2 for a preset or a table that cannot be used.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    _prepare_environment(options.backend)
    try:
        options.run(options)
    except ValueError as error:
        parser.exit(2, f"keras-docs: {error}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-docs", description="The keras_docs model zoo on the command line."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--backend",
        choices=("jax", "tensorflow", "torch"),
        help="Keras backend; default: KERAS_BACKEND, else the first one installed",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    presets = commands.add_parser("presets", help="list the presets that ship")
    presets.set_defaults(run=_presets)
    demo = commands.add_parser(
        "demo", help="load the shipped presets and predict on shipped real rows"
    )
    demo.set_defaults(run=_demo)
    predict = commands.add_parser("predict", help="predict the rows of a CSV file")
    predict.add_argument("preset", help="a preset's name, hf:// handle or folder")
    predict.add_argument("table", help="a CSV file")
    predict.add_argument("--output", help="CSV file to write; default: print it")
    predict.set_defaults(run=_predict)
    return parser


def _prepare_environment(backend: str | None) -> None:
    """Chooses an installed backend before Keras is imported, and quiets TensorFlow."""
    from importlib.util import find_spec

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if backend is None and "KERAS_BACKEND" not in os.environ:
        installed = [name for name in ("jax", "torch", "tensorflow") if find_spec(name)]
        if not installed:
            raise SystemExit(
                "keras-docs: no backend is installed. Install one: "
                'pip install "keras-docs[jax]" (or [tensorflow], [torch]).'
            )
        backend = installed[0]
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend


def _presets(options: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from keras_docs.hub import builtin_presets, preset_metadata

    # A name that is cut short cannot be copied.
    name_column = Column("preset", no_wrap=True, min_width=30)
    table = Table(name_column, "task", "parameters", "size", "metric", "licence")
    for name, folder in builtin_presets().items():
        metadata = preset_metadata(name)
        card = metadata.get("card", {})
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        metric = next(iter(card.get("metrics", [])), None)
        table.add_row(
            name,
            ", ".join(metadata["tasks"]) or "backbone",
            f"{metadata['parameter_count']:,}",
            f"{size / 1e6:.1f} MB",
            f"{metric['name']} {metric['value']}" if metric else "-",
            card.get("license", "-"),
        )
    Console().print(table)


def _demo(options: argparse.Namespace) -> None:
    from keras_docs import demo

    demo.run()


def _predict(options: argparse.Namespace) -> None:
    import pandas as pd

    import keras_docs

    frame = pd.read_csv(options.table)
    model = keras_docs.Task.from_preset(options.preset)
    if isinstance(model, keras_docs.TabTransformerClassifier):
        result = model.classify(frame)
    elif isinstance(model, keras_docs.TabTransformerRegressor):
        result = pd.DataFrame({"prediction": model.predict(frame, verbose=0)})
    else:
        raise ValueError(
            f"The preset holds a {type(model).__name__}, which predicts no column. "
            "Fine-tune it first: TabTransformerClassifier.from_preset(…).fit(…)."
        )
    text = result.to_csv(options.output, index=False)
    if text is not None:
        print(text, end="")


if __name__ == "__main__":
    raise SystemExit(main())
