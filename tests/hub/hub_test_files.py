"""Small presets for the hub tests."""

import json
import struct
from pathlib import Path

from keras_docs.hub import write_manifest

CLASSES = {"backbone": "keras_docs>XBackbone", "task": "keras_docs>XClassifier"}
VERSIONS = {"keras_docs": "0.1.0", "keras": "3.15.1"}


def tensor_file(seed: int, count: int = 300) -> bytes:
    """A valid safetensors file."""
    pattern = bytes((seed * 31 + i * 7) % 251 for i in range(251))
    values = (pattern * (4 * count // 251 + 1))[: 4 * count]
    entry = {"dtype": "F32", "shape": [count], "data_offsets": [0, len(values)]}
    header = json.dumps({"weight": entry}).encode()
    return struct.pack("<Q", len(header)) + header + values


def fill_preset(folder: Path, seed: int = 0, *, manifest: bool = True) -> Path:
    """Write a small preset of every part."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    config = {"class_name": "XBackbone", "registered_name": CLASSES["backbone"]}
    files = {
        "config.json": json.dumps({**config, "config": {"seed": seed}}),
        "task.json": json.dumps({"registered_name": CLASSES["task"], "seed": seed}),
        "preprocessor.json": json.dumps({"registered_name": "keras_docs>XP"}),
        "metadata.json": json.dumps(VERSIONS),
        "README.md": "---\nlicense: apache-2.0\n---\n# x\n",
        "assets/words.txt": f"a\nb\nc{seed}\n",
        "model.safetensors": tensor_file(seed),
        "task.safetensors": tensor_file(seed + 100, 30),
    }
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    if manifest:
        write_manifest(folder, CLASSES, VERSIONS)
    return folder


def read_files(folder: Path) -> dict[str, bytes]:
    """The content of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
