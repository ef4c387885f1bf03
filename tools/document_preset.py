"""Makes a preset that ships of a trained task: half the bits, and a card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

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


def save_preset(model: Any, folder: str | Path) -> Any:
    """Saves a task with float16 weights; it computes in float32.

    Args:
        model: a task, in any precision.
        folder: the preset's.

    Returns:
        The task as loaded from the preset.
    """
    import keras_docs

    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}_whole")
    model.save_to_preset(aside)
    whole = keras_docs.DocFormerV2.from_preset(aside, dtype="float32")
    whole.save_to_preset(folder)
    shutil.rmtree(aside)
    _halve_weights(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB", flush=True)
    return keras_docs.DocFormerV2.from_preset(folder)


def _halve_weights(folder: Path) -> None:
    """Stores float32 weights as float16; they are read back as float32."""
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
        page: dict of words, boxes, entities, links, and a grey image.
    """
    from PIL import Image

    from keras_docs.demo_page import IMAGE_FILE, PAGE_FILE

    parts = {name: page[name] for name in ("words", "entities", "links")}
    parts["boxes"] = page["boxes"].tolist()
    folder = Path(folder)
    (folder / PAGE_FILE).write_text(json.dumps(parts))
    Image.fromarray(page["images"][..., 0]).save(folder / IMAGE_FILE, quality=60)


def add_card(folder: str | Path, record: dict[str, Any]) -> None:
    """Writes a preset's card.

    Args:
        folder: the preset's.
        record: dict, the card's, without what all cards of these presets say.
    """
    from keras_docs.hub import read_manifest, write_manifest
    from keras_docs.hub.model_card import write_model_card

    folder = Path(folder)
    manifest = read_manifest(folder)
    write_model_card(folder, _with_data(record))
    write_manifest(folder, manifest.classes, manifest.versions)


def _with_data(record: dict[str, Any]) -> dict[str, Any]:
    keys = ("name", "url", "license")
    datasets = [dict(zip(keys, one, strict=True)) for one in PERMISSIVE.values()]
    return {
        "license": "cc-by-sa-4.0",
        "language": "en",
        **record,
        "datasets": datasets,
        "limits": [
            *record["limits"],
            "A tiny model: an encoder of 4 layers of 256, pretrained for minutes on "
            "some 27,000 pages, most of them tables and made-up forms. It shows what "
            "the family does; train on pages of your own for more.",
            "An open reconstruction: no weights or code of the paper were published.",
        ],
    }
