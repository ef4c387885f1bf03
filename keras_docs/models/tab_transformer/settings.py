"""The checked constructor arguments of `TabTransformerPreprocessor`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_docs.models.tab_transformer.column_kinds import KINDS
from keras_docs.models.tab_transformer.number_encoder import SCALINGS

TASKS = ("classification", "regression")


@dataclass(frozen=True)
class Settings:
    """See `TabTransformerPreprocessor` for what each field means."""

    target: str | None = None
    task: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    numeric_encodings: tuple[str, ...] = SCALINGS
    num_bins: int | None = None
    max_categories: int = 1000
    max_integer_categories: int = 10
    min_frequency: int = 1

    def __post_init__(self):
        if self.target is not None and not isinstance(self.target, str):
            raise ValueError(
                "`target` must be a column name (a string) or None, but received "
                f"{self.target!r}. For the columns of a NumPy array use '0', '1', ..."
            )
        if self.task is not None and self.task not in TASKS:
            raise ValueError(
                f"`task` must be None or one of {TASKS}, but received {self.task!r}."
            )
        self._check_columns()
        self._check_encodings()
        _check_integer("max_categories", self.max_categories, 1)
        _check_integer("max_integer_categories", self.max_integer_categories, 0)
        _check_integer("min_frequency", self.min_frequency, 1)
        if self.num_bins is not None:
            _check_integer("num_bins", self.num_bins, 2)

    def _check_columns(self) -> None:
        if not isinstance(self.columns, Mapping):
            raise ValueError(
                "`columns` must be a dict of column name -> kind, but received "
                f"{self.columns!r}."
            )
        for name, kind in self.columns.items():
            if kind not in KINDS:
                raise ValueError(
                    f"`columns` gives column {name!r} the kind {kind!r}, which must "
                    f"be one of {KINDS}."
                )
        object.__setattr__(
            self, "columns", {str(k): v for k, v in self.columns.items()}
        )

    def _check_encodings(self) -> None:
        given = self.numeric_encodings
        names = [] if isinstance(given, str) or given is None else list(given)
        if isinstance(given, str) or given is None or len(set(names)) < len(names):
            raise ValueError(
                "`numeric_encodings` must be a tuple of different names, such as "
                f"{SCALINGS} or (), but received {given!r}."
            )
        unknown = [name for name in names if name not in SCALINGS]
        if unknown:
            raise ValueError(
                f"`numeric_encodings` holds {unknown[0]!r}, which must be one of "
                f"{SCALINGS}."
            )
        object.__setattr__(self, "numeric_encodings", tuple(names))


def _check_integer(name: str, value: object, at_least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(
            f"`{name}` must be an integer of at least {at_least}, but received "
            f"{value!r}."
        )
