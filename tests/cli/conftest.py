"""A Hub on this computer, with Alice logged in."""

import pytest
from hub_fixture import hub_fixture  # noqa: F401


@pytest.fixture(autouse=True)
def login(request, monkeypatch):
    if "hub" in request.fixturenames:
        # The Hub's fixture logs everybody out first.
        request.getfixturevalue("hub")
        monkeypatch.setenv("HF_TOKEN", "token-alice")
