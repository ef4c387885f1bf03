"""Pages of images and of PDF files made here, byte by byte."""

import builtins

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from pdf_examples import TEXT, pdf

from keras_docs.documents import rapid_ocr, tesseract_ocr
from keras_docs.documents.page_image import open_image, stretched
from keras_docs.documents.read_pages import read_pages

pytestmark = pytest.mark.no_tensors


def ink(image):
    """The bounding box of what is dark, from 0 to 1000."""
    y, x = np.nonzero(np.asarray(image.convert("L")) < 128)
    width, height = image.size
    return np.array(
        [x.min() / width, y.min() / height, x.max() / width, y.max() / height]
    ) * 1000  # fmt: skip


def union(boxes):
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def test_text_layer_of_a_pdf(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([TEXT, TEXT.replace("due", "May")]))
    first, second = read_pages(path)
    assert first["words"] == ["Total", "due", "12.50"]
    assert second["words"] == ["Total", "May", "12.50"]
    assert (first["page"], second["page"]) == (0, 1)
    assert first["size"] == first["image"].size == (1250, 1667)
    total, _, amount = first["boxes"].tolist()
    # 60 of 600 from the left; the base line is 700 of 800 from below.
    assert abs(total[0] - 100) < 6 and abs(total[3] - 125) < 6
    assert abs(amount[0] - 600) < 6 and abs(amount[3] - 625) < 6
    (only,) = read_pages(path.read_bytes(), pages=[1], dpi=72)
    assert only["size"] == (600, 800) and only["page"] == 1
    assert len(read_pages([path, path])) == 4


@pytest.mark.parametrize(
    "extra",
    ["", "/Rotate 90", "/Rotate 180", "/Rotate 270", "/CropBox [30 200 500 780]"],
)
@pytest.mark.parametrize("rotation", [0, 90])
def test_boxes_are_where_the_ink_is(extra, rotation):
    (page,) = read_pages(pdf(extra=extra), rotation=rotation, dpi=72)
    assert page["words"] == ["Total", "due", "12.50"]
    np.testing.assert_allclose(union(page["boxes"]), ink(page["image"]), atol=12)


def test_text_beyond_the_crop_box_is_left_out():
    (page,) = read_pages(pdf(extra="/CropBox [0 600 600 800]"), dpi=36)
    assert page["words"] == ["Total", "due"]


def test_scans_and_empty_pages_go_through_ocr():
    (page,) = read_pages(pdf([""]), dpi=36)
    assert page["words"] == [] and page["boxes"].shape == (0, 4)
    sizes = []

    def ocr(image):
        sizes.append(image.size)
        return ["a"], [[0, 0, 150, 400]]

    (page,) = read_pages(pdf([""]), ocr, dpi=36)
    assert page["boxes"].tolist() == [[0, 0, 500, 1000]] and sizes == [(300, 400)]
    (page,) = read_pages(pdf(), ocr, use_text_layer=False, dpi=36)
    assert page["words"] == ["a"]
    (page,) = read_pages(pdf(), ocr, dpi=36)
    assert len(page["words"]) == 3 and len(sizes) == 2


def test_refused_pdf(tmp_path):
    locked = (
        "/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
        f"/O <{'1f' * 32}> /U <{'2e' * 32}> >>"
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(encrypt=locked))
    with pytest.raises(ValueError, match="a.pdf is encrypted. Give its `password`"):
        read_pages(path)
    with pytest.raises(ValueError, match="is encrypted. Check `password`"):
        read_pages(path, password="x")
    for content in (b"", b"%PDF-1.4\n", pdf()[:200]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="a.pdf is no PDF, or a damaged one"):
            read_pages(path)
    with pytest.raises(ValueError, match="There is no file .*b.pdf"):
        read_pages(tmp_path / "b.pdf")
    with pytest.raises(ValueError, match="`pages` must be .*0 to 0.*has 1.*: 3"):
        read_pages(pdf(), pages=[3])


def test_pages_of_images(tmp_path):
    array = np.full((20, 40), 255, "uint8")
    array[:5, 10:20] = 0
    path = tmp_path / "a.png"
    PIL.Image.fromarray(array).save(path)

    def ocr(image):
        assert image.mode == "RGB"
        x0, y0, x1, y1 = image.convert("L").point(lambda p: 255 - p).getbbox()
        return ["a"], [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]]

    for source in (path, str(path), array, PIL.Image.fromarray(array)):
        (page,) = read_pages(source, ocr)
        assert page["size"] == (40, 20)
        assert page["boxes"].tolist() == [[250, 0, 500, 250]]
    (page,) = read_pages(path, ocr, rotation=90)
    # What is on top is at the right.
    assert page["size"] == (20, 40) and page["boxes"].tolist() == [
        [750, 250, 1000, 500]
    ]
    assert read_pages(path)[0]["words"] == []


def test_exif_turns_photos(tmp_path):
    array = np.full((20, 40), 255, "uint8")
    image = PIL.Image.fromarray(array)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    assert read_pages(tmp_path / "a.jpg")[0]["size"] == (20, 40)


def test_refused_images(tmp_path):
    path = tmp_path / "a.png"
    PIL.Image.fromarray(np.zeros((99, 99), "uint8")).save(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="the image .*a.png is damaged"):
        read_pages(path)
    path.write_bytes(b"no image")
    with pytest.raises(ValueError, match="a.png is no image that Pillow can open"):
        read_pages(path)
    with pytest.raises(ValueError, match="there is no image .*b.png"):
        read_pages(tmp_path / "b.png")


