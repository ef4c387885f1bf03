"""Reads the TF-IDF vectorizer of a PECOS text2text model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_docs.hub.strict_json import read_json_object

# PECOS' numbers for its tokenizers; what stands between the parts of a term.
WORDS, CHARACTERS, CHARACTERS_IN_WORDS = 10, 20, 30
_ANALYZERS = {WORDS: ("word", " "), CHARACTERS: ("char", "")}
L2_NORMS = ("l2", 2)


class PecosTerms(NamedTuple):
    """What one of PECOS' vectorizers learned.

    Args:
        settings: dict, the arguments of the equal `TfidfVectorizer`.
        terms: list of strings, in the order of their columns.
        idf: float32 array, one for each.
    """

    settings: dict[str, Any]
    terms: list[str]
    idf: np.ndarray


def read_pecos_tfidf(folder: str | Path) -> list[PecosTerms]:
    """Reads the folder `preprocessor` of a text2text model.

    Args:
        folder: the folder.

    Returns:
        One `PecosTerms` per vectorizer, whose columns PECOS puts side by side.

    Raises:
        ValueError: a file is missing or damaged, or the vectorizer is of a kind that
            `TfidfVectorizer` does not give.
    """
    folder = Path(folder)
    meta = read_json_object(folder / "meta.json")
    settings = meta.get("kwargs")
    settings = settings if isinstance(settings, dict) else {}
    count, norm = settings.get("num_base_vect"), settings.get("norm_p")
    is_count = isinstance(count, int) and 1 <= count <= 1000
    if meta.get("type") != "tfidf" or not is_count or norm not in L2_NORMS:
        raise _refused(
            folder,
            f"is of type {meta.get('type')!r} with num_base_vect {count!r} and norm_p "
            f"{norm!r}; expected 'tfidf', a number from 1, and 2",
        )
    return [_read_base(folder / f"{number}.base") for number in range(count)]


def _read_base(folder: Path) -> PecosTerms:
    kind = read_json_object(folder / "tokenizer" / "config.json").get("token_type")
    if kind not in _ANALYZERS:
        what = "char_wb" if kind == CHARACTERS_IN_WORDS else repr(kind)
        raise _refused(
            folder,
            f"has the analyzer {what}, whose terms at the edges of a text are not "
            "those of any vectorizer here; only word and char can be imported",
        )
    analyzer, between = _ANALYZERS[kind]
    settings = read_json_object(folder / "vectorizer" / "config.json").get("kwargs")
    settings = _vectorizer_settings(folder, settings, analyzer)
    vocabulary = _read_vocabulary(folder / "tokenizer" / "vocab.txt")
    path = folder / "vectorizer" / "tfidf-model.txt"
    terms, idf = _read_terms(path, vocabulary, between)
    return PecosTerms(settings, terms, idf)


def _vectorizer_settings(folder: Path, settings: Any, analyzer: str) -> dict[str, Any]:
    names = ("ngram_range", "binary", "sublinear_tf", "norm_p", "max_length")
    if not isinstance(settings, dict) or any(name not in settings for name in names):
        raise _refused(folder, f"has no settings {names} in vectorizer/config.json")
    if settings["norm_p"] not in L2_NORMS or settings["max_length"] != -1:
        raise _refused(
            folder,
            f"has norm_p {settings['norm_p']!r} and max_length "
            f"{settings['max_length']!r}; only 'l2' and -1 can be imported",
        )
    return {
        "analyzer": analyzer,
        "ngram_range": settings["ngram_range"],
        # PECOS splits at the space alone: a tab is part of a word.
        "token_pattern": "[^ ]+",
        "lowercase": False,
        "binary": settings["binary"],
        "sublinear_tf": settings["sublinear_tf"],
    }


def _read_vocabulary(path: Path) -> dict[str, str]:
    """Words or characters by their numbers, which are kept as text."""
    vocabulary = {}
    for line in _lines(path):
        number, tab, token = line.partition("\t")
        if not tab or not token or number in vocabulary:
            raise _damaged(path, line)
        vocabulary[number] = token
    return vocabulary


def _read_terms(
    path: Path, vocabulary: dict[str, str], between: str
) -> tuple[list[str], np.ndarray]:
    lines = _lines(path)
    terms: list[str] = [""] * len(lines)
    idf = np.zeros(len(lines), "float32")
    for line in lines:
        try:
            column, weight, _, numbers = line.split("\t")
            place = int(column)
            term = between.join(vocabulary[number] for number in numbers.split(" "))
            if place < 0 or terms[place]:
                raise ValueError
            terms[place], idf[place] = term, float(weight)
        except (ValueError, KeyError, IndexError):
            raise _damaged(path, line) from None
    if not (np.isfinite(idf).all() and (idf >= 0).all()):
        raise _damaged(path, f"weight {idf[~(idf >= 0) | np.isinf(idf)][0]}")
    return terms, idf


def _lines(path: Path) -> list[str]:
    """The lines below the first, which says how many there are."""
    if not path.is_file():
        raise ValueError(f"{path} is missing. Copy the whole model again.")
    try:
        # Not `splitlines`: a word may hold one of the characters at which it splits.
        first, *lines = path.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}.") from None
    if lines and not lines[-1]:
        lines.pop()
    if first != str(len(lines)):
        raise ValueError(
            f"{path} says that it has {first[:20]!r} lines, but {len(lines)} follow. "
            "Copy the whole model again."
        )
    return lines


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(
        f"{path} is damaged at {what[:80]!r}. Copy the whole model again."
    )


def _refused(folder: Path, what: str) -> ValueError:
    return ValueError(
        f"The vectorizer {folder} {what}. Import the ranker alone by "
        "`load_pecos_xlinear`, and give it the features that PECOS' preprocessor makes."
    )
