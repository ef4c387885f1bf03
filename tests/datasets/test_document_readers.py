"""Tiny files in the formats of the releases, and what is wrong with bad ones."""

import io
import json
import lzma
import tarfile

import numpy as np
import PIL.Image
import pytest

from keras_docs.datasets.field_labels import field_labels
from keras_docs.datasets.read_docbank import read_docbank
from keras_docs.datasets.read_funsd import read_funsd
from keras_docs.datasets.read_kleister_nda import read_kleister_nda
from keras_docs.datasets.read_sroie import read_sroie
from keras_docs.datasets.read_tabfact import read_tabfact
from keras_docs.datasets.read_wtq import read_wtq

pytestmark = pytest.mark.no_tensors

FORM = [
    {
        "id": 7,
        "text": "Date of birth:",
        "box": [10, 10, 60, 20],
        "label": "question",
        "words": [
            {"text": "", "box": [10, 10, 12, 20]},
            {"text": "Date", "box": [12, 10, 30, 20]},
            {"text": "of", "box": [32, 10, 40, 20]},
        ],
        "linking": [[7, 3]],
    },
    {
        "id": 3,
        "text": "1 May",
        "box": [70, 10, 90, 20],
        "label": "answer",
        "words": [{"text": "1", "box": [70, 10, 75, 20]}],
        "linking": [[7, 3]],
    },
    {
        "id": 5,
        "text": "x",
        "box": [0, 40, 100, 50],
        "label": "other",
        "words": [{"text": "x", "box": [0, 40, 10, 50]}],
        "linking": [],
    },
]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


def image(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.new("L", size, 255).save(path)
    return path


def archive(path, files):
    with tarfile.open(path, "w:xz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def funsd(tmp_path):
    image(tmp_path / "images" / "f1.png", (100, 50))
    line = json.dumps({"id": "f1", "split": "test", "form": FORM})
    return write(tmp_path / "annotations.jsonl.xz", line + "\n\n")


def test_funsd(funsd):
    (form,) = read_funsd(funsd)
    assert (form["id"], form["split"], form["size"]) == ("f1", "test", (100, 50))
    assert form["image"] == str(funsd.parent / "images" / "f1.png")
    assert form["words"] == ["", "Date", "of", "1", "x"]
    assert form["boxes"].tolist()[1] == [120, 200, 300, 400]
    assert form["boxes"].dtype == np.int32
    labels = [None, "B-QUESTION", "I-QUESTION", "B-ANSWER", "O"]
    assert form["word_labels"] == labels
    assert form["links"] == [(0, 1)]
    entities = [(e["label"], e["words"], e["text"]) for e in form["entities"]]
    assert entities == [
        ("question", [0, 1, 2], "Date of birth:"),
        ("answer", [3], "1 May"),
        ("other", [4], "x"),
    ]


def test_funsd_boxes_of_segments(funsd):
    (form,) = read_funsd(funsd, boxes="segment")
    question = [100, 200, 600, 400]
    assert form["boxes"].tolist()[:4] == [question] * 3 + [[700, 200, 900, 400]]
    with pytest.raises(ValueError, match='`boxes` must be "word"'):
        read_funsd(funsd, boxes="line")


def test_funsd_as_released(tmp_path, funsd):
    dataset = tmp_path / "dataset"
    for part in ("training_data", "testing_data"):
        write(dataset / part / "annotations" / "f1.json", {"form": FORM})
        image(dataset / part / "images" / "f1.png", (100, 50))
    forms = read_funsd(dataset)
    assert [form["split"] for form in forms] == ["train", "test"]
    (one,) = read_funsd(dataset / "testing_data")
    (other,) = read_funsd(funsd)
    assert one["word_labels"] == other["word_labels"]
    assert (one["boxes"] == other["boxes"]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "title"}, "Line 1 of .*entity 0 has the label 'title'"),
        ({"linking": [[7, 99]]}, "Line 1 of .*entity 0 is linked to one that is not"),
        ({"words": [{"text": "a"}]}, "Line 1 of .* must have a list `form`"),
        ({"words": 3}, "Line 1 of .* must have a list `form`"),
        (
            {"words": [{"text": "a", "box": [9, 1, 2, 3]}]},
            r"Line 1 of .*: word 0 \('a'\).*inverted",
        ),
    ],
)
def test_malformed_forms(change, message, tmp_path):
    image(tmp_path / "images" / "f1.png", (100, 50))
    form = [{**FORM[0], **change}, *FORM[1:]]
    path = write(tmp_path / "a.jsonl", {"id": "f1", "split": "", "form": form})
    with pytest.raises(ValueError, match=message):
        read_funsd(path)


def test_missing_files_of_forms(tmp_path):
    path = write(tmp_path / "a.jsonl", {"id": "f1", "form": FORM})
    with pytest.raises(ValueError, match="Line 1 of .*no image 'f1'"):
        read_funsd(path)
    with pytest.raises(ValueError, match="has no `annotations"):
        read_funsd(tmp_path)
    with pytest.raises(ValueError, match="Line 2 of .*b.jsonl is not JSON"):
        read_funsd(write(tmp_path / "b.jsonl", '\n{"id"'))
    with pytest.raises(ValueError, match="Line 1 of .*must hold a JSON object"):
        read_funsd(write(tmp_path / "c.jsonl", "[]"))


