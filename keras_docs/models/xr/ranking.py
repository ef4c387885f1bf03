"""What a ranker answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best labels of some documents, best first.

    Args:
        labels: array of objects (rows, k), strings; `None` where there are fewer.
        scores: float32 (rows, k); 0 where there is no label.
        probabilities: float32 (rows, k), how likely each label is right; `None` if the
            ranker is not calibrated.
        paths: int32 (rows, k, levels), the node on each level of the tree that led to
            the label; the last is the label's id. -1 where there is no label. Without a
            tree there are no levels.

    Example:
    ```python
    ranking = ranker.rank(["Bees in the city"], k=3)
    ranking.labels[0]  # ["beekeeping", "cities", "bees"]
    ranking.to_frame()
    ```
    """

    labels: np.ndarray
    scores: np.ndarray
    probabilities: np.ndarray | None
    paths: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def above(self, threshold: float) -> Ranking:
        """The same without labels whose probability is below a threshold.

        Args:
            threshold: float from 0 to 1.

        Raises:
            ValueError: there are no probabilities, or it is out of range.
        """
        if self.probabilities is None:
            raise ValueError(
                "`threshold` needs probabilities, and this ranker is not calibrated. "
                "Call `ranker.calibrate(texts, labels)` on documents that it was not "
                "trained on, or pass `validation_data` to `fit`."
            )
        if not 0 <= threshold <= 1:
            raise ValueError(
                f"`threshold` must be a probability from 0 to 1. Received: {threshold}."
            )
        keeps = self.probabilities >= threshold
        return Ranking(
            np.where(keeps, self.labels, None),
            np.where(keeps, self.scores, np.float32(0)),
            np.where(keeps, self.probabilities, np.float32(0)),
            np.where(keeps[..., None], self.paths, np.int32(-1)),
        )

    def to_frame(self) -> pd.DataFrame:
        """A row per document and label: `row`, `place`, `label`, `score`, ….

        Returns:
            A pandas DataFrame, without the empty places.
        """
        import pandas as pd

        rows, places = np.nonzero(self.labels != None)  # noqa: E711
        columns = {
            "row": rows,
            "place": places + 1,
            "label": self.labels[rows, places],
            "score": self.scores[rows, places],
        }
        if self.probabilities is not None:
            columns["probability"] = self.probabilities[rows, places]
        if self.paths.shape[-1]:
            paths = self.paths[rows, places]
            columns["path"] = ["/".join(map(str, path)) for path in paths]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        lines = []
        for row in range(min(len(self), 5)):
            pairs = zip(self.labels[row], self.scores[row], strict=True)
            known = [f"{label} ({score:.2f})" for label, score in pairs if label]
            lines.append(", ".join(known[:5]) + (", …" if len(known) > 5 else ""))
        if len(self) > 5:
            lines.append(f"… and {len(self) - 5} more rows")
        return "Ranking:\n" + "\n".join(f"  {line}" for line in lines)
