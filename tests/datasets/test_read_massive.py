"""Rows come back as they were written; bad lines are named."""

import gzip
import importlib.util
import json
import lzma
import sys
from pathlib import Path

import pytest

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_massive import read_massive

pytestmark = pytest.mark.no_tensors

ROWS = [
    ("0", "test", "alarm_set", "weck mich um fünf", "weck mich um [time : fünf]"),
    ("1", "train", "audio_volume_mute", "ruhe \u2028 bitte", "ruhe \u2028 bitte"),
]
FIVE = {"type": "time", "value": "fünf", "start": 13, "end": 17}


def record(row, locale="de-DE"):
    keys = ("id", "partition", "intent", "utt", "annot_utt")
    return {"locale": locale, "scenario": "x", "worker_id": "8"} | dict(
        zip(keys, row, strict=True)
    )


def write(path, records=None, opener=open):
    lines = [record(row) for row in ROWS] if records is None else records
    with opener(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return path


@pytest.mark.parametrize(
    ("suffix", "opener"), [("", open), (".xz", lzma.open), (".gz", gzip.open)]
)
def test_fields(suffix, opener, tmp_path):
    rows = read_massive(write(tmp_path / f"de-DE.jsonl{suffix}", opener=opener))
    assert rows == [
        LabelledUtterance(ROWS[0][3], "alarm_set", [FIVE], "de-DE", "0", "test"),
        LabelledUtterance(ROWS[1][3], ROWS[1][2], [], "de-DE", "1", "train"),
    ]


def test_a_folder_of_locales(tmp_path):
    for locale in ("ja-JP", "de-DE", "af-ZA"):
        write(tmp_path / f"{locale}.jsonl", [record(row, locale) for row in ROWS])
    (tmp_path / "LICENSE").write_text("CC BY 4.0")
    assert [row.locale for row in read_massive(tmp_path)] == [
        "af-ZA", "af-ZA", "de-DE", "de-DE", "ja-JP", "ja-JP"
    ]  # fmt: skip
    some = read_massive(tmp_path, ["ja-JP", "af-ZA"], "train")
    assert [(row.locale, row.id) for row in some] == [("ja-JP", "1"), ("af-ZA", "1")]
    assert {row.locale for row in read_massive(tmp_path, "de-DE")} == {"de-DE"}
    with pytest.raises(ValueError, match=r"no sw-KE\.jsonl.*af-ZA, de-DE, ja-JP"):
        read_massive(tmp_path, ["de-DE", "sw-KE"])
    with pytest.raises(ValueError, match="partition='trian'"):
        read_massive(tmp_path, partition="trian")


def test_the_unlabelled_set(tmp_path):
    line = {"id": "7", "locale": "de-DE", "partition": "MMNLU-22", "utt": "[a] b"}
    rows = read_massive(write(tmp_path / "de-DE.jsonl", [line]))
    assert rows == [LabelledUtterance("[a] b", "", [], "de-DE", "7", "MMNLU-22")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Expecting"),
        ("[1]", "not an object"),
        ("null", "not an object"),
        (json.dumps({"id": "0"}), "lacks 'utt'"),
        (json.dumps(record(ROWS[0]) | {"utt": 3}), "not a string"),
        (json.dumps(record(ROWS[0]) | {"id": 0}), "not a string"),
        (json.dumps(record(ROWS[0]) | {"annot_utt": "weck [time"}), "type : value"),
        (json.dumps(record(ROWS[0]) | {"utt": "weck mich"}), "`utt` must be"),
    ],
)
def test_malformed_lines(line, message, tmp_path):
    path = write(tmp_path / "de-DE.jsonl")
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(ValueError, match=rf"Line 3 of .*de-DE\.jsonl.*{message}"):
        read_massive(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match=r"There is no file .*de-DE\.jsonl"):
        read_massive(tmp_path / "de-DE.jsonl")
    with pytest.raises(ValueError, match=r"no <locale>\.jsonl.*It has: none"):
        read_massive(tmp_path)
    path = tmp_path / "de-DE.jsonl"
    path.write_bytes(json.dumps(record(ROWS[0]), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(ValueError, match=r"de-DE\.jsonl is not UTF-8"):
        read_massive(path)


def test_tables_become_files_of_the_release(tmp_path, monkeypatch):
    tables = {
        "meta": "0\ttest\talarm\talarm_set\t1\n1\ttrain\tplay\tplay_music\t2\n",
        "en-US": "wake me at [time : five]\nplay\n",
        "zh-CN": "[time : 五点] 叫我\t五点叫我\n播放\n",
    }
    for name, content in tables.items():
        with lzma.open(tmp_path / f"{name}.tsv.xz", "wt", encoding="utf-8") as file:
            file.write(content)
    path = Path(__file__).parents[2] / "tools" / "massive_to_jsonl.py"
    spec = importlib.util.spec_from_file_location("massive_to_jsonl", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["", "--tables", str(tmp_path), "--out", str(out)])
    tool.main()
    rows = read_massive(out)
    assert [row.text for row in rows] == ["wake me at five", "play", "五点叫我", "播放"]
    assert rows[2].slots == [{"type": "time", "value": "五点", "start": 0, "end": 2}]
    assert (rows[3].intent, rows[3].partition) == ("play_music", "train")
    with lzma.open(out / "en-US.jsonl.xz", "rt") as file:
        assert json.loads(next(file))["worker_id"] == "1"
