"""A Hub on this computer, and the modules beside the tests."""

import sys
from pathlib import Path

from hub_fixture import hub_fixture  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent))
