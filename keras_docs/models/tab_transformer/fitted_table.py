"""Everything that `TabTransformerPreprocessor.adapt` learned from a table."""

import json
from dataclasses import dataclass, replace

import numpy as np

from keras_docs.models.tab_transformer.column_encoder import ColumnEncoder
from keras_docs.models.tab_transformer.columns import Column
from keras_docs.models.tab_transformer.settings import Settings
from keras_docs.models.tab_transformer.table import Table, check_present
from keras_docs.models.tab_transformer.target_encoder import TargetEncoder

STREAMS = ("categorical", "continuous", "ranks")

_FORMAT = 1


@dataclass(eq=False)
class FittedTable:
    """The learned columns in order, the ignored ones, and the target."""

    rows: int
    columns: list[ColumnEncoder]
    ignored: dict[str, str]
    target: TargetEncoder | None

    @classmethod
    def learn(
        cls, table: Table, target: Column | None, settings: Settings
    ) -> "FittedTable":
        """Learns every column of a table except the target."""
        overridden = [name for name in settings.columns if name != settings.target]
        check_present(overridden, table.names, "`columns` names absent columns")
        columns, ignored = [], {}
        for name in table.names:
            if name == settings.target:
                continue
            if settings.columns.get(name) == "ignore":
                ignored[name] = "asked for"
                continue
            encoder = ColumnEncoder.learn(table.read(name), settings)
            if encoder.is_constant():
                ignored[name] = _why_constant(encoder, table.read(name))
            else:
                columns.append(encoder)
        if not columns:
            raise ValueError(
                "`table` has no usable feature column. Ignored: "
                f"{ignored or 'none'}; target: {settings.target!r}."
            )
        learned = None
        if target is not None:
            learned = TargetEncoder.learn(
                target, settings.task, settings.max_categories
            )
        return cls(table.rows, columns, ignored, learned)

    def with_target(
        self, column: Column, task: str | None, max_classes: int
    ) -> "FittedTable":
        """The same columns with another target."""
        return replace(self, target=TargetEncoder.learn(column, task, max_classes))

    def encode(self, table: Table, settings: Settings) -> dict[str, np.ndarray]:
        """Returns the x dict; the target column, if a feature, reads as missing."""
        used = [column.name for column in self.columns]
        used = [name for name in used if name != settings.target]
        check_present(used, table.names, "Columns are missing from the table")
        categories, numbers = [], []
        for encoder in self.columns:
            if encoder.name == settings.target:
                more = encoder.encode_missing(table.rows)
            else:
                more = encoder.encode(table.read(encoder.name))
            categories += more[0]
            numbers += more[1]
        streams = {
            "categorical": _side_by_side(categories, table.rows, "int32"),
            "continuous": _side_by_side(
                [
                    encoder.scale(values, scaling)
                    for encoder, values in numbers
                    for scaling in settings.numeric_encodings
                ],
                table.rows,
                "float32",
            ),
        }
        if settings.num_bins is not None:
            ranks = [encoder.rank(values) for encoder, values in numbers]
            streams["ranks"] = _side_by_side(ranks, table.rows, "float32")
        return {name: array for name, array in streams.items() if array.shape[1]}

    def inputs(self, settings: Settings) -> dict[str, list[tuple[str, str]]]:
        """For each stream, the (raw column, input name) of every position."""
        parts = [(column, part) for column in self.columns for part in column.numbers]
        return {
            "categorical": [
                (column.name, part.name)
                for column in self.columns
                for part in column.categories
            ],
            "continuous": [
                (column.name, f"{part.name} ({scaling})")
                for column, part in parts
                for scaling in settings.numeric_encodings
            ],
            "ranks": [
                (column.name, part.name)
                for column, part in parts
                if settings.num_bins is not None
            ],
        }

    def positions_of(self, column: str, settings: Settings) -> dict[str, list[int]]:
        """For each stream, the positions that a raw column fills."""
        return {
            stream: [i for i, (raw, _) in enumerate(inputs) if raw == column]
            for stream, inputs in self.inputs(settings).items()
        }

    def categories(self) -> list:
        """The `CategoryEncoder` of every categorical input, in order."""
        return [part for column in self.columns for part in column.categories]

    def to_json(self) -> dict:
        """Returns plain JSON."""
        return {
            "format": _FORMAT,
            "rows": self.rows,
            "columns": [column.to_json() for column in self.columns],
            "ignored": dict(self.ignored),
            "target": None if self.target is None else self.target.to_json(),
        }

    @classmethod
    def from_json(cls, state: dict, settings: Settings) -> "FittedTable":
        """Restores `to_json`; `settings` must be those it was learned with."""
        try:
            state = json.loads(json.dumps(state))
            if state["format"] != _FORMAT:
                raise ValueError(
                    f"`state` has format {state['format']!r}, but this version reads "
                    f"format {_FORMAT}. Update keras-docs, or adapt again."
                )
            target = state["target"]
            fitted = cls(
                rows=state["rows"],
                columns=[ColumnEncoder.from_json(c) for c in state["columns"]],
                ignored=state["ignored"],
                target=None if target is None else TargetEncoder(**target),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(
                f"`state` was not made by `adapt` ({error!r}). Leave it None and call "
                "`adapt`, or load a preset."
            ) from None
        fitted._check_settings(settings)
        return fitted

    def _check_settings(self, settings: Settings) -> None:
        for number in (part for column in self.columns for part in column.numbers):
            lacks_knots = "quantile" in settings.numeric_encodings and not number.knots
            if lacks_knots or (settings.num_bins is not None and not number.edges):
                raise ValueError(
                    f"`state` was learned without what numeric_encodings="
                    f"{settings.numeric_encodings} and num_bins={settings.num_bins} "
                    "need. Call `adapt` again with these arguments."
                )


def _side_by_side(columns: list[np.ndarray], rows: int, dtype: str) -> np.ndarray:
    result = np.empty((rows, len(columns)), dtype=dtype)
    for i, column in enumerate(columns):
        result[:, i] = column
    return result


def _why_constant(encoder: ColumnEncoder, column: Column) -> str:
    words = column.labels().words
    if len(words) == 1:
        return f"constant (always {words[0]!r})"
    if encoder.kind in ("categorical", "postal_code", "ip_address"):
        return "every value occurs less than `min_frequency` times"
    return f"constant (as {encoder.kind})"
