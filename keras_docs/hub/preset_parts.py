"""Which files of a preset each part (backbone, task, preprocessor) needs."""

import re
from collections.abc import Collection, Iterable

PARTS = ("backbone", "task", "preprocessor")
MANIFEST_FILE = "manifest.json"
CONFIG_FILES = {
    "task": "task.json",
    "backbone": "config.json",
    "preprocessor": "preprocessor.json",
}

_ALWAYS = frozenset({MANIFEST_FILE, "config.json", "metadata.json"})
_BACKBONE = re.compile(r"model\.(safetensors|weights\.(h5|json))|model_\d+\..*")
_TASK = re.compile(r"task\.(json|safetensors|weights\.(h5|json))|task_\d+\..*")
_CARD = re.compile(
    r"README\.md|card\.json|\.eval_results/.*|.*\.(md|png|jpe?g|gif|webp|svg|pdf)",
    re.IGNORECASE,
)
_PRESET_FILE = re.compile(
    r"(config|manifest|metadata|card|task|preprocessor|[\w-]*tokenizer|\w+_converter)"
    r"\.json|(model|task)(_\d+)?\.(safetensors|weights\.(h5|json))|assets/.*"
    r"|\.eval_results/.*|README\.md|\.gitattributes"
)


def is_preset_file(name: str) -> bool:
    """Return whether a file has a name that this library or KerasHub writes."""
    return _PRESET_FILE.fullmatch(name) is not None


def part_of(name: str) -> str:
    """Return what a file of a preset is for.

    Args:
        name: str. Path relative to the preset folder.

    Returns:
        "all" (every load reads it), "backbone", "task", "preprocessor", or "card"
        (documentation that no load reads).

    Example:

    >>> part_of("task.safetensors"), part_of("assets/words.txt"), part_of("README.md")
    ('task', 'preprocessor', 'card')
    """
    if name in _ALWAYS:
        return "all"
    if _BACKBONE.fullmatch(name):
        return "backbone"
    if _TASK.fullmatch(name):
        return "task"
    if name.startswith("assets/"):
        return "preprocessor"
    return "card" if _CARD.fullmatch(name) else "preprocessor"


def check_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the parts as a tuple, or raise a ValueError for an unknown one."""
    parts = (parts,) if isinstance(parts, str) else tuple(parts)
    unknown = [part for part in parts if part not in (*PARTS, "card")]
    if unknown:
        raise ValueError(
            f"parts={parts!r}: {unknown[0]!r} is unknown. Choose from "
            f"{', '.join(PARTS)} and card."
        )
    return parts


def select_files(names: Collection[str], parts: Iterable[str]) -> list[str]:
    """Choose the files that loading some parts of a preset reads.

    Where weights exist both as safetensors and as h5, only safetensors are chosen.

    Args:
        names: collection of str. All files of the preset.
        parts: iterable of "backbone", "task", "preprocessor" and "card".

    Returns:
        The chosen names, sorted.

    Example:

    >>> names = ["config.json", "model.safetensors", "model.weights.h5", "task.json"]
    >>> select_files(names, ["backbone"])
    ['config.json', 'model.safetensors']
    """
    wanted = {"all", *check_parts(parts)}
    chosen = {name for name in names if part_of(name) in wanted}
    for stem in ("model", "task"):
        if f"{stem}.safetensors" in chosen:
            h5 = re.compile(rf"{stem}(_\d+)?\.weights\.(h5|json)")
            chosen = {name for name in chosen if not h5.fullmatch(name)}
    return sorted(chosen)
