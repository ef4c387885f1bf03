"""Call the Hub: retry what may pass, and say plainly what went wrong."""

import json
import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from keras_docs.hub.atomic_file import clear_disk_errors
from keras_docs.hub.errors import (
    HubAccessError,
    HubCacheError,
    HubConflictError,
    HubGatedError,
    HubRateLimitError,
    HubUnreachableError,
    PresetError,
    PresetIncompleteError,
    PresetNotFoundError,
    PresetRevisionError,
)

Result = TypeVar("Result")

ATTEMPTS = 4
FIRST_WAIT_SECONDS = 0.5
# A first attempt may itself have waited: no new attempt starts after this long.
DEADLINE_SECONDS = 60.0
MAX_WAIT_SECONDS = 30.0
_TRANSPORT_MODULES = {"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3"}


def call_hub(call: Callable[[], Result], asked: str) -> Result:
    """Make a call of `huggingface_hub`, with bounded retries.

    Rate limits, server errors, cut connections and truncated files are tried again,
    each time after twice the wait; anything else is raised at once.

    Args:
        call: callable without arguments.
        asked: str. What is asked for, such as "hf://org/repo@v1", for messages.

    Returns:
        What the call returns.

    Raises:
        PresetError: The subclass that says what happened.

    Example:

    >>> call_hub(lambda: 42, "hf://org/repo")
    42
    """
    start = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with clear_disk_errors("the Hub cache"):
                return call()
        except PresetError:
            raise
        except Exception as error:
            cause = root_cause(error)
            wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * (1 + random.random() / 4)
            wait = max(wait, _asked_to_wait(cause))
            spent = time.monotonic() - start
            is_last = attempt == ATTEMPTS or spent + wait > DEADLINE_SECONDS
            if not _may_pass(cause):
                raise _describe(error, cause, asked) from error
            if is_last or wait > MAX_WAIT_SECONDS:
                raise _describe(error, cause, asked, attempt) from error
        time.sleep(wait)
    raise AssertionError("unreachable")


def root_cause(error: BaseException) -> BaseException:
    """Return the HTTP or transport error that the client wrapped, else the error."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        if status_of(current) is not None or _is_transport(current):
            return current
        seen.append(current)
        current = current.__cause__ or current.__context__
    return error


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status an error carries, or None."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _is_transport(error: BaseException) -> bool:
    modules = {cls.__module__.partition(".")[0] for cls in type(error).__mro__}
    return status_of(error) is None and (
        bool(modules & _TRANSPORT_MODULES)
        or isinstance(error, (ConnectionError, TimeoutError))
    )


def _is_truncated(error: BaseException) -> bool:
    return isinstance(error, OSError) and "Consistency check failed" in str(error)


def _is_no_json(error: BaseException) -> bool:
    return isinstance(error, json.JSONDecodeError)


def _may_pass(error: BaseException) -> bool:
    status = status_of(error)
    if status is not None:
        return status in (408, 416, 425, 429) or status >= 500
    return _is_transport(error) or _is_truncated(error) or _is_no_json(error)


def _asked_to_wait(error: BaseException) -> float:
    headers = getattr(getattr(error, "response", None), "headers", {})
    # The Hub sends `RateLimit: "api";r=0;t=120`, other servers `Retry-After: 120`.
    match = re.search(r";\s*t=(\d+)", str(headers.get("RateLimit", "")))
    seconds = match[1] if match else str(headers.get("Retry-After", ""))
    return float(seconds) if seconds.isdecimal() else 0.0


def _describe(
    error: BaseException, cause: BaseException, asked: str, attempts: int = 1
) -> PresetError:
    """Return our error for one of the client's."""
    status = status_of(cause)
    if _is_no_json(error):
        return HubUnreachableError(
            f"{asked}: what answers is not the Hub ({_short(error)}). Check "
            "HF_ENDPOINT and proxy settings; a network's log-in page does this too."
        )
    if _may_pass(cause):
        return _describe_weather(cause, status, asked, attempts)
    if status in (409, 412):
        return HubConflictError(
            f"{asked}: the repository changed meanwhile ({_server_message(cause)}). "
            "Look at its latest commit, then try again."
        )
    if status in (401, 403, 404, 410):
        return _describe_refusal(cause, status, asked)
    if status is None and isinstance(error, OSError) and error.errno is not None:
        return HubCacheError(
            f"{asked}: the cache cannot be used ({_short(error)}). Check the disk, or "
            "choose another folder by cache_dir= or HF_HUB_CACHE."
        )
    return PresetError(f"{asked}: {_short(error)}")


def _describe_weather(
    cause: BaseException, status: int | None, asked: str, attempts: int
) -> PresetError:
    """Return the error for what may pass by itself."""
    tried = f" after {attempts} attempts" if attempts > 1 else ""
    if status == 429:
        return HubRateLimitError(
            f"{asked}: the Hub limits your rate (429){tried}. Wait some minutes, or "
            "log in (hf auth login) for a higher limit."
        )
    reason = f"answered {status}" if status else f"failed ({_short(cause)})"
    return HubUnreachableError(
        f"{asked}: the Hub {reason}{tried}. Check the connection, HF_ENDPOINT and "
        "proxy settings, or try later; what is cached loads with HF_HUB_OFFLINE=1."
    )


def _describe_refusal(cause: BaseException, status: int, asked: str) -> PresetError:
    """Return the error for what is absent or not allowed."""
    from huggingface_hub import errors

    detail = _server_message(cause)
    if isinstance(cause, errors.GatedRepoError):
        return HubGatedError(
            f"{asked} is gated: the Hub answered {status} ({detail}). Open its page, "
            "accept the conditions, then log in (hf auth login) or pass token=."
        )
    if isinstance(cause, errors.RevisionNotFoundError):
        return PresetRevisionError(
            f"{asked}: the repository exists, but this branch, tag or commit does not. "
            "Look at the branches and tags on its page, or leave the revision out."
        )
    if status in (404, 410) and _is_about_a_file(cause):
        return PresetIncompleteError(
            f"{asked}: a file that the repository lists is not there ({detail}). Try "
            "again, or ask its author."
        )
    if status in (401, 403) and "credentials" in detail.lower():
        return HubAccessError(
            f"{asked}: the Hub does not accept the token ({status}: {detail}). Log in "
            "again (hf auth login), or correct HF_TOKEN or token=."
        )
    if isinstance(cause, errors.RepositoryNotFoundError) or status in (404, 410):
        return PresetNotFoundError(
            f"{asked}: there is no such repository, or it is private and your token "
            f"may not see it (the Hub answered {status}). Check the spelling; for a "
            "private one log in (hf auth login) or pass token=."
        )
    return HubAccessError(
        f"{asked}: the Hub refuses access ({status}: {detail}). Log in with a token "
        "that may do this (hf auth login, HF_TOKEN or token=)."
    )


def _is_about_a_file(error: BaseException) -> bool:
    """Return whether a file is absent, rather than the whole repository."""
    from huggingface_hub import errors

    if isinstance(error, (errors.EntryNotFoundError, errors.RepositoryNotFoundError)):
        return isinstance(error, errors.EntryNotFoundError)
    url = str(getattr(getattr(error, "response", None), "url", ""))
    return "/api/models/" not in url


def _server_message(error: BaseException) -> str:
    message = getattr(error, "server_message", None)
    headers = getattr(getattr(error, "response", None), "headers", {})
    return str(message or headers.get("X-Error-Message") or _short(error))[:300]


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
