"""What the verbs take for a page, a document, or several."""

import numpy as np
import page_examples
import PIL.Image
import pytest
from pdf_examples import TEXT, pdf

from keras_docs.models.docformer_v2.page_documents import (
    document_groups,
    is_several,
    page_documents,
)

pytestmark = pytest.mark.no_tensors

PAGE = page_examples.page()


def ocr(image):
    return ["Total", "12.50"], [[0, 0, 4, 4], [5, 5, 9, 9]]


@pytest.fixture
def files(tmp_path):
    image, document = tmp_path / "a.png", tmp_path / "b.pdf"
    PIL.Image.new("L", (10, 10), 255).save(image)
    document.write_bytes(pdf([TEXT, "", TEXT]))
    return image, document


def test_one_page_in_any_form(files):
    image, _ = files
    array = np.full((10, 10), 255, "uint8")
    for source in (image, str(image), PIL.Image.open(image), array):
        (document,) = page_documents(source, ocr)
        assert document.is_page and not is_several(source)
        assert document.pages[0]["words"] == ["Total", "12.50"]
    (document,) = page_documents(PAGE)
    assert document.pages == [PAGE] and document.name == "The page"


def test_documents_of_several_pages(files):
    _, path = files
    for source in (path, path.read_bytes()):
        (document,) = page_documents(source)
        assert not document.is_page and not is_several(source)
        assert [document.number(i) for i in range(3)] == [0, 1, 2]
    assert document.page_name(2) == "The PDF, page 2"
    first, second, third = page_documents([PAGE, [PAGE, PAGE], path])
    assert (first.name, second.name) == ("Page 0", "Document 1")
    assert len(second.pages) == 2 and second.page_name(1) == "Document 1, page 1"
    assert third.page_name(2) == f"{path}, page 2"
    # Numbers of their own count where they differ.
    for numbers, expected in ((3, 7), [3, 7]), ((0, 0), [0, 1]):
        (document,) = page_documents([[PAGE | {"page": n} for n in numbers]])
        assert [document.number(i) for i in range(2)] == expected
    batch = {name: [PAGE[name], PAGE[name]] for name in PAGE}
    assert is_several(batch) and len(list(page_documents(batch))) == 2


def test_nothing_to_read_without_ocr(files):
    image, _ = files
    match = rf"{image} has no text of its own.*RapidOCR\(\).*keras-docs\[ocr\]"
    with pytest.raises(ValueError, match=match):
        list(page_documents(image))
    blank = pdf([""])
    with pytest.raises(ValueError, match="The PDF has no text of its own"):
        list(page_documents(blank))
    (document,) = page_documents(blank, lambda image: ([], []))
    assert len(document.pages) == 1


def test_what_fails_names_itself(files, tmp_path):
    image, path = files
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    sources = [PAGE, tmp_path / "gone.png", broken, {"words": ["a"], "box": []}, path]
    found = list(page_documents(sources, on_error="skip"))
    assert [document.error is None for document in found] == [True] + [False] * 3 + [
        True
    ]
    assert "gone.png" in found[1].error and "broken.pdf" in found[2].error
    assert found[3].error.startswith("Page 3 has the unknown part 'box'")
    with pytest.raises(ValueError, match=r"gone\.png"):
        list(page_documents(sources))
    with pytest.raises(ValueError, match="`on_error` must be"):
        list(page_documents(PAGE, on_error="ignore"))


def test_groups_are_read_one_after_the_other():
    read = []

    def documents():
        for i in range(5):
            read.append(i)
            yield from page_documents([[PAGE] * 2])

    groups = document_groups(documents(), 4)
    assert len(next(groups)) == 2 and read == [0, 1]
    assert [len(group) for group in groups] == [2, 1]
