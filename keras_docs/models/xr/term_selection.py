"""Which of the terms that were seen become features."""

from __future__ import annotations

import numpy as np

from keras_docs.models.xr.term_counts import Rows
from keras_docs.models.xr.tfidf_settings import TfidfSettings

# From here on, a term in one text only is more likely a typing error than a topic.
MANY_TEXTS = 1000


def select_terms(
    seen: list[str], rows: Rows, settings: TfidfSettings
) -> tuple[list[str], Rows, np.ndarray]:
    """Leaves out terms that are too rare or too common, and sorts the others.

    Args:
        seen: the terms in the order of their columns in `rows`.
        rows: columns, counts and entries per text, as `count_terms` gives.
        settings: with `min_df`, `max_df` and `max_features`.

    Returns:
        The terms that stay, sorted; the rows with only these, in their new columns;
        and in how many texts each is, int64.

    Raises:
        ValueError: no term stays.
    """
    columns, counts, lengths = rows
    order = np.array(sorted(range(len(seen)), key=seen.__getitem__), np.int64)
    df = np.bincount(columns, minlength=len(seen))[order]
    kept = _is_kept(df, len(lengths), settings)
    if not kept.any():
        raise ValueError(_no_terms_message(len(seen), len(lengths), settings))
    limit = settings.max_features
    if limit is not None and limit < np.count_nonzero(kept):
        sums = counts if not settings.binary else np.ones_like(counts)
        total = np.bincount(columns, weights=sums, minlength=len(seen))[order]
        kept[np.flatnonzero(kept)[_beyond(total[kept], limit)]] = False
    order = order[kept]
    new_column = np.full(len(seen), -1, np.int32)
    new_column[order] = np.arange(len(order), dtype=np.int32)
    terms = [seen[column] for column in order.tolist()]
    return terms, _with_columns(new_column[columns], counts, lengths), df[kept]


def _is_kept(df: np.ndarray, num_texts: int, settings: TfidfSettings) -> np.ndarray:
    least = _number_of_texts(_min_df(num_texts, settings), num_texts)
    return (df >= least) & (df <= _number_of_texts(settings.max_df, num_texts))


def _min_df(num_texts: int, settings: TfidfSettings) -> int | float:
    if settings.min_df is not None:
        return settings.min_df
    return 2 if num_texts >= MANY_TEXTS else 1


def _number_of_texts(frequency: int | float, num_texts: int) -> float:
    return frequency if isinstance(frequency, int) else frequency * num_texts


def _beyond(total: np.ndarray, limit: int) -> np.ndarray:
    # The very call that scikit-learn makes: it decides which of equals stay.
    return (-total.astype(np.float32)).argsort()[limit:]


def _with_columns(columns: np.ndarray, counts: np.ndarray, lengths: np.ndarray) -> Rows:
    row_of = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    kept = columns >= 0
    columns, counts, row_of = columns[kept], counts[kept], row_of[kept]
    order = np.argsort((row_of << 32) | columns)
    lengths = np.bincount(row_of, minlength=len(lengths))
    return columns[order], counts[order], lengths


def _no_terms_message(num_seen: int, num_texts: int, settings: TfidfSettings) -> str:
    if not num_seen:
        return (
            f"The {num_texts} texts hold no term at all: none matches "
            f"analyzer={settings.analyzer!r}, token_pattern="
            f"{settings.token_pattern!r}, ngram_range={settings.ngram_range}. Check "
            "the texts, or choose other settings."
        )
    return (
        f"Each of the {num_seen} terms of the {num_texts} texts is in fewer than "
        f"min_df={_min_df(num_texts, settings)} or in more than "
        f"max_df={settings.max_df} of them. Give more texts, or lower `min_df` (to 1) "
        "or raise `max_df` (to 1.0)."
    )
