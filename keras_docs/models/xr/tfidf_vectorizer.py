"""Texts in, TF-IDF rows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_docs.hub import PresetCorruptError
from keras_docs.models.base.unknown_arguments import check_arguments
from keras_docs.models.xr.compiled_words import CompiledWords, can_compile
from keras_docs.models.xr.npy_file import read_npy, write_npy
from keras_docs.models.xr.string_list_file import read_strings, write_strings
from keras_docs.models.xr.term_counts import Rows, build_csr, count_terms
from keras_docs.models.xr.term_dictionary import TermDictionary
from keras_docs.models.xr.term_selection import select_terms
from keras_docs.models.xr.text_analyzer import build_analyzer
from keras_docs.models.xr.text_column import read_texts
from keras_docs.models.xr.tfidf_settings import TfidfSettings

if TYPE_CHECKING:
    from scipy.sparse import csr_array

VOCABULARY_FILE = "vocabulary.txt"
IDF_FILE = "idf.npy"
# Fewer texts are done before the compiled kernel and its tables are loaded.
COMPILED_FROM = 1000


class TfidfVectorizer:
    """Counts the terms of texts and weighs them by how rare they are.

    With the same settings the result is that of scikit-learn's `TfidfVectorizer` with
    `dtype=np.float32`: the same vocabulary, the same columns, equal weights. The state
    is plain: JSON settings, a list of terms, and one number for each.

    A term's weight in a text is tf · idf, and each row is then scaled to length one.
    tf is the count, or 1 + ln(count) with `sublinear_tf`. With n texts, df of them with
    the term, idf is 1 + ln((1 + n) / (1 + df)), or 1 + ln(n / df) without `smooth_idf`.

    PECOS' words are `token_pattern=r"\\S+", lowercase=False`.

    Args:
        analyzer: "word"; "char", runs of characters; or "char_wb", runs of characters
            within a word and the spaces around it.
        ngram_range: (shortest, longest) run of words or characters that is a term.
        token_pattern: regular expression of a word, with at most one group; for
            `analyzer="word"`.
        lowercase: bool, "Open" and "open" are one term.
        strip_accents: None, or "unicode": "é" and "e" are one term.
        stop_words: None or list of words that are left out; for `analyzer="word"`.
        min_df: int, texts that a term is in at least; or float, share of the texts.
            None stands for 2, and for 1 if there are fewer than 1,000 texts.
        max_df: int or float, as `min_df`: terms in more texts are left out.
        max_features: int or None. Most terms; those with the highest counts stay.
        binary: bool, a count above 1 is taken as 1.
        sublinear_tf: bool, see above.
        use_idf: bool; False leaves idf out.
        smooth_idf: bool, see above.
        norm: "l2", "l1" (the weights of a row sum to 1) or None.

    Example:
    ```python
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    x = vectorizer.fit_transform(["open data", "open source", "closed source"])
    x.shape  # (3, 7)
    vectorizer.terms  # ["closed", "closed source", "data", "open", ...]
    ```

    Reference: scikit-learn's user guide, "Text feature extraction",
    https://scikit-learn.org/stable/modules/feature_extraction.html.
    """

    def __init__(
        self,
        *,
        analyzer: str = "word",
        ngram_range: tuple[int, int] = (1, 1),
        token_pattern: str = r"\w\w+",
        lowercase: bool = True,
        strip_accents: str | None = None,
        stop_words: Sequence[str] | None = None,
        min_df: int | float | None = None,
        max_df: int | float = 0.98,
        max_features: int | None = 200_000,
        binary: bool = False,
        sublinear_tf: bool = True,
        use_idf: bool = True,
        smooth_idf: bool = True,
        norm: str | None = "l2",
        **kwargs: Any,
    ):
        check_arguments(type(self), kwargs, ())
        self.settings = TfidfSettings(
            analyzer=analyzer,
            ngram_range=ngram_range,
            token_pattern=token_pattern,
            lowercase=lowercase,
            strip_accents=strip_accents,
            stop_words=stop_words,
            min_df=min_df,
            max_df=max_df,
            max_features=max_features,
            binary=binary,
            sublinear_tf=sublinear_tf,
            use_idf=use_idf,
            smooth_idf=smooth_idf,
            norm=norm,
        )
        self._analyze = build_analyzer(self.settings)
        self._dictionary: TermDictionary | None = None
        self._compiled: CompiledWords | None = None
        self._idf: np.ndarray | None = None

    def fit(self, texts: Sequence[str]) -> TfidfVectorizer:
        """Learns the terms and their idf. See `fit_transform`."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str]) -> csr_array:
        """Learns the terms and their idf, and weighs the texts.

        A second fit replaces the first; one that fails changes nothing.

        Args:
            texts: list, tuple, array or Series of strings.

        Returns:
            SciPy CSR array (texts, `num_features`), float32, as `transform` gives.

        Raises:
            ValueError: `texts` are no strings, or no term remains.
        """
        texts = read_texts(texts, "texts")
        seen = self._new_index(texts, [])
        rows = count_terms(texts, seen.learn)
        terms, rows, df = select_terms(seen.terms, rows, self.settings)
        self._learn(terms, self._weigh_rarity(df, len(texts)))
        return self._weigh(rows)

    def transform(self, texts: Sequence[str]) -> csr_array:
        """Weighs the terms of texts.

        Args:
            texts: list, tuple, array or Series of strings. A text without a known term
                gives a row of zeros.

        Returns:
            SciPy CSR array (texts, `num_features`), float32; columns are sorted in each
            row.

        Raises:
            ValueError: `texts` are no strings, or nothing was learned yet.
        """
        self._require_fitted()
        texts = read_texts(texts, "texts")
        return self._weigh(count_terms(texts, self._index_for(texts).find))

    @property
    def is_fitted(self) -> bool:
        """Whether terms were learned or loaded."""
        return self._dictionary is not None

    @property
    def terms(self) -> list[str]:
        """The terms in the order of their columns, which is sorted."""
        return self._require_fitted().terms

    @property
    def vocabulary(self) -> dict[str, int]:
        """Term -> column."""
        return dict(self._require_fitted().number_of)

    @property
    def idf(self) -> np.ndarray:
        """Inverse document frequency, float32 (`num_features`,)."""
        self._require_fitted()
        return self._idf.copy()

    @property
    def num_features(self) -> int:
        """How many terms were learned."""
        return len(self._require_fitted().number_of)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain JSON values."""
        config = asdict(self.settings)
        config["ngram_range"] = list(config["ngram_range"])
        if config["stop_words"] is not None:
            config["stop_words"] = list(config["stop_words"])
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TfidfVectorizer:
        """A vectorizer with these settings, which has learned nothing."""
        return cls(**config)

    def save_assets(self, folder: str | Path) -> None:
        """Writes what was learned: `vocabulary.txt` and `idf.npy`.

        Args:
            folder: an existing folder. Each line of `vocabulary.txt` is a term as a
                JSON string, so that a term may hold any character.
        """
        folder = Path(folder)
        write_strings(folder / VOCABULARY_FILE, self.terms)
        write_npy(folder / IDF_FILE, self._idf)

    def load_assets(self, folder: str | Path) -> None:
        """Reads what `save_assets` wrote.

        Args:
            folder: the folder.

        Raises:
            ValueError: a file is missing or damaged, or the two do not fit together.
        """
        terms = read_strings(Path(folder) / VOCABULARY_FILE)
        idf = read_npy(Path(folder) / IDF_FILE, np.float32, (len(terms),))
        if not (np.isfinite(idf).all() and (idf > 0).all()):
            raise PresetCorruptError(
                f"{IDF_FILE} holds a weight that is not a positive number. Download or "
                "save the preset again."
            )
        self._learn(terms, idf)

    def __repr__(self) -> str:
        s = self.settings
        what = f"{s.analyzer} {s.ngram_range[0]}..{s.ngram_range[1]}-grams"
        if not self.is_fitted:
            return f"TfidfVectorizer: {what}, not fitted"
        return f"TfidfVectorizer: {what}, {self.num_features:,} terms"

    def _learn(self, terms: list[str], idf: np.ndarray) -> None:
        self._dictionary = TermDictionary(self._analyze, terms)
        self._compiled = None
        self._idf = idf

    def _new_index(
        self, texts: Sequence[str], terms: Sequence[str]
    ) -> TermDictionary | CompiledWords:
        if len(texts) >= COMPILED_FROM and can_compile(self.settings):
            return CompiledWords(self.settings, terms)
        return TermDictionary(self._analyze, terms)

    def _index_for(self, texts: Sequence[str]) -> TermDictionary | CompiledWords:
        if len(texts) < COMPILED_FROM or not can_compile(self.settings):
            return self._dictionary
        if self._compiled is None:
            self._compiled = CompiledWords(self.settings, self.terms)
        return self._compiled

    def _weigh_rarity(self, df: np.ndarray, num_texts: int) -> np.ndarray:
        smooth = int(self.settings.smooth_idf)
        # In float32 from the start, as scikit-learn, so that the last bit agrees.
        idf = np.float32(num_texts + smooth) / (df.astype(np.float32) + smooth)
        return np.log(idf) + np.float32(1)

    def _weigh(self, rows: Rows) -> csr_array:
        columns, weights, lengths = rows
        if self.settings.binary:
            weights[:] = 1
        if self.settings.sublinear_tf:
            np.log(weights, out=weights)
            weights += 1
        if self.settings.use_idf:
            weights *= self._idf[columns]
        if self.settings.norm is not None and len(weights):
            weights /= np.repeat(self._row_norms(weights, lengths), lengths)
        return build_csr((columns, weights, lengths), len(self._idf))

    def _row_norms(self, weights: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        squared = self.settings.norm == "l2"
        sizes = np.square(weights, dtype=np.float64) if squared else np.abs(weights)
        # An empty row takes its neighbour's norm, which no entry is divided by; one
        # at the end needs a place to point to.
        starts = np.cumsum(lengths) - lengths
        norms = np.add.reduceat(np.append(sizes, 0.0), starts)
        return (np.sqrt(norms) if squared else norms).astype(np.float32)

    def _require_fitted(self) -> TermDictionary:
        if self._dictionary is None:
            raise ValueError(
                "This vectorizer has learned nothing yet. Call "
                "`vectorizer.fit(texts)` first, or load a preset."
            )
        return self._dictionary
