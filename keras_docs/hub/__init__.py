"""From a preset's name to verified files, and back to the Hub.

This room knows files, not Keras; it imports nothing heavy.
"""

from keras_docs.hub.atomic_folder import atomic_folder
from keras_docs.hub.builtin_presets import builtin_presets, preset_metadata
from keras_docs.hub.card_check import check_card
from keras_docs.hub.card_refresh import refresh_card
from keras_docs.hub.errors import (
    DiskFullError,
    HubAccessError,
    HubCacheError,
    HubConflictError,
    HubGatedError,
    HubRateLimitError,
    HubUnreachableError,
    OfflineError,
    PresetCorruptError,
    PresetError,
    PresetFormatError,
    PresetHandleError,
    PresetIncompleteError,
    PresetInvalidError,
    PresetNotFoundError,
    PresetRevisionError,
    PresetUnsafeError,
    PresetVersionError,
    UnsupportedCheckpointError,
)
from keras_docs.hub.file_check import check_files
from keras_docs.hub.manifest import (
    FileEntry,
    Manifest,
    read_manifest,
    verify_manifest,
    write_manifest,
)
from keras_docs.hub.model_card import write_model_card
from keras_docs.hub.preset_check import PresetCheck
from keras_docs.hub.preset_handle import PresetHandle
from keras_docs.hub.resolve_preset import resolve_preset
from keras_docs.hub.strict_json import read_json_object
from keras_docs.hub.upload_preset import upload_preset

__all__ = [
    "DiskFullError",
    "FileEntry",
    "HubAccessError",
    "HubCacheError",
    "HubConflictError",
    "HubGatedError",
    "HubRateLimitError",
    "HubUnreachableError",
    "Manifest",
    "OfflineError",
    "PresetCheck",
    "PresetCorruptError",
    "PresetError",
    "PresetFormatError",
    "PresetHandle",
    "PresetHandleError",
    "PresetIncompleteError",
    "PresetInvalidError",
    "PresetNotFoundError",
    "PresetRevisionError",
    "PresetUnsafeError",
    "PresetVersionError",
    "UnsupportedCheckpointError",
    "atomic_folder",
    "builtin_presets",
    "check_card",
    "check_files",
    "preset_metadata",
    "read_json_object",
    "read_manifest",
    "refresh_card",
    "resolve_preset",
    "upload_preset",
    "verify_manifest",
    "write_manifest",
    "write_model_card",
]
