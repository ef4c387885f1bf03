"""Presets without a manifest: KerasHub folders, and checkpoints to be converted."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import (
    PresetCorruptError,
    PresetFormatError,
    PresetIncompleteError,
    UnsupportedCheckpointError,
)
from keras_docs.hub.preset_parts import select_files
from keras_docs.hub.preset_paths import check_relative_path, locate_preset_file
from keras_docs.hub.strict_json import MAX_JSON_BYTES, read_json_object

_BACKBONE_WEIGHTS = ("model.safetensors", "model.weights.h5", "model.weights.json")
# Other JSON beside a checkpoint is for other libraries (Sentence Transformers keeps a
# list in modules.json), and need not be an object.
_CHECKPOINT_FILE = re.compile(
    r"((generation_|preprocessor_|tokenizer_)?config|tokenizer|special_tokens_map"
    r"|added_tokens|vocab|vocabulary)\.json"
    r"|[\w.-]+\.(safetensors(\.index\.json)?|model|spm)|vocab\.txt|merges\.txt"
)
_VOCABULARIES = ("tokenizer.json", "vocab.json", "vocabulary.json")
_H5_MAGIC = b"\x89HDF\r\n\x1a\n"


def check_config(
    config: dict[str, Any], asked: str, converters: Collection[str] = ()
) -> str:
    """Say what kind of model a `config.json` describes.

    Args:
        config: dict. The content of `config.json`.
        asked: str. The handle, for messages.
        converters: collection of str. The `model_type`s the caller can convert.

    Returns:
        "keras" for a Keras preset, "transformers" for a checkpoint to be converted.

    Raises:
        UnsupportedCheckpointError: If it is a Transformers checkpoint of another type.
        PresetFormatError: If it is neither.

    Example:

    >>> check_config({"registered_name": "keras_hub>BertBackbone"}, "my_preset")
    'keras'
    """
    if isinstance(config.get("registered_name"), str):
        return "keras"
    model_type = config.get("model_type")
    if isinstance(model_type, str) and model_type in converters:
        return "transformers"
    if isinstance(model_type, str):
        known = ", ".join(sorted(converters)) or "none for this class"
        raise UnsupportedCheckpointError(
            f"{asked} is a Hugging Face Transformers checkpoint with model_type="
            f"{model_type[:80]!r}, which has no converter here (there is: {known}). "
            "Load it with transformers, or use a preset in Keras format.",
            model_type,
        )
    raise PresetFormatError(
        f"{asked}: its config.json has neither 'registered_name' (a Keras preset) nor "
        "'model_type' (a Transformers checkpoint). It is no preset."
    )


def select_plain_files(
    names: Collection[str], kind: str, parts: Iterable[str], asked: str
) -> list[str]:
    """Choose the files to load from a preset without a manifest.

    Args:
        names: collection of str. All files there are.
        kind: str. As `check_config` returns.
        parts: iterable of "backbone", "task", "preprocessor".
        asked: str. The handle, for messages.

    Returns:
        The chosen names, sorted.

    Raises:
        PresetIncompleteError: If there are no weights for the backbone.

    Example:

    >>> names = ["config.json", "model.weights.h5", "notes.txt", "tokenizer.json"]
    >>> select_plain_files(names, "keras", ["backbone"], "x")
    ['config.json', 'model.weights.h5']
    """
    if kind == "transformers":
        chosen = sorted(name for name in names if _CHECKPOINT_FILE.fullmatch(name))
        if not any(name.endswith(".safetensors") for name in chosen):
            raise PresetIncompleteError(
                f"{asked} holds no weights as safetensors, and pickled weights (.bin) "
                "are never read. Ask its author to convert them."
            )
        return chosen
    chosen = [
        name
        for name in select_files(names, parts)
        if name.startswith("assets/")
        or ("/" not in name and name.endswith((".json", ".h5", ".safetensors")))
    ]
    if "backbone" in parts and not set(_BACKBONE_WEIGHTS) & set(chosen):
        raise PresetIncompleteError(
            f"{asked} has a config.json but none of {', '.join(_BACKBONE_WEIGHTS)}. "
            "The download or the upload was not complete."
        )
    return chosen


def check_plain_files(folder: Path, names: Iterable[str]) -> None:
    """Check what can be checked of files that have no published checksum.

    Args:
        folder: pathlib.Path. The preset folder.
        names: iterable of str. The files to check.

    Raises:
        PresetFormatError: If a JSON file is not JSON.
        PresetIncompleteError: If a shard of the weights is missing.
        PresetCorruptError: If a weights file is not of its format.
        PresetUnsafeError: If a name leads out of the folder.

    Example:

    >>> check_plain_files(Path("my_preset"), ["config.json"])  # doctest: +SKIP
    """
    for name in names:
        path = locate_preset_file(folder, name)
        if name.endswith((".weights.json", ".safetensors.index.json")):
            _check_shards(folder, read_json_object(path), name)
        elif name.endswith(".json") and "/" not in name:
            # Vocabularies may be large; those are left to the tokenizer to parse.
            if name not in _VOCABULARIES or path.stat().st_size <= MAX_JSON_BYTES:
                read_json_object(path)
        elif name.endswith((".h5", ".safetensors")):
            _check_weights_start(path)


def _check_shards(folder: Path, index: dict[str, Any], name: str) -> None:
    weight_map = index.get("weight_map")
    values = weight_map.values() if isinstance(weight_map, dict) else [None]
    # Keras lists the shards of a layer, Transformers names the shard of a tensor.
    listed = [v if isinstance(v, list) else [v] for v in values]
    shards = [shard for group in listed for shard in group]
    if not all(isinstance(shard, str) for shard in shards):
        raise PresetFormatError(
            f"{folder / name} must have a 'weight_map' from weights to file names. "
            "Download or save the preset again."
        )
    for shard in sorted(set(shards)):
        check_relative_path(shard, str(folder / name))
        _check_weights_start(locate_preset_file(folder, shard))


def _check_weights_start(path: Path) -> None:
    with open(path, "rb") as file:
        start = file.read(64)
    if start.startswith(b"version https://git-lfs"):
        raise PresetCorruptError(
            f"{path} is a Git LFS pointer, not the weights. Run 'git lfs pull' in the "
            "clone, or load by an hf:// handle."
        )
    if path.name.endswith(".h5"):
        valid = start.startswith(_H5_MAGIC)
    else:
        header = int.from_bytes(start[:8], "little")
        room = path.stat().st_size - 8
        valid = len(start) > 8 and start[8:9] == b"{" and 2 <= header <= room
    if not valid:
        raise PresetCorruptError(
            f"{path} is not a {path.suffix} file (it begins with {start[:16]!r}). It "
            "is truncated, or an error page was saved. Download it again."
        )
