"""Pages that `prepare_documents.py` wrote, read back.

    pages = prepared_pages.load("pages", "funsd", "train", boxes="segment")
    known, held_out = prepared_pages.divided(pages)

A part of a data set is one file, `pages/<set>/<split>.zip`: a line of JSON for each
page, and its image, already stretched to what the models take.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from keras_docs.hub.atomic_file import write_file_atomically

LINES = "pages.jsonl"
IMAGE = "images/{}.webp"
# Height and width.
IMAGE_SIZE = (512, 256)
SEGMENT_BOXES = "segment_boxes"
HELD_OUT = 0.05


def load(
    folder: str | Path,
    set_name: str,
    split: str,
    boxes: str = "word",
    images: bool = True,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Pages as `DocFormerV2Preprocessor` takes them.

    Args:
        folder: what `prepare_documents.py --out` wrote.
        set_name: string, such as `"funsd"`.
        split: string, such as `"train"`; `splits` tells which there are.
        boxes: `"word"`, or `"segment"` for what FUNSD and SROIE annotate.
        images: bool, whether to read the images.
        limit: int, how many pages to read; `None`: all.

    Returns:
        List of dicts of `id`, `words`, `boxes` (int32 array (words, 4), 0 to 1000),
        `images` (uint8 array (512, 256, 1); not there if there is none), and what else
        the set's reader tells.

    Raises:
        ValueError: there is no such file.
    """
    path = Path(folder) / set_name / f"{split}.zip"
    if not path.is_file():
        raise ValueError(
            f"There is no {path}. Write it: `python tools/prepare_documents.py --sets "
            f"{set_name} --out {folder}`. Splits there: {splits(folder, set_name)}."
        )
    with zipfile.ZipFile(path) as file:
        lines = file.read(LINES).splitlines()[:limit]
        pages = [_page(json.loads(line), boxes) for line in lines]
        names = set(file.namelist()) if images else set()
        encoded = {
            i: file.read(IMAGE.format(i))
            for i in range(len(pages))
            if IMAGE.format(i) in names
        }
    # Pillow decodes without the interpreter's lock.
    with ThreadPoolExecutor() as pool:
        decoded = pool.map(_decoded, encoded.values())
        for i, image in zip(encoded, decoded, strict=True):
            pages[i]["images"] = image
    return pages


def splits(folder: str | Path, set_name: str) -> list[str]:
    """The splits of a set that were written."""
    return sorted(path.stem for path in (Path(folder) / set_name).glob("*.zip"))


def divided(
    pages: Sequence[dict[str, Any]], share: float = HELD_OUT
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Pages to learn from, and pages to choose by; all of a document are on one side.

    Args:
        pages: list of dicts with `id`.
        share: float, of the documents to hold out; a hash of the id draws them, so a
            document is on the same side in every run.
    """
    sides: tuple[list, list] = ([], [])
    for page in pages:
        sides[draw(str(page["id"])) < share].append(page)
    return sides


def draw(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def save(
    folder: str | Path,
    set_name: str,
    split: str,
    pages: Iterable[tuple[dict[str, Any], bytes | None]],
) -> Path:
    """Writes a part of a set.

    Args:
        folder: string.
        set_name: string.
        split: string.
        pages: pairs of a page without its image, and the image from `encoded_image`.

    Returns:
        The file's path.
    """
    content = io.BytesIO()
    lines = []
    with zipfile.ZipFile(content, "w") as file:
        for i, (page, image) in enumerate(pages):
            lines.append(json.dumps(page, ensure_ascii=False, default=_plain))
            if image is not None:
                file.writestr(IMAGE.format(i), image)
        text = "\n".join(lines).encode()
        file.writestr(LINES, text, compress_type=zipfile.ZIP_LZMA)
    path = Path(folder) / set_name / f"{split}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file_atomically(path, content.getvalue())
    return path


def encoded_image(image: Any, quality: int) -> bytes:
    """A Pillow image, grey, stretched to `IMAGE_SIZE`, as WebP."""
    from keras_docs.documents.page_image import pillow, stretched

    pixels = stretched(image, (*IMAGE_SIZE, 1))[:, :, 0]
    content = io.BytesIO()
    small = pillow().Image.fromarray(pixels)
    small.save(content, "WEBP", quality=quality, method=4)
    return content.getvalue()


def _page(page: dict[str, Any], boxes: str) -> dict[str, Any]:
    segments = page.pop(SEGMENT_BOXES, None)
    if boxes == "segment":
        if segments is None:
            raise ValueError(f"The page {page['id']!r} has no boxes of segments.")
        page["boxes"] = segments
    page["boxes"] = np.array(page["boxes"], "int32").reshape(-1, 4)
    return page


def _decoded(content: bytes) -> np.ndarray:
    from keras_docs.documents.page_image import pillow

    image = pillow().Image.open(io.BytesIO(content)).convert("L")
    return np.asarray(image)[:, :, None]


def _plain(value: Any) -> Any:
    return value.tolist()
