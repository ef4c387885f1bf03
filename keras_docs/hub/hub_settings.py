"""Where the Hub is and where its cache lies, from the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path

_TRUE = {"1", "on", "yes", "true"}


@dataclass(frozen=True)
class HubSettings:
    """Endpoint, cache folder, token and offline switch of one call.

    `huggingface_hub` reads its environment once, when it is imported. We read it at
    each call, so that a notebook can set a variable after the import.

    Args:
        endpoint: str. URL of the Hub, without a slash at the end.
        cache_dir: pathlib.Path. The Hub's cache folder.
        token: str, bool or None. As in `huggingface_hub`: None uses the token of the
            environment or of `hf auth login`, False sends none.
        offline: bool. Whether no request may be made.

    Example:

    >>> HubSettings.from_environment(cache_dir="cache").cache_dir.name
    'cache'
    """

    endpoint: str
    cache_dir: Path
    token: str | bool | None = field(repr=False)
    offline: bool

    @classmethod
    def from_environment(
        cls,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool | None = None,
    ) -> "HubSettings":
        """Return the settings: arguments first, then environment, then defaults."""
        from huggingface_hub import constants

        environment = os.environ
        cache = (
            cache_dir
            or environment.get("HF_HUB_CACHE")
            or environment.get("HUGGINGFACE_HUB_CACHE")
            or (environment.get("HF_HOME") and f"{environment['HF_HOME']}/hub")
            or constants.HF_HUB_CACHE
        )
        variable = environment.get("HF_HUB_OFFLINE") or environment.get(
            "TRANSFORMERS_OFFLINE", ""
        )
        # The environment wins over local_files_only=False, as in the client.
        offline = (
            bool(local_files_only)
            or variable.lower() in _TRUE
            or bool(constants.HF_HUB_OFFLINE)
        )
        endpoint = environment.get("HF_ENDPOINT") or constants.ENDPOINT
        return cls(
            endpoint.rstrip("/"),
            Path(os.path.expandvars(cache)).expanduser().absolute(),
            token,
            offline,
        )
