"""A Keras 3 model zoo: tables, documents, huge label spaces and many languages.

Public names load on first use, so that importing this package is instant and
imports no backend.
"""

from __future__ import annotations

from keras_docs.registry import PUBLIC_NAMES, public_object
from keras_docs.version import __version__

__all__ = ["__version__", *PUBLIC_NAMES]


def __getattr__(name: str) -> object:
    value = public_object(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC_NAMES})