RECEIPT = {
    "id": "000",
    "size": [200, 100],
    "lines": [
        {"text": "TAN SHOP SDN", "box": [0, 0, 120, 10]},
        {"text": "TOTAL: 9.00", "box": [0, 50, 110, 60]},
    ],
    "fields": {"company": "TAN SHOP", "total": "9.00", "date": ""},
}


def test_sroie(tmp_path):
    path = write(tmp_path / "a.jsonl.xz", RECEIPT)
    (receipt,) = read_sroie(path)
    assert receipt["image"] is None and receipt["size"] == (200, 100)
    assert receipt["words"] == ["TAN", "SHOP", "SDN", "TOTAL:", "9.00"]
    assert receipt["lines"] == [0, 0, 0, 1, 1]
    # Twelve letters have 600: word 1 is letters 4 to 8.
    assert receipt["boxes"].tolist()[1] == [200, 0, 400, 100]
    assert receipt["fields"] == {"company": ["TAN SHOP"], "total": ["9.00"]}
    labels = ["B-company", "I-company", "O", "O", "B-total"]
    assert receipt["word_labels"] == labels
    (segments,) = read_sroie(path, boxes="segment")
    assert segments["boxes"].tolist()[:3] == [[0, 0, 600, 100]] * 3


def test_sroie_as_released(tmp_path):
    write(
        tmp_path / "box" / "000.csv",
        "0,0,120,0,120,10,0,10,TAN SHOP SDN\r\n\n0,50,110,50,110,60,0,60,A, B\n",
    )
    write(tmp_path / "key" / "000.json", RECEIPT["fields"])
    path = image(tmp_path / "img" / "000.jpg", (200, 100))
    (receipt,) = read_sroie(tmp_path)
    assert receipt["words"] == ["TAN", "SHOP", "SDN", "A,", "B"]
    assert receipt["image"] == str(path)
    assert receipt["boxes"].tolist()[0] == [0, 0, 150, 100]
    write(tmp_path / "box" / "000.csv", "0,0,120,0,120,10,0,10\n")
    with pytest.raises(ValueError, match="Line 1 of .*000.csv must be eight numbers"):
        read_sroie(tmp_path)


def test_receipts_of_a_company_stay_together(tmp_path):
    names = [f"SHOP {i}" for i in range(100)]
    spelled = [*names, *(f"{name.lower()}." for name in names)]
    lines = [
        json.dumps({**RECEIPT, "id": str(i), "fields": {"company": name}})
        for i, name in enumerate(spelled)
    ]
    receipts = read_sroie(write(tmp_path / "a.jsonl", "\n".join(lines)))
    splits = [receipt["split"] for receipt in receipts]
    assert splits[:100] == splits[100:]
    assert 10 < splits[:100].count("test") < 35


def test_malformed_receipts(tmp_path):
    with pytest.raises(ValueError, match="Line 1 of .*neither `size` nor an image"):
        read_sroie(write(tmp_path / "a.jsonl", {**RECEIPT, "size": None}))
    with pytest.raises(ValueError, match="Line 1 of .* must have `id`, `lines`"):
        read_sroie(write(tmp_path / "b.jsonl", {"id": "0", "size": [1, 1]}))
    with pytest.raises(ValueError, match="has no `box"):
        read_sroie(tmp_path)


def test_labels_of_fields():
    text = "Between ACME Corp. (ACME) of New York and Acme Corp, York"
    fields = {"party": ["Acme Corp.", "ACME"], "place": ["New_York"]}
    assert field_labels(text.split(), fields) == [
        "O", "B-party", "I-party", "B-party", "O", "B-place", "I-place", "O",
        "B-party", "I-party", "O",
    ]  # fmt: skip
    assert field_labels(["a", "-", ""], {"x": ["", "b"]}) == ["O"] * 3


def test_kleister_nda(tmp_path):
    page = {"size": [595, 842], "words": ["Nike", "Inc."], "boxes": [[1, 2, 3, 4]] * 2}
    documents = [
        {
            "id": "d0",
            "split": "train",
            "fields": [["party", "Nike Inc."], ["party", "Bo"]],
            "pages": [page, {**page, "words": [], "boxes": []}],
        },
        {"id": "d1", "split": "extra", "fields": None, "pages": [page]},
    ]
    path = write(tmp_path / "w.jsonl.xz", "\n".join(map(json.dumps, documents)))
    pdf = write(tmp_path / "pdf" / "d0.pdf", "")
    first, second, third = read_kleister_nda(path)
    assert first["fields"] == {"party": ["Nike Inc.", "Bo"]}
    assert first["word_labels"] == ["B-party", "I-party"]
    assert (first["path"], first["page"], second["page"]) == (str(pdf), 0, 1)
    assert second["boxes"].shape == (0, 4)
    assert "fields" not in third and "path" not in third
    del documents[1]["pages"]
    path = write(tmp_path / "b.jsonl", "\n".join(map(json.dumps, documents)))
    with pytest.raises(ValueError, match="Line 2 of .*KeyError: 'pages'"):
        read_kleister_nda(path)


