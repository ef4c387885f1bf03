"""OCR by Tesseract."""

from __future__ import annotations

from typing import Any

import numpy as np


class TesseractOCR:
    """Reads words by Tesseract, which knows over a hundred languages.

    Small print gains from a larger image: on scans of 100 dpi `scale=2` found some ten
    points more of the words.

    Args:
        lang: string, the languages to expect, such as `"eng"` or `"deu+eng"`.
        config: string, further options, such as `"--psm 11"` for sparse text.
        scale: int, by how much the image is enlarged first.
        min_confidence: float, how sure it must be of a word, from 0 to 100.

    Call arguments:
        image: Pillow image, or uint8 array (height, width, 3).

    Returns:
        Words, a list of strings in reading order, and their boxes, a float32 array
        (words, 4) in pixels.

    Raises:
        ImportError: pytesseract is missing.
        ValueError: the program `tesseract` or a language is not installed.

    Example:
    ```python
    ocr = keras_docs.TesseractOCR(lang="deu", scale=2)
    pages = keras_docs.read_pages("scan.png", ocr=ocr)
    ```

    Reference: https://github.com/tesseract-ocr/tesseract
    """

    def __init__(
        self,
        lang: str = "eng",
        config: str = "",
        scale: int = 1,
        min_confidence: float = 0.0,
    ):
        if not isinstance(scale, int) or scale < 1:
            raise ValueError(f"`scale` must be an int, 1 or more. Received: {scale!r}.")
        try:
            import pytesseract
        except ImportError:
            raise ImportError(
                "TesseractOCR needs pytesseract, which is not installed. Install it "
                'with `pip install "keras-docs[ocr]"`, and the program with '
                "`apt install tesseract-ocr` or as your system has it."
            ) from None
        self.lang = lang
        self.config = config
        self.scale = scale
        self.min_confidence = min_confidence
        self._engine = pytesseract

    def __call__(self, image: Any) -> tuple[list[str], np.ndarray]:
        from keras_docs.documents.page_image import open_image

        image = open_image(image)
        if self.scale > 1:
            image = image.resize([self.scale * side for side in image.size])
        engine = self._engine
        try:
            found = engine.image_to_data(
                image,
                lang=self.lang,
                config=self.config,
                output_type=engine.Output.DICT,
            )
        except engine.TesseractNotFoundError:
            raise ValueError(
                "The program `tesseract` is not installed, or not on the path. Install "
                "it with `apt install tesseract-ocr`, or use keras_docs.RapidOCR."
            ) from None
        except engine.TesseractError as error:
            raise ValueError(
                f"Tesseract could not read with lang={self.lang!r}, config="
                f"{self.config!r}: {error.message!s:.200}. Languages are packages: "
                "`apt install tesseract-ocr-deu`."
            ) from None
        return self._words(found)

    def _words(self, found: dict[str, list]) -> tuple[list[str], np.ndarray]:
        """From columns `text`, `conf`, `left`, `top`, `width` and `height`."""
        kept = [
            i
            for i, text in enumerate(found["text"])
            if text.strip() and float(found["conf"][i]) >= self.min_confidence
        ]
        columns = [
            np.array(found[name], "float32")[kept]
            for name in ("left", "top", "width", "height")
        ]
        left, top, width, height = columns
        boxes = np.stack([left, top, left + width, top + height], axis=1) / self.scale
        return [found["text"][i].strip() for i in kept], boxes
