"""Write the card of a preset (README.md) from one plain JSON record."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_docs.hub.atomic_file import write_file_atomically
from keras_docs.hub.errors import PresetFormatError
from keras_docs.hub.preset_parts import MANIFEST_FILE, part_of
from keras_docs.hub.strict_json import read_json_object

CARD_RECORD = "card.json"
# What to start from: every required field, and the ones that most cards need.
CARD_TEMPLATE: dict[str, Any] = {
    "title": "What the model does, in a line",
    "summary": "Which model it is, and what it was trained on.",
    "license": "apache-2.0",
    "pipeline_tag": "tabular-classification",
    "snippet": (
        "import keras_docs\n\n"
        'model = keras_docs.Task.from_preset("hf://org/repo")\n'
        "model.summary()"
    ),
    "language": "en",
    "datasets": [{"name": "My data", "url": "https://…", "license": "cc-by-4.0"}],
    "metrics": [
        {"dataset": "My data", "split": "test", "name": "accuracy", "value": 0.0}
    ],
    "command": "the command that trained it",
    "limits": ["What it must not be used for."],
}
REQUIRED_FIELDS = ("title", "summary", "license", "pipeline_tag", "snippet")
_FIELDS: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "summary": (str,),
    "license": (str,),
    "language": (str, list),
    "datasets": (list,),
    "metrics": (list,),
    "command": (str,),
    "limits": (str, list),
    "pipeline_tag": (str,),
    "snippet": (str,),
}
_DATASET_FIELDS = {"name", "url", "license", "hub_id", "task_id"}
_METRIC_FIELDS = {"dataset", "split", "name", "value", "peers"}


def write_model_card(
    folder: str | os.PathLike[str], record: Mapping[str, Any] | None = None
) -> Path:
    """Write `README.md`, with the metadata the Hub reads, from a card record.

    The record is stored as `card.json` beside it, so that a card can be written again.
    For data sets that name their `hub_id`, the results are also written to
    `.eval_results/`, the form the Hub's leaderboards read. Write the card before the
    manifest.

    Args:
        folder: path of the preset folder, with its weights.
        record: dict, or None to read `card.json`. Fields: `title`, `summary`,
            `license` (identifier of the Hub), `pipeline_tag`, `snippet` (Python that
            runs as it stands); optional `language` (code or list), `datasets` (list of
            {name, url, license, hub_id, task_id}), `metrics` (list of {dataset, split,
            name, value, peers}; peers maps a model's name to its value), `command`
            (what trained it), `limits` (text or list).

    Returns:
        pathlib.Path of the `README.md`.

    Raises:
        PresetFormatError: If a field is missing, unknown, or of the wrong type; the
            message names it.

    Example:

    >>> write_model_card("my_preset")  # doctest: +SKIP
    """
    folder = Path(folder)
    record = _given_or_stored(folder, record)
    text = _text(folder, record)
    _write_eval_results(folder, record)
    stored = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    write_file_atomically(folder / CARD_RECORD, stored.encode())
    write_file_atomically(folder / "README.md", text.encode())
    return folder / "README.md"


def render_model_card(folder: str | os.PathLike[str]) -> str:
    """Return the text that `write_model_card` would write from `card.json`.

    Args:
        folder: path of the preset folder, with its weights and `card.json`.

    Returns:
        str. The Markdown text of the card.

    Raises:
        PresetError: If there is no `card.json`, or it cannot be used.

    Example:

    >>> print(render_model_card("my_preset"))  # doctest: +SKIP
    """
    folder = Path(folder)
    return _text(folder, _given_or_stored(folder, None))


def _given_or_stored(folder: Path, record: Mapping[str, Any] | None) -> dict[str, Any]:
    if record is None:
        path = folder / CARD_RECORD
        return _checked(read_json_object(path), str(path))
    return _checked(record, f"card record of {folder}")


def _text(folder: Path, record: dict[str, Any]) -> str:
    metadata = _metadata(record)
    return f"---\n{metadata.to_yaml()}\n---\n\n{_body(folder, record)}"


def _checked(record: Mapping[str, Any], source: str) -> dict[str, Any]:
    missing = [name for name in REQUIRED_FIELDS if not record.get(name)]
    if missing:
        raise PresetFormatError(
            f"The {source} lacks {missing[0]!r}. Required: "
            f"{', '.join(REQUIRED_FIELDS)}."
        )
    for name, value in record.items():
        if name not in _FIELDS:
            raise PresetFormatError(
                f"The {source} has the unknown field {name!r}. Known: "
                f"{', '.join(_FIELDS)}."
            )
        if not isinstance(value, _FIELDS[name]):
            expected = " or ".join(kind.__name__ for kind in _FIELDS[name])
            raise PresetFormatError(
                f"{name!r} in the {source} is {type(value).__name__}, expected "
                f"{expected}."
            )
    for dataset in record.get("datasets", []):
        _check_item(dataset, _DATASET_FIELDS, {"name"}, "datasets", source)
    for metric in record.get("metrics", []):
        needed = {"dataset", "name", "value"}
        _check_item(metric, _METRIC_FIELDS, needed, "metrics", source)
    return dict(record)


def _check_item(
    item: object, known: set[str], needed: set[str], where: str, source: str
) -> None:
    if not isinstance(item, Mapping) or not needed <= set(item) <= known:
        raise PresetFormatError(
            f"An entry of {where!r} in the {source} is {item!r:.200}, expected an "
            f"object with {', '.join(sorted(needed))} and optionally "
            f"{', '.join(sorted(known - needed))}."
        )


def _metadata(record: dict[str, Any]) -> Any:
    from huggingface_hub import EvalResult, ModelCardData

    hub_ids = {d["name"]: d.get("hub_id") for d in record.get("datasets", [])}
    results = [
        EvalResult(
            task_type=record["pipeline_tag"],
            dataset_type=hub_ids.get(metric["dataset"]) or _slug(metric["dataset"]),
            dataset_name=metric["dataset"],
            dataset_split=metric.get("split"),
            metric_type=_slug(metric["name"]),
            metric_name=metric["name"],
            metric_value=metric["value"],
        )
        for metric in record.get("metrics", [])
    ]
    listed = [hub_id for hub_id in hub_ids.values() if hub_id]
    return ModelCardData(
        language=record.get("language"),
        license=record["license"],
        library_name="keras-docs",
        tags=["keras", "keras-docs", record["pipeline_tag"]],
        pipeline_tag=record["pipeline_tag"],
        datasets=listed or None,
        model_name=record["title"] if results else None,
        eval_results=results or None,
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "unnamed"


def _body(folder: Path, record: dict[str, Any]) -> str:
    sections = [f"# {record['title']}", record["summary"].strip()]
    sections += ["## Use", f"```python\n{record['snippet'].strip()}\n```"]
    if record.get("metrics"):
        sections += ["## Results", _results_table(record["metrics"])]
    if record.get("datasets"):
        sections += ["## Data", "\n".join(map(_dataset_line, record["datasets"]))]
    if record.get("command"):
        sections += ["## Training", f"```sh\n{record['command'].strip()}\n```"]
    if record.get("limits"):
        limits = record["limits"]
        text = (
            limits if isinstance(limits, str) else "\n".join(f"- {x}" for x in limits)
        )
        sections += ["## Limits", text.strip()]
    sections += ["## Files", _sizes_table(folder), f"License: {record['license']}."]
    return "\n\n".join(sections) + "\n"


def _cell(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _table(header: list[str], rows: list[list[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _results_table(metrics: list[dict[str, Any]]) -> str:
    peers: list[str] = []
    for metric in metrics:
        peers += [name for name in metric.get("peers") or {} if name not in peers]
    rows = []
    for metric in metrics:
        others = metric.get("peers") or {}
        start = [metric["dataset"], metric.get("split") or "", metric["name"]]
        rows.append([*start, metric["value"], *(others.get(p, "") for p in peers)])
    return _table(["Data", "Split", "Metric", "This model", *peers], rows)


def _dataset_line(dataset: dict[str, Any]) -> str:
    name = dataset["name"]
    link = f"[{name}]({dataset['url']})" if dataset.get("url") else name
    licence = f", license: {dataset['license']}" if dataset.get("license") else ""
    return f"- {link}{licence}"


def _sizes_table(folder: Path) -> str:
    sizes: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        part = part_of(name)
        if path.is_file() and part != "card" and name != MANIFEST_FILE:
            part = "configuration" if part == "all" else part
            sizes[part] = sizes.get(part, 0) + path.stat().st_size
    rows = [[part, f"{size / 1e6:.3f} MB"] for part, size in sorted(sizes.items())]
    parameters = None
    if (folder / "metadata.json").is_file():
        metadata = read_json_object(folder / "metadata.json")
        parameters = metadata.get("parameter_count")
    if isinstance(parameters, int):
        rows.append(["parameters", f"{parameters:,}"])
    return _table(["Part", "Size"], rows)


def _write_eval_results(folder: Path, record: dict[str, Any]) -> None:
    """Write one file for each data set that is a benchmark on the Hub."""
    import yaml

    for dataset in record.get("datasets", []):
        if not dataset.get("hub_id"):
            continue
        place = {"id": dataset["hub_id"], "task_id": dataset.get("task_id", "default")}
        entries = [
            {"dataset": place, "value": metric["value"], "notes": metric["name"]}
            for metric in record.get("metrics", [])
            if metric["dataset"] == dataset["name"]
        ]
        if entries:
            path = folder / ".eval_results" / f"{_slug(dataset['hub_id'])}.yaml"
            path.parent.mkdir(exist_ok=True)
            text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)
            write_file_atomically(path, text.encode())
