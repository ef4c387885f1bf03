"""One raw column -> its categorical and numeric inputs."""

from dataclasses import asdict, dataclass

import numpy as np

from keras_docs.models.tab_transformer.category_encoder import CategoryEncoder
from keras_docs.models.tab_transformer.column_kinds import infer_kind
from keras_docs.models.tab_transformer.column_parts import (
    postal_code_length,
    split_column,
)
from keras_docs.models.tab_transformer.columns import (
    Column,
    LabelColumn,
    all_missing,
)
from keras_docs.models.tab_transformer.number_encoder import NumberEncoder
from keras_docs.models.tab_transformer.settings import Settings


@dataclass(eq=False)
class ColumnEncoder:
    """What was learned about one raw column.

    `missing` is the share of training rows without a value.
    """

    name: str
    kind: str
    code_length: int
    missing: float
    categories: list[CategoryEncoder]
    numbers: list[NumberEncoder]

    @classmethod
    def learn(cls, column: Column, settings: Settings) -> "ColumnEncoder":
        """Learns one column.

        Raises:
            ValueError: if the column has no values at all, cannot be of the kind
                asked for, or has too many categories.
        """
        gone = column.missing()
        if gone.all():
            raise ValueError(
                f"Column {column.name!r} has no values (every row is missing), so "
                "nothing can be learned from it. Drop it, or adapt with "
                f'`columns={{{column.name!r}: "ignore"}}`.'
            )
        kind = settings.columns.get(column.name)
        if kind is None:
            kind = infer_kind(column, settings.max_integer_categories)
        encoder = cls(column.name, kind, 0, float(gone.mean()), [], [])
        if kind == "postal_code":
            encoder.code_length = postal_code_length(column)
        parts = split_column(column, kind, encoder.code_length)
        for name, part in parts.items():
            encoder._learn_part(name, part, settings)
        return encoder

    def _learn_part(
        self, name: str, part: LabelColumn | np.ndarray, settings: Settings
    ) -> None:
        if isinstance(part, np.ndarray):
            number = NumberEncoder.learn(
                name, part, settings.numeric_encodings, settings.num_bins
            )
            if number is not None:
                self.numbers.append(number)
            return
        min_frequency = settings.min_frequency
        if self.kind == "categorical":
            _check_num_categories(part, settings)
        elif self.kind in ("numeric", "date", "text"):
            # Months, weekdays, "is missing": too few words to fold rare ones.
            min_frequency = 1
        category = CategoryEncoder.learn(
            name, part, min_frequency, settings.max_categories
        )
        # A lone month or weekday tells no more than the "is missing" part.
        lone = self.kind == "date" and len(category.vocabulary) < 2
        if not (lone or category.is_constant()):
            self.categories.append(category)

    def encode(
        self, column: Column
    ) -> tuple[list[np.ndarray], list[tuple[NumberEncoder, np.ndarray]]]:
        """Returns the categorical inputs, and (encoder, values) of the numbers."""
        parts = split_column(column, self.kind, self.code_length)
        categories = [item.encode(parts[item.name]) for item in self.categories]
        return categories, [(item, parts[item.name]) for item in self.numbers]

    def encode_missing(self, rows: int):
        """Like `encode`, for a column whose every cell is missing."""
        return self.encode(all_missing(self.name, rows))

    def is_constant(self) -> bool:
        return not self.categories and not self.numbers

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict) -> "ColumnEncoder":
        config = dict(config)
        config["categories"] = [CategoryEncoder(**c) for c in config["categories"]]
        config["numbers"] = [NumberEncoder(**n) for n in config["numbers"]]
        return cls(**config)


def _check_num_categories(part: LabelColumn, settings: Settings) -> None:
    totals = np.bincount(part.codes + 1, minlength=len(part.words) + 1)[1:]
    kept = int(np.sum(totals >= settings.min_frequency))
    if kept <= settings.max_categories:
        return
    examples = ", ".join(map(repr, part.words[:3]))
    raise ValueError(
        f"Column {part.name!r} has {kept} different categories in {len(part.codes)} "
        f"rows (such as {examples}), more than max_categories="
        f"{settings.max_categories}. If it is an id, adapt with `columns="
        f'{{{part.name!r}: "ignore"}}`; if it is free text, with "text"; otherwise '
        "raise `max_categories`, or set `min_frequency` so that rare categories "
        "share one slot."
    )
