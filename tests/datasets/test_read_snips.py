"""Pieces of text make utterances; bad ones are named."""

import gzip
import json

import pytest

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.read_snips import read_snips

pytestmark = pytest.mark.no_tensors


def write(path, content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_pieces(suffix, tmp_path):
    data = [
        {"text": "add "},
        {"text": " Ágætis byrjun ", "entity": "album", "slot_name": "entity_name"},
        {"text": "to my "},
        {"text": " ", "entity": "empty"},
        {"text": "list", "entity": "playlist"},
    ]
    path = tmp_path / f"train_AddToPlaylist_full.json{suffix}"
    content = {"AddToPlaylist": [{"data": data}, {"data": []}]}
    first, second = read_snips(write(path, content))
    text = "add  Ágætis byrjun to my  list"
    assert first == LabelledUtterance(
        text,
        "AddToPlaylist",
        [
            {"type": "entity_name", "value": "Ágætis byrjun", "start": 5, "end": 18},
            {"type": "playlist", "value": "list", "start": 26, "end": 30},
        ],
        "en",
        "",
        "train",
    )
    assert all(text[s["start"] : s["end"]] == s["value"] for s in first.slots)
    assert (second.text, second.slots) == ("", [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"A":\n [', r"Line 2 of .*a\.json is not JSON"),
        ([], "must hold a JSON object of intents"),
        ({"A": {"data": []}}, "must hold a JSON object of intents"),
        ({"A": [{"data": []}, {"text": ""}]}, r"Utterance 2 of A in .*a\.json"),
        ({"A": [{"data": [{"text": 3}]}]}, r"Utterance 1 of A in .*a\.json"),
        ({"A": [{"data": [{"text": "b", "entity": 3}]}]}, "Utterance 1 of A"),
        (b'{"A": [{"data": [{"text": "\xe9"}]}]}', r"a\.json is not UTF-8"),
    ],
)
def test_malformed_files(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_snips(write(tmp_path / "a.json", content))
