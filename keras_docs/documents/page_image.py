"""Images of pages: opened, and stretched to a model's shape."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

WHITE = 255.0
# Of Pillow, for the channels of an array and of a model.
_MODES = {1: "L", 3: "RGB"}


def pillow() -> Any:
    """`PIL.Image`, or an error that tells how to get it."""
    try:
        import PIL.Image
        import PIL.ImageOps
    except ImportError:
        raise ImportError(
            "Images need Pillow, which is not installed. Install it with "
            '`pip install "keras-docs[pdf]"`, or `"keras-docs[ocr]"` to read them.'
        ) from None
    return PIL


def open_image(source: Any, where: str = "The page") -> Image:
    """Opens a page's image.

    Args:
        source: path of an image file; `PIL.Image.Image`; or array (height, width),
            (height, width, 1), (height, width, 3) or (height, width, 4) of integers or
            floats from 0 to 255, or of bools.
        where: string, begins the errors.

    Returns:
        A Pillow image, in grey or RGB, turned upright as its EXIF data say.
        Transparent parts are white.

    Raises:
        ImportError: Pillow is missing.
        ValueError: there is no such file, it is no image or a damaged one, or an array
            is none of those described.
    """
    module = pillow()
    if isinstance(source, str | os.PathLike):
        source = _opened(module, Path(source), where)
    elif not isinstance(source, module.Image.Image):
        source = _from_array(module, source, where)
    source = module.ImageOps.exif_transpose(source)
    if source.mode in ("L", "RGB"):
        return source
    if source.mode.startswith("I") or source.mode == "F":
        # Deeper than 8 bits: Pillow would cut off, not scale.
        values = np.asarray(source, "float32")
        top = 65535.0 if source.mode.startswith("I") else max(float(values.max()), 1.0)
        return module.Image.fromarray((values / top * 255).round().astype("uint8"))
    if source.mode in ("1", "LA") and not _is_transparent(source):
        return source.convert("L")
    if _is_transparent(source):
        source = source.convert("RGBA")
        paper = module.Image.new("RGBA", source.size, "white")
        source = module.Image.alpha_composite(paper, source)
    return source.convert("RGB")


def stretched(image: Image, shape: tuple[int, int, int]) -> np.ndarray:
    """An image as a model takes it: the whole page, whatever its proportions.

    Args:
        image: a Pillow image in grey or RGB.
        shape: (height, width, channels), with 1 or 3 channels.

    Returns:
        uint8 array of `shape`.
    """
    height, width, channels = shape
    image = image.convert(_MODES[channels])
    if image.size != (width, height):
        # Bilinear, and an average of all pixels where the page gets smaller.
        image = image.resize((width, height), pillow().Image.Resampling.BILINEAR)
    return np.asarray(image, "uint8").reshape(shape)


def _opened(module: Any, path: Path, where: str) -> Image:
    try:
        image = module.Image.open(path)
        image.load()
    except FileNotFoundError:
        raise ValueError(f"{where}: there is no image {path}.") from None
    except module.UnidentifiedImageError:
        raise ValueError(
            f"{where}: {path} is no image that Pillow can open. PDF files are read by "
            "`keras_docs.read_pages`."
        ) from None
    except (OSError, SyntaxError, ValueError, module.Image.DecompressionBombError) as e:
        raise ValueError(
            f"{where}: the image {path} is damaged or too large ({e}). Save it again."
        ) from None
    return image


def _from_array(module: Any, source: Any, where: str) -> Image:
    array = np.asarray(source)
    is_image = array.dtype.kind in "buif" and (
        array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    )
    if not is_image or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"{where}: an image is a path, a Pillow image, or a finite array (height, "
            f"width[, 1, 3 or 4]) from 0 to 255. Received: {type(source).__name__} of "
            f"shape {array.shape} and dtype {array.dtype}."
        )
    if array.dtype.kind == "b":
        array = array * np.uint8(255)
    elif array.dtype != np.uint8:
        if array.min() < 0 or array.max() > 255:
            raise ValueError(
                f"{where}: pixels must be from 0 to 255. Received: from {array.min()} "
                f"to {array.max()}. Scale the image."
            )
        if array.dtype.kind == "f" and 0 < array.max() <= 1:
            raise ValueError(
                f"{where}: pixels must be from 0 to 255. Received: floats up to "
                f"{array.max():.3g}. Multiply the image by 255."
            )
        array = np.rint(array).astype("uint8")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return module.Image.fromarray(np.ascontiguousarray(array))


def _is_transparent(image: Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image file in pixels, without reading all of it.

    Raises:
        ImportError: Pillow is missing.
        ValueError: there is no such file, or it is no image.
    """
    module = pillow()
    try:
        with module.Image.open(path) as image:
            return image.size
    except (OSError, module.UnidentifiedImageError) as error:
        raise ValueError(f"The image {path} cannot be read ({error}).") from None
