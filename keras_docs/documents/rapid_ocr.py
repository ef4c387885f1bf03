"""OCR by RapidOCR, whose weights come with it."""

from __future__ import annotations

from typing import Any

import numpy as np


class RapidOCR:
    """Reads words by PaddleOCR's models, offline.

    Args:
        min_score: float, how sure it must be of a line of text, from 0 to 1.
        params: dict of settings of `rapidocr.RapidOCR`, such as
            `{"Global.use_cls": False}`, or `None`.

    Call arguments:
        image: Pillow image or uint8 array (height, width, 3) in RGB.

    Returns:
        Words, a list of strings from top to bottom as the engine orders them, and their
        quadrilaterals, a float32 array (words, 4, 2) in pixels. Lines whose words the
        engine doesn't tell apart are cut at spaces, and their boxes in proportion.

    Raises:
        ImportError: rapidocr or its engine onnxruntime is missing.

    Example:
    ```python
    pages = keras_docs.read_pages("scan.png", ocr=keras_docs.RapidOCR())
    ```

    Reference: https://github.com/RapidAI/RapidOCR; PP-OCR,
    https://arxiv.org/abs/2009.09941.
    """

    def __init__(self, min_score: float = 0.5, params: dict[str, Any] | None = None):
        if not 0 <= min_score <= 1:
            raise ValueError(
                f"`min_score` must be from 0 to 1. Received: {min_score!r}."
            )
        try:
            import onnxruntime  # noqa: F401
            import rapidocr
        except ImportError as error:
            raise ImportError(
                f"RapidOCR needs {error.name}, which is not installed. Install it with "
                '`pip install "keras-docs[ocr]"`.'
            ) from None
        self.min_score = min_score
        settings = {
            # It logs each call otherwise.
            "Global.log_level": "error",
            "Global.text_score": min_score,
            **(params or {}),
        }
        self._engine = rapidocr.RapidOCR(params=settings)

    def __call__(self, image: Any) -> tuple[list[str], np.ndarray]:
        # The engine wants blue first, as OpenCV has it.
        array = np.ascontiguousarray(np.asarray(image)[..., ::-1])
        found = self._engine(array, return_word_box=True)
        words: list[str] = []
        quads: list[Any] = []
        if found.txts is None:
            return words, np.zeros((0, 4, 2), "float32")
        by_word = found.word_results or [()] * len(found.txts)
        for text, quad, parts in zip(found.txts, found.boxes, by_word, strict=True):
            pieces = _pieces(text, quad, parts)
            words += [word for word, _ in pieces]
            quads += [corners for _, corners in pieces]
        return words, np.array(quads, "float32").reshape(-1, 4, 2)


def _pieces(text: str, quad: Any, parts: Any) -> list[tuple[str, np.ndarray]]:
    """Words of a line and their corners."""
    found = [
        (part[0].strip(), np.asarray(part[2], "float32"))
        for part in parts
        if part is not None and part[2] is not None and part[0].strip()
    ]
    # The engine cuts words at hyphens and signs, too: what has no space is one.
    if found and "".join(w for w, _ in found) == "".join(text.split()):
        joined, at = [], 0
        for word in text.split():
            corners, left = [], len(word)
            while left > 0:
                piece, corner = found[at]
                corners.append(corner)
                left -= len(piece)
                at += 1
            if left < 0:
                break
            joined.append((word, _around(corners)))
        else:
            return joined
    return _shared(text, np.asarray(quad, "float32"))


def _around(corners: list[np.ndarray]) -> np.ndarray:
    """From the first piece's left side to the last one's right side."""
    first, last = corners[0], corners[-1]
    return np.stack([first[0], last[1], last[2], first[3]])


def _shared(text: str, quad: np.ndarray) -> list[tuple[str, np.ndarray]]:
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        a, b = start / len(text), at / len(text)
        top, bottom = quad[1] - quad[0], quad[2] - quad[3]
        corners = [
            quad[0] + a * top,
            quad[0] + b * top,
            quad[3] + b * bottom,
            quad[3] + a * bottom,
        ]
        found.append((word, np.stack(corners)))
    return found
