"""`.weights.h5` files, as Keras and KerasHub write them: looked over, then read.

Keras matches h5 weights by class name and order, so a file with more layers than the
model loads without a word. And HDF5 is more than arrays: datasets may live in other
files or declare terabytes. A weights file holds plain arrays, one for each variable,
and nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras

from keras_docs.hub.errors import PresetCorruptError, PresetUnsafeError
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.hub.strict_json import read_json_object

MAX_OBJECTS = 100_000
# Groups in groups; a group that holds itself has no end.
MAX_DEPTH = 64
# What belongs to training and to random numbers, not to the model.
NO_WEIGHTS = ("optimizer", "seed_generator")


def stored_shapes(path: Path) -> list[tuple[int, ...]]:
    """Shapes of the weights in a file, or in all shards of a `.weights.json`.

    Args:
        path: a `.weights.h5` file, or the `.weights.json` that lists the shards.

    Returns:
        List of shapes, without what an optimizer or a seed generator stores.

    Raises:
        PresetUnsafeError: the file links to another file, or a dataset declares more
            than is stored.
        PresetCorruptError: it is no h5 file.
    """
    if path.suffix == ".json":
        return [shape for shard in _shards(path) for shape in stored_shapes(shard)]
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return [
                tuple(item.shape)
                for name, item in _datasets(file, path)
                if not any(part in NO_WEIGHTS for part in name.split("/"))
            ]
    except (OSError, KeyError, RuntimeError) as error:
        raise _unreadable(path, error) from error


def load_weights(
    path: Path, variables: Sequence[keras.Variable], load: Callable[[str], None]
) -> None:
    """Reads an h5 file by Keras' own reader, after checking that it fits.

    Args:
        path: as in `stored_shapes`.
        variables: the variables to fill.
        load: Keras' or KerasHub's method that reads a file by its name.

    Raises:
        PresetCorruptError: the file is damaged, or holds other arrays than the model
            has variables.
        PresetUnsafeError: see `stored_shapes`.
    """
    stored = Counter(stored_shapes(path))
    wanted = Counter(
        tuple(variable.shape)
        for variable in variables
        # In h5, Keras adds LoRA adapters to the kernels that they adapt.
        if not variable.name.startswith("lora_")
    )
    if stored != wanted:
        raise PresetCorruptError(
            f"{path.name} does not fit the model that the preset describes: it holds "
            f"{stored.total()} arrays, the model has {wanted.total()} weights. Only in "
            f"the file: {_first(stored - wanted)}; only in the model: "
            f"{_first(wanted - stored)}. The files come from different models; "
            "download or save the preset again."
        )
    try:
        load(str(path))
    except (OSError, KeyError) as error:
        raise _unreadable(path, error) from error


def _shards(index: Path) -> list[Path]:
    weight_map = read_json_object(index).get("weight_map")
    groups = weight_map.values() if isinstance(weight_map, dict) else []
    names = {
        name
        for group in groups
        for name in (group if isinstance(group, list) else [group])
    }
    return [locate_preset_file(index.parent, str(name)) for name in sorted(names)]


def _datasets(file, path: Path) -> Iterator[tuple[str, object]]:
    """Every dataset with its name; groups are opened by plain links only."""
    import h5py

    waiting, seen = [("", file)], 0
    while waiting:
        prefix, group = waiting.pop()
        for key in group:
            seen += 1
            name = f"{prefix}/{key}" if prefix else key
            link = group.get(key, getlink=True)
            is_endless = seen > MAX_OBJECTS or name.count("/") > MAX_DEPTH
            if is_endless or not isinstance(link, h5py.HardLink):
                raise PresetUnsafeError(
                    f"{path.name} holds a link at {name[:100]!r}, or more than "
                    f"{MAX_OBJECTS:,} objects or {MAX_DEPTH} groups in groups. A "
                    "weights file holds arrays alone; do not use this preset."
                )
            item = group[key]
            if isinstance(item, h5py.Group):
                waiting.append((name, item))
            else:
                _check_dataset(item, name, path)
                yield name, item


def _check_dataset(dataset, name: str, path: Path) -> None:
    stored = dataset.id.get_storage_size()
    if dataset.external or dataset.is_virtual or stored < dataset.nbytes:
        raise PresetUnsafeError(
            f"The array {name[:100]!r} of {path.name} declares {dataset.nbytes:,} "
            f"bytes and stores {stored:,} of them in this file. A weights file holds "
            "all of its content, uncompressed; do not use this preset."
        )


def _first(shapes: Counter) -> str:
    listed = ", ".join(map(str, sorted(shapes.elements(), key=math.prod)[:5]))
    return f"{listed} …" if shapes.total() > 5 else listed or "none"


def _unreadable(path: Path, error: Exception) -> PresetCorruptError:
    return PresetCorruptError(
        f"{path.name} is not a readable h5 file ({error}). Download or save the "
        "preset again."
    )
