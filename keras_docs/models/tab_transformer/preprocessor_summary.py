"""The readable table that `print(preprocessor)` shows."""

from keras_docs.models.tab_transformer.column_encoder import ColumnEncoder
from keras_docs.models.tab_transformer.fitted_table import FittedTable
from keras_docs.models.tab_transformer.settings import Settings
from keras_docs.models.tab_transformer.target_encoder import TargetEncoder

_MAX_COLUMNS = 60
_MAX_WORD = 24


def summarise(fitted: FittedTable, settings: Settings) -> str:
    """Returns one line per column, then the ignored columns and the target."""
    inputs = fitted.inputs(settings)
    widths = ", ".join(f"{len(inputs[s])} {s}" for s in inputs if inputs[s])
    lines = [f"TabTransformerPreprocessor, adapted on {fitted.rows} rows: {widths}"]
    rows = [("column", "kind", "missing", "learned")]
    for column in fitted.columns[:_MAX_COLUMNS]:
        learned = _learned(column)
        if column.name == settings.target:
            learned = "now the target: always encoded as missing"
        missing = f"{column.missing:.1%}" if column.missing else "-"
        rows.append((_cut(column.name), column.kind, missing, learned))
    widest = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widest, strict=False)]
        lines.append("  " + "  ".join([*cells, row[3]]))
    if len(fitted.columns) > _MAX_COLUMNS:
        lines.append(f"  ... and {len(fitted.columns) - _MAX_COLUMNS} more columns")
    for name, reason in fitted.ignored.items():
        lines.append(f"  ignored {name!r}: {reason}")
    lines.append("  target: " + _target(fitted.target))
    return "\n".join(lines)


def _learned(column: ColumnEncoder) -> str:
    texts = []
    for number in column.numbers:
        name = "" if number.name == column.name else _own(number.name, column)
        texts.append(f"{name}{number.minimum:.6g} to {number.maximum:.6g}")
    for category in column.categories:
        name = "" if category.name == column.name else _own(category.name, column)
        common = sorted(
            zip(category.counts[1:], category.vocabulary, strict=True),
            key=lambda item: -item[0],
        )
        words = ", ".join(_cut(word) for _, word in common[:3])
        more = ", ..." if len(common) > 3 else ""
        texts.append(f"{name}{len(common)} categories ({words}{more})")
    return "; ".join(texts)


def _own(part: str, column: ColumnEncoder) -> str:
    return part.removeprefix(column.name).strip() + ": "


def _target(target: TargetEncoder | None) -> str:
    if target is None:
        return "none (learned without one)"
    if target.task == "regression":
        return (
            f"{target.name!r}, regression, mean {target.mean:.6g}, standard "
            f"deviation {target.scale:.6g}"
        )
    total = sum(target.counts)
    shown = [
        f"{_cut(str(label))} {count / total:.1%}"
        for label, count in zip(target.classes, target.counts, strict=True)
    ]
    more = ", ..." if len(shown) > 10 else ""
    return (
        f"{target.name!r}, classification, {len(shown)} classes: "
        f"{', '.join(shown[:10])}{more}"
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_WORD else text[: _MAX_WORD - 1] + "…"
