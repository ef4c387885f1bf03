"""Cards as strangers write them: read within bounds, nothing executed."""

import time

import pytest

from keras_docs.hub import PresetFormatError, check_card, write_model_card
from keras_docs.hub.card_check import card_license

pytestmark = pytest.mark.no_tensors
HEAD = "---\nlicense: mit\n---\n"
SNIPPET = "```python\nimport x\n```\n"


def write(folder, text):
    (folder / "README.md").write_text(text)
    return folder


def test_what_is_seen(tmp_path):
    folder = write(tmp_path, HEAD + SNIPPET + "```sh\n(\n```\n" + SNIPPET)
    assert check_card(folder) == "licence mit, 2 snippets"
    assert card_license(folder) == "mit"


def test_line_ends_of_windows(tmp_path):
    (tmp_path / "README.md").write_bytes(
        (HEAD + SNIPPET).replace("\n", "\r\n").encode()
    )
    assert check_card(tmp_path) == "licence mit, 1 snippet"


def test_our_own_cards_pass(tmp_path):
    record = {"title": "t: #1", "summary": "---", "license": "cc-by-4.0"}
    record |= {"pipeline_tag": "other", "snippet": "a = '''\n---\n'''"}
    write_model_card(tmp_path, record)
    assert check_card(tmp_path) == "licence cc-by-4.0, 1 snippet"


def test_without_card_there_is_no_licence(tmp_path):
    assert card_license(tmp_path) is None
    assert card_license(write(tmp_path, "# x")) is None


@pytest.mark.parametrize(
    "metadata",
    [
        "license: !!python/object/apply:os.system [echo]",
        "license: &a [*a]",
        "license: {a: b}",
        "license: ' '",
        "- license: mit",
        "license: mit\n\tx: y",
        "[" * 500,
        "license: " + "9" * 10000,
    ],
)
def test_metadata_that_names_no_licence(tmp_path, metadata):
    folder = write(tmp_path, f"---\n{metadata}\n---\n{SNIPPET}")
    with pytest.raises(PresetFormatError):
        check_card(folder)
    assert card_license(folder) is None


def test_no_text_takes_long(tmp_path):
    """A YAML bomb by merge keys, and a megabyte of snippets."""
    bomb = ["a0: &a0 {x: 1, y: 2}"]
    for i in range(30):
        bomb.append(f"a{i + 1}: &a{i + 1} {{<<: [{', '.join([f'*a{i}'] * 20)}]}}")
    start = time.process_time()
    folder = write(tmp_path, "---\nlicense: mit\n" + "\n".join(bomb) + "\n---\n")
    with pytest.raises(PresetFormatError, match="not plain YAML"):
        check_card(folder)
    for text, message in [
        (HEAD + "```python\n" + "x\n" * 400_000, "snippets .* more than"),
        (HEAD + "```python\n" + "(" * 60_000, "cannot be parsed"),
        ("---\nlicense: mit\n" + "a: {b: c}\n" * 90_000 + "---\n", "metadata"),
    ]:
        with pytest.raises(PresetFormatError, match=message):
            check_card(write(tmp_path, text))
    write(tmp_path, HEAD + "```python\n```\n" * 70_000)
    assert check_card(tmp_path) == "licence mit, 70000 snippets"
    assert time.process_time() - start < 10
