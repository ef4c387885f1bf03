"""The family's front door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_docs.models.base.builtin_presets import BuiltinPresets
from keras_docs.models.docformer_v2.docformer_v2_task import DocFormerV2Task


class DocFormerV2:
    """DocFormerV2 for pages: `from_preset` to read them.

    Which verb a model has depends on what its preset was trained for: `answer` and
    `extract`, `label` and `extract`, or `link`.

    Example:
    ```python
    model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_forms_en")
    model.label("form.png", ocr=keras_docs.RapidOCR())["entities"]
    ```
    """

    presets = BuiltinPresets(DocFormerV2Task)

    def __init__(self) -> None:
        raise TypeError(
            "`DocFormerV2` is not built directly. Use `DocFormerV2.from_preset(…)` for "
            "a trained model; for a new one, a task such as `DocFormerV2Seq2SeqLM` on "
            "a `DocFormerV2Backbone`."
        )

    @staticmethod
    def from_preset(
        preset: str | Path, load_weights: bool = True, **kwargs: Any
    ) -> DocFormerV2Task:
        """Loads whatever DocFormerV2 task a preset holds.

        Args:
            preset: a built-in name, `hf://org/repo[@revision][/subfolder]`, or a
                preset folder.
            load_weights: bool. With `False` all weights are random.
            **kwargs: as in `Task.from_preset`.

        Returns:
            A `DocFormerV2Seq2SeqLM`, `DocFormerV2TokenClassifier` or
            `DocFormerV2EntityLinker`, or a `DocFormerV2Pretrainer`.

        Raises:
            ValueError: the preset is missing, incomplete, damaged, or of another
                family.
        """
        return DocFormerV2Task.from_preset(preset, load_weights, **kwargs)
