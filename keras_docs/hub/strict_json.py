"""Read JSON from strangers: bounded size, bounded depth, no duplicate keys."""

import json
import re
from pathlib import Path
from typing import Any

from keras_docs.hub.errors import PresetFormatError, PresetIncompleteError

MAX_JSON_BYTES = 10 * 2**20
MAX_JSON_DEPTH = 64


_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def _deepest_nesting(text: str) -> int:
    """Return the depth of brackets in JSON text, without recursion."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in "]}":
            depth -= 1
    return deepest


def _refuse_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key[:80]!r} appears twice")
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_json_object(
    data: bytes,
    source: str,
    *,
    max_bytes: int = MAX_JSON_BYTES,
    max_depth: int = MAX_JSON_DEPTH,
) -> dict[str, Any]:
    """Parse bytes that must hold one JSON object.

    Args:
        data: bytes. UTF-8 JSON text.
        source: str. Where it came from, for messages.
        max_bytes: int. Largest size accepted, in bytes.
        max_depth: int. Deepest nesting of lists and objects accepted.

    Returns:
        A dict with str keys.

    Raises:
        PresetFormatError: If it is too large, too deep, not UTF-8, not JSON, not an
            object, has a key twice, or holds NaN or Infinity.

    Example:

    >>> parse_json_object(b'{"a": 1}', "example")
    {'a': 1}
    """
    if len(data) > max_bytes:
        raise PresetFormatError(
            f"{source} is {len(data):,} bytes; at most {max_bytes:,} bytes of JSON "
            "are read. It is not a file this library writes."
        )
    way_out = "Download or save the preset again, or ask its author."
    try:
        text = data.decode("utf-8")
        # Every level costs a bracket, so a cheap count spares most files the scan.
        if data.count(b"[") + data.count(b"{") > max_depth:
            depth = _deepest_nesting(text)
            if depth > max_depth:
                raise ValueError(f"nested {depth} deep, at most {max_depth} is read")
        parsed = json.loads(
            text,
            object_pairs_hook=_refuse_duplicate_keys,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise PresetFormatError(
            f"{source} is not valid JSON: {error}. {way_out}"
        ) from error
    if not isinstance(parsed, dict):
        raise PresetFormatError(
            f"{source} holds a JSON {type(parsed).__name__}, expected an object. "
            f"{way_out}"
        )
    return parsed


def read_json_object(path: Path, *, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Read a file that must hold one JSON object, within bounds.

    Args:
        path: pathlib.Path. The file.
        max_bytes: int. Largest size accepted, in bytes.

    Returns:
        A dict with str keys.

    Raises:
        PresetIncompleteError: If there is no such file.
        PresetFormatError: See `parse_json_object`.

    Example:

    >>> config = read_json_object(Path("my_preset/config.json"))  # doctest: +SKIP
    """
    path = Path(path)
    if not path.exists():
        raise PresetIncompleteError(
            f"{path.name} is missing from {path.parent}. Download or save the preset "
            "again."
        )
    if not path.is_file():
        raise PresetFormatError(f"{path} is not a regular file.")
    with open(path, "rb") as file:
        # One byte over the limit is enough to know; a sparse 1 TB file is not read.
        data = file.read(max_bytes + 1)
    return parse_json_object(data, str(path), max_bytes=max_bytes)
