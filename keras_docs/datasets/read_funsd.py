"""Reads the FUNSD data set of forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.datasets.document_files import (
    check_boxes,
    images_by_name,
    json_file,
    json_lines,
)
from keras_docs.datasets.page_record import PageRecord
from keras_docs.documents.page_boxes import page_boxes
from keras_docs.documents.page_image import image_size

LABELS = ("question", "answer", "header", "other")
OUTSIDE = "O"
_PARTS = {"training_data": "train", "testing_data": "test"}


def read_funsd(path: str | Path, boxes: str = "word") -> list[PageRecord]:
    """Reads forms with their words, entities and links.

    Figures on FUNSD depend on the boxes: most published ones use those of segments,
    which tell where an entity begins and ends. Say which were used.

    Args:
        path: the folder `dataset` of the release, with `training_data` and
            `testing_data`; one of these; or a file of JSON lines with `id`, `split` and
            `form`, beside a folder `images`.
        boxes: `"word"`, or `"segment"`: each word has the box of its entity.

    Returns:
        List of `PageRecord` with `image`, `size`, `words`, `boxes`, `word_labels`
        (`O`, `B-QUESTION`, `I-QUESTION`, … as usual; `None` for words without text),
        `entities` (labels `question`, `answer`, `header`, `other`) and `links`. Words
        keep the annotation's order.

    Raises:
        ValueError: a file is missing, damaged or malformed; names it.
        ImportError: Pillow is missing, which reads the images' sizes.

    Example:
    ```python
    forms = read_funsd("dataset", boxes="segment")
    train = [form for form in forms if form["split"] == "train"]
    ```

    Reference: Jaume et al., "FUNSD", 2019, https://arxiv.org/abs/1905.13538. For
    research, not for commercial use.
    """
    check_boxes(boxes)
    path = Path(path)
    records = []
    for id_, split, form, images, where in _forms(path):
        image = images.get(id_)
        if image is None:
            raise ValueError(f"{where}: there is no image {id_!r} in `images`.")
        try:
            records.append(_record(id_, split, form, image, boxes, where))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{where} must have a list `form` of entities with `id`, `text`, "
                f"`box`, `label`, `words` and `linking`. {type(error).__name__}: "
                f"{error}."
            ) from None
    return records


def _forms(path: Path) -> Iterator[tuple[str, str, Any, dict[str, Path], str]]:
    if path.is_file():
        images = images_by_name(path.parent / "images")
        for number, content in json_lines(path):
            where = f"Line {number} of {path}"
            yield (
                str(content.get("id")),
                str(content.get("split", "")),
                content.get("form"),
                images,
                where,
            )
        return
    folders = [path / name for name in _PARTS if (path / name).is_dir()] or [path]
    for folder in folders:
        files = sorted((folder / "annotations").glob("*.json"))
        if not files:
            raise ValueError(
                f"{folder} has no `annotations/*.json`. `path` is FUNSD's folder "
                "`dataset`, one of its parts, or a file of JSON lines."
            )
        images = images_by_name(folder / "images")
        for file in files:
            content = json_file(file)
            form = content.get("form") if isinstance(content, dict) else None
            yield file.stem, _PARTS.get(folder.name, ""), form, images, str(file)


def _record(
    id_: str, split: str, form: list[dict], image: Path, boxes: str, where: str
) -> PageRecord:
    words: list[str] = []
    places: list[list[float]] = []
    labels: list[str | None] = []
    entities = []
    index = {entity["id"]: i for i, entity in enumerate(form)}
    links: dict[tuple[int, int], None] = {}
    for i, entity in enumerate(form):
        label = entity["label"]
        if label not in LABELS:
            raise ValueError(
                f"{where}: entity {i} has the label {label!r:.40}. Labels are "
                f"{', '.join(LABELS)}."
            )
        first = len(words)
        has_begun = False
        for word in entity["words"]:
            text = word["text"]
            words.append(text)
            places.append(word["box"] if boxes == "word" else entity["box"])
            if not text.strip():
                # There is nothing to see; the tag goes to the next word.
                labels.append(None)
                continue
            tag = f"{'I' if has_begun else 'B'}-{label.upper()}"
            labels.append(OUTSIDE if label == "other" else tag)
            has_begun = True
        entities.append(
            {
                "label": label,
                "words": list(range(first, len(words))),
                "text": entity["text"],
            }
        )
        for head, tail in entity["linking"]:
            if head not in index or tail not in index:
                raise ValueError(
                    f"{where}: entity {i} is linked to one that is not there, "
                    f"{[head, tail]}."
                )
            # Each of the two entities has the link.
            links[index[head], index[tail]] = None
    size = image_size(image)
    places = page_boxes(
        np.array(places or np.zeros((0, 4))), words, "pixel", size, where
    )
    return {
        "id": id_,
        "split": split,
        "image": str(image),
        "size": size,
        "words": words,
        "boxes": places,
        "word_labels": labels,
        "entities": entities,
        "links": list(links),
    }
