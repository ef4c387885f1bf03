"""The contract that a preset keeps before it is published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_docs.hub import PresetCheck, check_card, check_files, read_manifest
from keras_docs.hub.errors import (
    PresetCorruptError,
    PresetFormatError,
    PresetInvalidError,
)
from keras_docs.hub.preset_parts import CONFIG_FILES, MANIFEST_FILE
from keras_docs.hub.preset_paths import locate_preset_file
from keras_docs.hub.strict_json import read_json_object
from keras_docs.models.base import weight_arrays
from keras_docs.models.base.backbone import Backbone
from keras_docs.models.base.preprocessor import Preprocessor
from keras_docs.models.base.preset_saving import save_preset
from keras_docs.models.base.task import Task
from keras_docs.models.base.weights import named

BASES: dict[str, Any] = {
    "task": Task,
    "backbone": Backbone,
    "preprocessor": Preprocessor,
}
# What only Keras' own files need; a class may move to another module.
_NOT_KEPT = ("module", "build_config", "compile_config")


def validate_preset(folder: str | Path) -> list[PresetCheck]:
    """Checks all that a published preset promises.

    Every file is whole; every part loads through `keras_docs.Task`, `Backbone` or
    `Preprocessor` and has the class that the manifest names; weights are finite;
    configs round-trip; saved and loaded again, weights and JSON are the same; the
    parameter count is the one in `metadata.json`; the card names a licence and its
    snippet is Python.

    Args:
        folder: a preset folder.

    Returns:
        One `PresetCheck` for each check.

    Raises:
        PresetInvalidError: a check failed; its `check` is the first one's name.

    Example:
    ```python
    validate_preset("./my_preset")
    ```
    """
    checks = check_preset(folder)
    failed = next((check for check in checks if check.outcome == "failed"), None)
    if failed is not None:
        raise PresetInvalidError(
            f"The preset in {folder} fails the check {failed.name!r}: {failed.detail}",
            failed.name,
        )
    return checks


def check_preset(
    folder: str | Path,
    *,
    files: Iterable[str] | None = None,
    is_for_publishing: bool = True,
) -> list[PresetCheck]:
    """Does every check that can be done and reports how each went.

    Args:
        folder: a preset folder.
        files: names of the files that should be there. Default: all in the manifest.
        is_for_publishing: bool. With `False`, a preset may have no manifest and no
            card; then it has fewer checks.

    Returns:
        One `PresetCheck` for each check, in order; for damaged files, one for each.

    Example:
    ```python
    for name, outcome, detail in check_preset("./my_preset"):
        print(name, outcome, detail)
    ```
    """
    return list(_Checks(Path(folder), is_for_publishing).run(files))


class _Checks:
    """The checks of one folder; a check that raises has failed."""

    def __init__(self, folder: Path, is_for_publishing: bool) -> None:
        self.folder = folder
        self.is_for_publishing = is_for_publishing
        self.has_manifest = (folder / MANIFEST_FILE).is_file()
        self.parts: dict[str, Any] = {}

    def run(self, files: Iterable[str] | None) -> Iterator[PresetCheck]:
        checks = check_files(self.folder, files)
        if self.is_for_publishing and not self.has_manifest:
            reason = "manifest.json is missing. Save the preset with `save_to_preset`."
            checks = [PresetCheck("files", "failed", reason)]
        yield from checks
        # What is not verified is not read.
        if all(check.outcome != "failed" for check in checks):
            yield from self._check_content()

    def _check_content(self) -> Iterator[PresetCheck]:
        names = self._held_parts()
        for part in names:
            yield self._do(f"{part} loads", self._load, part)
        all_loaded = bool(names) and len(self.parts) == len(names)
        for name, check in (
            ("classes are the manifest's", self._check_classes),
            ("weights are finite", self._check_finite),
            ("configs round-trip", self._check_configs),
            ("saved again is the same", self._check_saved_again),
            ("parameter count", self._check_parameter_count),
        ):
            if all_loaded:
                yield self._do(name, check)
            else:
                yield PresetCheck(name, "skipped", "not every part loads")
        yield self._do("card", self._check_card)

    def _do(self, name: str, check: Callable[..., str], *args: Any) -> PresetCheck:
        try:
            return PresetCheck(name, "passed", check(*args))
        except _SkippedError as reason:
            return PresetCheck(name, "skipped", str(reason))
        except ValueError as error:
            return PresetCheck(name, "failed", str(error))
        except Exception as error:
            # Whatever a backend or a class raises, the preset cannot be used.
            return PresetCheck(name, "failed", f"{type(error).__name__}: {error}")

    def _held_parts(self) -> list[str]:
        if not self.has_manifest:
            return [p for p, f in CONFIG_FILES.items() if (self.folder / f).is_file()]
        manifest = read_manifest(self.folder)
        return [
            part
            for part, file in CONFIG_FILES.items()
            if part in manifest.classes or file in manifest.files
        ]

    def _load(self, part: str) -> str:
        loaded = BASES[part].from_preset(self.folder)
        self.parts[part] = loaded
        return type(loaded).__name__

    def _check_classes(self) -> str:
        if not self.has_manifest:
            raise _SkippedError("there is no manifest")
        listed = read_manifest(self.folder).classes
        found = {
            part: keras.saving.get_registered_name(type(loaded))
            for part, loaded in self.parts.items()
        }
        for part in sorted(listed.keys() | found.keys()):
            if listed.get(part) != found.get(part):
                raise PresetFormatError(
                    f"The manifest names {listed.get(part, 'nothing')!r} as the "
                    f"{part}, but the preset holds {found.get(part, 'nothing')!r}. "
                    "Save the preset again."
                )
        return ", ".join(sorted(found.values()))

    def _check_finite(self) -> str:
        model = self._model()
        values = _weight_values(model)
        for path, value in values.items():
            if value.dtype.kind in "biu":
                continue
            value = value.astype("float32")
            if not np.isfinite(value).all():
                wrong = int(value.size - np.isfinite(value).sum())
                raise PresetCorruptError(
                    f"The weight {path!r} has {wrong} of {value.size} values "
                    "that are NaN or infinite: the training diverged. Train again with "
                    "a lower learning rate."
                )
        return f"{len(values)} weights"

    def _check_configs(self) -> str:
        for part, loaded in self.parts.items():
            config = _plain(loaded.get_config())
            rebuilt = _plain(type(loaded).from_config(_plain(config)).get_config())
            lost = _first_difference(config, rebuilt, part)
            if lost is not None:
                raise PresetFormatError(
                    f"A {type(loaded).__name__} built from its own config has another "
                    f"one: {lost}. Its `get_config` and `__init__` do not agree."
                )
        return ", ".join(self.parts)

    def _check_saved_again(self) -> str:
        with TemporaryDirectory() as temporary:
            copy = Path(temporary) / "saved_again"
            save_preset(copy, **self.parts, weights_format=self._weights_format())
            for part, loaded in self.parts.items():
                _check_same_weights(loaded, BASES[part].from_preset(copy))
            if self.has_manifest:
                self._check_same_files(copy)
        return ", ".join(self.parts)

    def _check_same_files(self, copy: Path) -> None:
        """Every JSON file of a part and every asset is what the model would save."""
        for name in sorted(read_manifest(copy).files):
            path = locate_preset_file(self.folder, name)
            if name.startswith("assets/"):
                same = path.read_bytes() == (copy / name).read_bytes()
                lost = None if same else f"{name} has another content"
            elif name.endswith(".json") and name != "metadata.json":
                before, after = read_json_object(path), read_json_object(copy / name)
                lost = _first_difference(before, after, name)
            else:
                continue
            if lost is not None:
                raise PresetFormatError(
                    f"Saved again, the preset says something else: {lost}. Was it "
                    "edited by hand? Save the model again."
                )

    def _weights_format(self) -> str:
        files = ("model.safetensors", "task.safetensors")
        has_safetensors = any((self.folder / name).is_file() for name in files)
        return "safetensors" if has_safetensors else "h5"

    def _check_parameter_count(self) -> str:
        model = self._model()
        if not self.has_manifest:
            raise _SkippedError("there is no manifest")
        metadata = read_json_object(self.folder / "metadata.json")
        listed, found = metadata.get("parameter_count"), model.count_params()
        if listed != found:
            raise PresetFormatError(
                f"metadata.json says {listed!r} parameters, the model has {found:,}. "
                "Save the preset again."
            )
        return f"{found:,}"

    def _model(self) -> keras.Model:
        """The model with all weights."""
        model = self.parts.get("task", self.parts.get("backbone"))
        if model is None:
            raise _SkippedError("there are no weights")
        return model

    def _check_card(self) -> str:
        if not self.is_for_publishing and not (self.folder / "README.md").is_file():
            raise _SkippedError("there is no README.md")
        return check_card(self.folder)


class _SkippedError(Exception):
    """A check has nothing to look at."""


def _to_numpy(variable: keras.Variable) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(variable.value))


def _weight_values(model: keras.Model) -> dict[str, np.ndarray]:
    values = {name: _to_numpy(each) for name, each in named(model.weights).items()}
    return values | weight_arrays.named_for_file(getattr(model, "backbone", model))


def _check_same_weights(model: Any, again: Any) -> None:
    if not isinstance(model, keras.Model):
        return
    before, after = _weight_values(model), _weight_values(again)
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path), after.get(path)
        # Bytes, since NaN is not equal to itself.
        same = one is not None and other is not None and one.dtype == other.dtype
        if not same or one.tobytes() != other.tobytes():
            raise PresetCorruptError(
                f"The weight {path!r} of {type(model).__name__} is not the same after "
                "the preset was saved and loaded again."
            )


def _plain(config: Any) -> Any:
    """A copy as JSON holds it: tuples are lists, NaN is refused."""
    return json.loads(json.dumps(config, allow_nan=False))


def _first_difference(before: Any, after: Any, where: str) -> str | None:
    """Where `after` lacks or changes what `before` says; it may say more."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in _NOT_KEPT:
                continue
            if key not in after:
                return f"{where} has lost {key!r}"
            found = _first_difference(value, after[key], f"{where}/{key}")
            if found is not None:
                return found
        return None
    if before == after:
        return None
    return f"{where} was {before!r:.80}, is {after!r:.80}"
