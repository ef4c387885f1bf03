"""Tokens and tags, in files of one shape or another."""

import json
import lzma
import random
from pathlib import Path

import pytest

from keras_docs.datasets.bio_slots import bio_slots
from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_conll_bio import read_conll_bio
from keras_docs.datasets.read_xsid import read_xsid

pytestmark = pytest.mark.no_tensors

BIO = """# intent = alarm/set_alarm
# id = 12
# text = Wake me at 5am, please
Wake\tVB\tO
me\tPRP\tO
at\tIN\tO
5\tCD\tB-datetime
am\tNN\tI-datetime
,\t,\tO
please\tUH\tO

# nothing of interest here
#\tSYM\tB-sign
42\tCD\tI-number
"""
XSID = """# id: 1
# text-en: Set two alarms
# text: Stell zwei Wecker!
# intent: alarm/set_alarm
1\tStell\talarm/set_alarm\tO
2\tzwei\talarm/set_alarm\tB-number
3\tWecker\talarm/set_alarm\tO
3\t!\talarm/set_alarm\tO

# id = 2
# text = Wie hoaß werds
1\tWia\tweather/find\tO
2\thoaß\tweather/find\tB-weather/attribute
3\twerds\tweather/find\tO
"""


def slot(kind, value, start):
    return {"type": kind, "value": value, "start": start, "end": start + len(value)}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_offsets_count_characters_of_the_given_text(tmp_path):
    rows = read_conll_bio(
        write(tmp_path / "a.conll", BIO), locale="en-US", partition="train"
    )
    assert rows[0] == LabelledUtterance(
        "Wake me at 5am, please",
        "alarm/set_alarm",
        [slot("datetime", "5am", 11)],
        "en-US",
        "12",
        "train",
    )
    assert rows[1].text == "# 42"
    assert rows[1].slots == [slot("sign", "#", 0), slot("number", "42", 2)]
    assert (rows[1].intent, rows[1].id) == ("", "")


def test_columns_by_number_and_spaces_between_them(tmp_path):
    content = "1 B-a wake\r\n2 I-a me\r\n\r\n\r\n1 O now"
    rows = read_conll_bio(write(tmp_path / "a", content), token_column=2, tag_column=1)
    assert [row.text for row in rows] == ["wake me", "now"]
    assert rows[0].slots == [slot("a", "wake me", 0)]


def test_a_token_may_look_like_a_comment(tmp_path):
    content = "# comment\n# O\n#go B-tag\n\n# text = # B\n# O\nB O\n\n#a=b\tO\n"
    rows = read_conll_bio(write(tmp_path / "a", content))
    assert [row.text for row in rows] == ["# #go", "# B", "#a=b"]


def test_xsid(tmp_path):
    path = tmp_path / "de-ba.valid.conll.xz"
    rows = read_xsid(write(path, lzma.compress(XSID.encode())))
    assert rows[0] == LabelledUtterance(
        "Stell zwei Wecker!",
        "alarm/set_alarm",
        [slot("number", "zwei", 6)],
        "de-ba",
        "1",
        "valid",
    )
    # Its `# text` has another spelling: the tokens are what is annotated.
    assert rows[1].text == "Wia hoaß werds"
    assert rows[1].slots == [slot("weather/attribute", "hoaß", 4)]
    assert rows[1].intent == "weather/find"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tO\n\n# id = 2\nb\tO\nc\tX-time\n", r"Line 5 of .*'X-time'"),
        ("a\tO\nb\tB-\n", r"Line 2 of .*'B-'"),
        ("a\tO\nb\n", r"Line 2 of .*columns \[0, 1\]"),
        ("a\tO\n\n# id = 2\n", r"Line 3 of .*followed by tokens"),
        (b"a\tO\n\xff\tO\n", r"bad\.conll is not UTF-8"),
    ],
)
def test_malformed_lines(content, message, tmp_path):
    path = write(tmp_path / "bad.conll", content)
    with pytest.raises(ValueError, match=message):
        read_conll_bio(path, tag_column=1)


def test_xsid_lines_with_too_few_columns(tmp_path):
    path = write(tmp_path / "de.test.conll", "1\ta\tweather/find\n")
    with pytest.raises(ValueError, match=r"Line 1 of .*columns \[1, 3, 2\]"):
        read_xsid(path)


def test_slots_are_the_entities_of_seqeval():
    path = Path(__file__).parents[1] / "metrics" / "seqeval_answers.json"
    answers = json.loads(path.read_text())["entities"]
    choose = random.Random(0)
    tags = ["O", "B-a", "I-a", "B-b", "I-b"]
    for expected in answers:
        # The same draws as in seqeval_answers.py.
        sequence = choose.choices(tags, k=choose.randint(1, 9))
        text = " ".join("w" for _ in sequence)
        spans = [(2 * i, 2 * i + 1) for i in range(len(sequence))]
        found = bio_slots(text, spans, sequence)
        assert [
            [slot["type"], slot["start"] // 2, slot["end"] // 2] for slot in found
        ] == [[name, first, last] for name, first, last in expected]
    assert len(answers) == 300