def test_bad_arguments():
    array = np.zeros((4, 4), "uint8")
    for arguments, message in (
        ({"rotation": 45}, "`rotation` must be 0, 90, 180 or 270"),
        ({"ocr": "rapidocr"}, "`ocr` must be a function"),
        ({"dpi": 0}, "`dpi` must be a positive int"),
        ({"pages": [1]}, "`pages` must be"),
        ({"ocr": lambda image: ["a"]}, "`ocr` must return words and boxes"),
        ({"ocr": lambda image: (["a"], [[0, 0, 9, 9]])}, "by OCR: word 0 .'a'"),
    ):
        with pytest.raises(ValueError, match=message):
            read_pages(array, **arguments)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((4, 4, 2), "uint8"), "shape .4, 4, 2."),
        (np.zeros((0, 4), "uint8"), "shape .0, 4."),
        (np.array([["a"]]), "dtype <U1"),
        (np.full((2, 2), np.nan), "a finite array"),
        (np.full((2, 2), 300), "from 0 to 255. Received: from 300"),
        (np.full((2, 2), 0.5), "Multiply the image by 255"),
    ],
)
def test_arrays_that_are_no_images(source, message):
    with pytest.raises(ValueError, match=message):
        open_image(source)


def test_kinds_of_images():
    assert open_image(np.eye(3, dtype=bool)).getpixel((0, 0)) == 255
    clear = PIL.Image.new("RGBA", (2, 2), (0, 0, 0, 0))
    assert open_image(clear).getpixel((0, 0)) == (255, 255, 255)
    deep = PIL.Image.fromarray(np.full((2, 2), 65535, "uint16"))
    assert open_image(deep).getpixel((0, 0)) == 255
    assert open_image(PIL.Image.new("CMYK", (2, 2))).mode == "RGB"
    gradient = np.tile(np.arange(256, dtype="uint8"), (8, 1))
    small = stretched(open_image(gradient), (2, 4, 3))
    # The mean of each quarter.
    np.testing.assert_allclose(small[0, 1:3, 0], [96, 160], atol=2)


def no_import(monkeypatch, *names):
    real = builtins.__import__

    def imported(name, *args, **kwargs):
        if name.partition(".")[0] in names:
            raise ImportError(name, name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", imported)


@pytest.mark.parametrize(
    ("missing", "call", "message"),
    [
        ("PIL", lambda: read_pages(np.zeros((2, 2))), r"Pillow.*keras-docs\[pdf\]"),
        ("pypdfium2", lambda: read_pages(pdf()), r"pypdfium2.*keras-docs\[pdf\]"),
        ("rapidocr", rapid_ocr.RapidOCR, r"rapidocr.*keras-docs\[ocr\]"),
        ("onnxruntime", rapid_ocr.RapidOCR, r"onnxruntime.*keras-docs\[ocr\]"),
        ("pytesseract", tesseract_ocr.TesseractOCR, r"pytesseract.*keras-docs\[ocr\]"),
    ],
)
def test_a_missing_library_names_the_extra(missing, call, message, monkeypatch):
    no_import(monkeypatch, missing)
    with pytest.raises(ImportError, match=message):
        call()


def test_words_of_a_line_of_rapidocr():
    def quad(x0, x1):
        return [[x0, 0], [x1, 0], [x1, 10], [x0, 10]]

    parts = [("Re", 1.0, quad(0, 20)), ("-", 1.0, quad(20, 25)),
             ("Total", 1.0, quad(25, 60)), ("due", 1.0, quad(70, 99))]  # fmt: skip
    pieces = rapid_ocr._pieces("Re-Total due", quad(0, 100), parts)
    assert [word for word, _ in pieces] == ["Re-Total", "due"]
    assert pieces[0][1].tolist() == quad(0, 60)
    # Without words the line is shared by letters.
    pieces = rapid_ocr._pieces("ab cd", quad(0, 100), ())
    assert [(word, corners[:2, 0].round().tolist()) for word, corners in pieces] == [
        ("ab", [0, 40]), ("cd", [60, 100])
    ]  # fmt: skip


@pytest.mark.large
def test_rapidocr_reads_what_is_drawn():
    pytest.importorskip("rapidocr")
    image = PIL.Image.new("RGB", (600, 200), "white")
    font = PIL.ImageFont.load_default(size=36)
    draw = PIL.ImageDraw.Draw(image)
    draw.text((40, 60), "Total amount 12.50", "black", font)
    (page,) = read_pages(image, rapid_ocr.RapidOCR())
    assert page["words"] == ["Total", "amount", "12.50"]
    np.testing.assert_allclose(union(page["boxes"]), ink(image), atol=60)
    assert read_pages(PIL.Image.new("RGB", (64, 64), "white"), rapid_ocr.RapidOCR())[0][
        "words"
    ] == []  # fmt: skip


def test_words_of_tesseract():
    pytest.importorskip("pytesseract")
    ocr = tesseract_ocr.TesseractOCR(scale=2, min_confidence=50)
    columns = {
        "text": ["", " Total ", "dim", "due"],
        "conf": ["-1", "96.1", 20, 90],
        "left": [0, 20, 60, 100],
        "top": [0, 10, 10, 10],
        "width": [9, 40, 20, 30],
        "height": [9, 12, 12, 12],
    }
    words, boxes = ocr._words(columns)
    assert words == ["Total", "due"]
    assert boxes.tolist() == [[10, 5, 30, 11], [50, 5, 65, 11]]
    with pytest.raises(ValueError, match="`scale` must be an int"):
        tesseract_ocr.TesseractOCR(scale=0)


def test_tesseract_itself_is_missing(monkeypatch):
    engine = pytest.importorskip("pytesseract")
    monkeypatch.setattr(engine.pytesseract, "tesseract_cmd", "/none/tesseract")
    with pytest.raises(ValueError, match="The program `tesseract` is not installed"):
        read_pages(np.zeros((9, 9), "uint8"), tesseract_ocr.TesseractOCR())
