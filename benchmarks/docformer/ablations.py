"""What each pretraining task, the image and the boxes are worth.

    python ../../tools/prepare_documents.py --data DIR --out pages \\
        --sets kleister_nda,docbank,wtq,funsd --limit 2500
    KERAS_BACKEND=torch python ablations.py --pages pages --tokenizer spiece.model \\
        --out pretrained --steps 400

Networks of the size `mini` are pretrained, each without one part, for the same number
of batches (`tools/pretrain_docformer_v2.py`). How well each task is then done on
held-out pages is a line of `results/ablations.jsonl`. Then FUNSD's training pages train
each (`label_forms.py`, boxes of words), whose lines are among those of the mini
networks. What is there already is not run again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import result_lines  # noqa: E402

HERE = Path(__file__).parent
PATH = HERE / "results" / "ablations.jsonl"
LABELS = HERE / "results" / "label_forms_mini.jsonl"
PRETRAIN = HERE.parents[1] / "tools" / "pretrain_docformer_v2.py"
WITHOUT_IMAGE = ("--no-image",)
# What distinguishes each from the first.
VARIANTS = {
    "all three tasks": WITHOUT_IMAGE,
    "without Token-to-Line": (*WITHOUT_IMAGE, "--line-weight", "0"),
    "without Token-to-Grid": (*WITHOUT_IMAGE, "--grid-weight", "0"),
    "without denoising": (*WITHOUT_IMAGE, "--denoising-weight", "0"),
    "all boxes hidden": (*WITHOUT_IMAGE, "--no-boxes"),
    "with the image": (),
}
NOT_PRETRAINED = "neighbours_no_image"
# Held-out accuracies, with the share of boxes hidden that training had.
TASKS = {
    "Token-to-Line": "held_out_lines_accuracy_0.15_hidden",
    "Token-to-Grid": "held_out_grid_accuracy_0.15_hidden",
    "denoising": "held_out_denoising_accuracy_0.15_hidden",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", help="folder of tools/prepare_documents.py")
    parser.add_argument("--tokenizer", help="SentencePiece model")
    parser.add_argument("--out", type=Path, help="folder of what is pretrained")
    parser.add_argument("--steps", type=int, default=400, help="of pretraining")
    parser.add_argument("--epochs", type=int, default=30, help="on FUNSD")
    parser.add_argument("--limit", type=int, help="pages of a part, to try it out")
    parser.add_argument("--report", action="store_true", help="print the table only")
    options = parser.parse_args()
    if not options.report:
        for name, flags in VARIANTS.items():
            pretrain(name, flags, options)
            label(options, f"--pretrained={name}={folder(name, options)}")
        label(options, f"--systems={NOT_PRETRAINED}")
    print(report())


def folder(name: str, options: argparse.Namespace) -> Path:
    """Where a pretrained network is kept."""
    return options.out / name.replace(" ", "_")


def pretrain(name: str, flags: tuple[str, ...], options: argparse.Namespace) -> None:
    if any(line["name"] == name for line in result_lines.read(PATH)):
        return
    lines = folder(name, options).with_suffix(".jsonl")
    run(
        PRETRAIN, f"--pages={options.pages}", f"--vocabulary={options.tokenizer}",
        f"--out={folder(name, options)}", f"--results={lines}",
        f"--steps={options.steps}", "--size=mini", "--neighbours", "--batch-size=16",
        "--round-steps=10", "--padding-multiple=64", "--sets=kleister_nda,docbank,wtq",
        *flags, *limit(options),
    )  # fmt: skip
    *_, last = result_lines.read(lines)
    result_lines.append(PATH, {"name": name, **last})


def label(options: argparse.Namespace, system: str) -> None:
    run(
        HERE / "label_forms.py", f"--pages={options.pages}", "--sets=funsd",
        "--size=mini", "--rates=1e-3", "--seeds=1", f"--epochs={options.epochs}",
        f"--tokenizer={options.tokenizer}", "--dtype=float32", "--systems=", system,
        *limit(options),
    )  # fmt: skip


def limit(options: argparse.Namespace) -> list[str]:
    return [f"--limit={options.limit}"] if options.limit else []


def run(script: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, str(script), *arguments], check=True)


def report() -> str:
    f1 = {
        line["system"].removeprefix("pretrained: "): line["f1"]
        for line in result_lines.read(LABELS)
        if (line["set"], line["boxes"], line["noise"]) == ("funsd", "word", 0)
    }
    rows = [["not pretrained", *["-"] * len(TASKS), _percent(f1.get(NOT_PRETRAINED))]]
    for line in result_lines.read(PATH):
        # A task that is left out has no accuracy.
        shares = [line.get(key) for key in TASKS.values()]
        accuracies = [_percent(share and 100 * share) for share in shares]
        rows.append([line["name"], *accuracies, _percent(f1.get(line["name"]))])
    header = [*(f"{task}, %" for task in TASKS), "FUNSD, f1"]
    return result_lines.markdown(["pretraining", *header], rows)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    main()
