"""Documents and labels come back as they were written; bad lines are named."""

import bz2
import gzip
import lzma

import pytest

from keras_docs.datasets.read_labelled_texts import read_labelled_texts

pytestmark = pytest.mark.no_tensors

LABELS = "gnd:1\tLaw\ngnd:2\tTax \u2028law\ngnd:3\tLaw\n"
ROWS = (
    '2,0\ten\t"Open" law\tAn abstract\r with \x85 and \u2028\n\tde\tStraße\t\n1\t\t\t\n'
)
OPENERS = {".tsv": open, ".tsv.xz": lzma.open, ".tsv.gz": gzip.open}


def write(folder, rows=ROWS, labels=LABELS, suffix=".tsv"):
    (folder / "labels.tsv").write_text(labels, encoding="utf-8", newline="\n")
    content = rows if isinstance(rows, bytes) else rows.encode("utf-8")
    with {**OPENERS, ".tsv.bz2": bz2.open}[suffix](
        folder / f"trn{suffix}", "wb"
    ) as file:
        file.write(content)
    return folder


@pytest.mark.parametrize("suffix", [".tsv", ".tsv.xz", ".tsv.gz", ".tsv.bz2"])
def test_columns(suffix, tmp_path):
    data = read_labelled_texts(write(tmp_path, suffix=suffix), text_columns=(2, 3))
    assert data.labels == [[2, 0], [], [1]]
    assert data.texts[0] == '"Open" law An abstract\r with \x85 and \u2028'
    assert data.texts[1:] == ["Straße ", " "]
    assert data.label_ids == ["gnd:1", "gnd:2", "gnd:3"]
    assert data.label_names == ["Law", "Tax \u2028law", "Law"]


def test_the_last_column_is_the_default_and_the_end_needs_no_line_feed(tmp_path):
    data = read_labelled_texts(write(tmp_path, "0\tid\ttext\n1\tid\tmore"), "trn")
    assert data.texts == ["text", "more"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"rows": "0\ta\nx\tb\n"}, r"Line 2 of .*trn\.tsv.*'x\\tb'"),
        ({"rows": "0\ta\n\n"}, r"Line 2 of .*trn\.tsv"),
        ({"rows": "0\ta\n3\tb\n"}, r"Line 2 .*outside 0\.\.2"),
        ({"rows": "-1\ta\n"}, r"Line 1 .*outside 0\.\.2"),
        ({"labels": "gnd:1\tLaw\nlaw\n"}, r"Line 2 of .*labels\.tsv.*identifier"),
        ({"labels": "a\tLaw\na\tTax\n"}, "different identifiers"),
        ({"labels": ""}, "different identifiers"),
        ({"rows": b"0\ta\n1\t\xff\n"}, "UTF-8"),
    ],
)
def test_malformed_lines(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_labelled_texts(write(tmp_path, **content), text_columns=(1,))


@pytest.mark.parametrize("suffix", [".tsv.xz", ".tsv.gz", ".tsv.bz2"])
def test_a_truncated_file(suffix, tmp_path):
    path = write(tmp_path, "0\ttext\n" * 9999, suffix=suffix) / f"trn{suffix}"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=f"trn{suffix} cannot be read"):
        read_labelled_texts(tmp_path)


def test_missing_files(tmp_path):
    with pytest.raises(ValueError, match=r"labels\.tsv"):
        read_labelled_texts(tmp_path)
    with pytest.raises(ValueError, match=r"tst\.tsv, tst\.tsv\.xz"):
        read_labelled_texts(write(tmp_path), "tst")
