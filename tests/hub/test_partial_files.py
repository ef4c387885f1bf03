"""What an interrupted download leaves behind never stands in the way."""

import pytest
from hub_test_files import read_files

from keras_docs.hub import resolve_preset

pytestmark = pytest.mark.no_tensors


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_partial_file_longer_than_the_whole(hub, preset, tmp_path, name):
    commit = hub.add("alice/x", preset)
    file = hub.repositories["alice/x"].commits[commit].files[name]
    blobs = tmp_path / "hub_cache" / "models--alice--x" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{file.etag}.incomplete").write_bytes(b"x" * (len(file.data) + 100))
    published = read_files(preset)
    del published["README.md"]
    assert read_files(resolve_preset("hf://alice/x")) == published