def test_docbank(tmp_path):
    row = "4.\t10\t20\t30\t40\t0\t0\t0\tTimes\tsection"
    figure = "##LTFigure##\t1\t2\t3\t4\t0\t0\t0\t-\tfigure"
    write(tmp_path / "p1.txt", f"{row}\n{figure}\n")
    path = image(tmp_path / "p1_ori.jpg", (10, 10))
    (page,) = read_docbank(tmp_path)
    assert (page["id"], page["image"]) == ("p1", str(path))
    assert (page["words"], page["word_labels"]) == (["4."], ["section"])
    assert page["boxes"].tolist() == [[10, 20, 30, 40]]
    content = {
        "id": "p1",
        "words": ["4."],
        "boxes_1000": [[10, 20, 30, 40]],
        "labels": ["section"],
    }
    (same,) = read_docbank(write(tmp_path / "a.jsonl", content))
    assert same["word_labels"] == ["section"] and same["image"] is None
    with pytest.raises(ValueError, match="Line 1 of .*1 words and 0 labels"):
        read_docbank(write(tmp_path / "b.jsonl", {**content, "labels": []}))
    write(tmp_path / "p1.txt", "4.\t10\t20\n")
    with pytest.raises(ValueError, match="Line 1 of .*p1.txt must hold 10 columns"):
        read_docbank(tmp_path)


QUESTIONS = (
    "id\tutterance\tcontext\ttargetValue\n"
    "nt-0\twho?\tcsv/204-csv/590.csv\tAnn|B\\pC\n"
    "nt-1\twhen?\tcsv/204-csv/590.csv\t2004\n"
)
TABLE = '"Name","Said"\n"Ann","\\"no\\", twice\n"\n'


def test_wtq(tmp_path):
    path = write(tmp_path / "data" / "training.tsv", QUESTIONS)
    write(tmp_path / "csv" / "204-csv" / "590.csv", TABLE)
    first, second = read_wtq(path)
    assert first["table"] == [["Name", "Said"], ["Ann", '"no", twice\n']]
    assert first["table"] is second["table"]
    assert (first["question"], first["split"]) == ("who?", "training")
    assert first["denotation"] == ["Ann", "B|C"] and first["answers"] == ["Ann, B|C"]
    tar = archive(tmp_path / "t.tar.xz", {"csv/204-csv/590.csv": TABLE})
    assert read_wtq(path, tar) == [first, second]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\tutterance\n", "Line 1 of .*must hold id, utterance"),
        (QUESTIONS + "nt-2\twho?\n", "Line 4 of .*must hold id, utterance"),
        (QUESTIONS.replace("590", "7"), "Line 2 of .*about a table that .* lacks"),
    ],
)
def test_malformed_questions(content, message, tmp_path):
    path = write(tmp_path / "data" / "training.tsv", content)
    write(tmp_path / "csv" / "204-csv" / "590.csv", TABLE)
    with pytest.raises(ValueError, match=message):
        read_wtq(path)
    with pytest.raises(ValueError, match="There is no file or folder"):
        read_wtq(write(tmp_path / "data" / "a.tsv", QUESTIONS), tmp_path / "none")


def test_tabfact(tmp_path):
    table = 'name#said\nann#"no\n'
    path = write(
        tmp_path / "tokenized_data" / "val_examples.json",
        {"1.html.csv": [["a", "b"], [1, 0], "cap"]},
    )
    write(tmp_path / "data" / "all_csv" / "1.html.csv", table)
    first, second = read_tabfact(path)
    assert first["table"] == [["name", "said"], ["ann", '"no']]
    assert (first["question"], first["answers"], first["label"]) == ("a", ["yes"], 1)
    assert (second["answers"], second["caption"]) == (["no"], "cap")
    assert first["split"] == "val" and first["table"] is second["table"]
    archive(tmp_path / "tables.tar.xz", {"all_csv/1.html.csv": table})
    content = {
        "table": "1.html.csv",
        "split": "test",
        "form": "natural_pair",
        "simple": True,
        "caption": "cap",
        "statements": ["a"],
        "labels": [1],
    }
    (one,) = read_tabfact(write(tmp_path / "s.jsonl", content))
    assert (one["split"], one["form"], one["simple"]) == ("test", "natural_pair", True)
    for change, message in (
        ({"labels": [2]}, "Line 1 of .*with a label 0 or 1 each"),
        ({"labels": []}, "Line 1 of .*with a label 0 or 1 each"),
        ({"table": "2.csv"}, "Line 1 of .*has no table '2.csv'"),
    ):
        with pytest.raises(ValueError, match=message):
            read_tabfact(write(tmp_path / "s.jsonl", {**content, **change}))
