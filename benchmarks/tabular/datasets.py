"""The tables of the benchmarks and the split protocol of the TabTransformer paper.

Source of the protocol: Huang et al. 2020, arXiv 2012.06678, section 3 (5 splits of
65 % training, 15 % validation, 20 % test).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

SPLITS = 5


@dataclass(frozen=True)
class TableSet:
    """One benchmark table.

    Args:
        file: file name inside the data folder.
        target: target column.
        positive: class whose probability the AUC ranks; `None` unless binary.
        task: "binary", "multiclass" or "regression".
        drop: columns removed before training (row numbers, customer ids).
        drop_classes: target classes too rare to occur in every part of a split.
        kinds: column name -> "categorical" or "numeric", where dtype misleads.
        others: kind of the columns that `kinds` does not name; `None` goes by dtype.
        paper: AUC x100 (mean, sd) of the paper's TabTransformer, tables 16 and 17.
    """

    file: str
    target: str
    positive: object = None
    task: str = "binary"
    drop: tuple[str, ...] = ()
    drop_classes: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    others: str | None = None
    paper: tuple[float, float] | None = None


# The 113 hero columns hold -1 (other team), 0 (not picked) or 1 (own team). As numbers
# they keep that order, and a row costs 3 tokens instead of 116: about 40 times the
# work per row for the feed-forward layers, more for attention, over 92 650 rows.
DOTA_KINDS = {f"hero_{i:03d}": "numeric" for i in range(1, 114)} | dict.fromkeys(
    ("cluster_id", "game_mode", "game_type"), "categorical"
)

# MOSTYPE and MOSHOOFD are codes of customer types in the data dictionary of CoIL 2000.
# The other columns are ordered classes or counts, most with at most 10 values: as
# numbers they keep their order, and the paper's head (4 times the width of the
# features) stays at 0.4 million weights instead of 60 million.
COIL_CODES = ("MOSTYPE", "MOSHOOFD")

SETS: dict[str, TableSet] = {
    "dota2games": TableSet(
        "dota2games.csv.gz", "win", 1, kinds=DOTA_KINDS, paper=(63.3, 0.2)
    ),
    "bank_marketing": TableSet("bank_marketing.csv.gz", "y", "yes", paper=(93.4, 0.4)),
    "adult_automl": TableSet("adult_automl.csv.gz", "target", 1, paper=(73.7, 0.9)),
    "1995_income": TableSet("1995_income.csv", "income", ">50K", paper=(90.6, 0.3)),
    "shrutime": TableSet(
        "shrutime.csv", "Exited", 1, drop=("RowNumber",), paper=(85.6, 0.5)
    ),
    "blastchar": TableSet(
        "blastchar.csv", "Churn", "Yes", drop=("customerID",), paper=(83.5, 1.4)
    ),
    "insurance_co": TableSet(
        "insurance_co.csv",
        "CARAVAN",
        1,
        kinds=dict.fromkeys(COIL_CODES, "categorical"),
        others="numeric",
        paper=(74.4, 0.9),
    ),
    "spambase": TableSet("spambase.csv", "spam", 1, paper=(98.5, 0.5)),
    "seismicbumps": TableSet("seismicbumps.csv", "class", 1, paper=(75.1, 9.6)),
    "qsar_bio": TableSet("qsar_bio.csv", "Class", 2, paper=(91.8, 3.8)),
    "adult_uci": TableSet("adult_uci.csv.gz", "income", ">50K", drop=("split",)),
    "sylvine": TableSet("sylvine.csv", "class", 1),
    "mushroom": TableSet("mushroom.csv", "class", "'p'"),
    "credit_g": TableSet("credit_g.csv", "class", "bad"),
    "nursery": TableSet(
        "nursery.csv", "class", task="multiclass", drop_classes=("recommend",)
    ),
    "letter": TableSet("letter.csv", "class", task="multiclass"),
    "california_housing": TableSet(
        "california_housing.csv", "median_house_value", task="regression"
    ),
    "diamonds": TableSet("diamonds.csv.gz", "price", task="regression"),
}

PAPER_SETS = [name for name, record in SETS.items() if record.paper]


def load(name: str, data: str | Path) -> tuple[pd.DataFrame, TableSet]:
    """Read a table.

    Args:
        name: key of `SETS`.
        data: folder of the CSV files.

    Returns:
        Frame with the feature columns and the target, and its record.

    Raises:
        ValueError: the set is unknown, or the file is not in the folder.
    """
    if name not in SETS:
        raise ValueError(f"Unknown set {name!r}; expected one of {', '.join(SETS)}.")
    record = SETS[name]
    path = Path(data) / record.file
    if not path.is_file():
        raise ValueError(f"--data: {path} not found; it must hold {record.file}.")
    frame = pd.read_csv(path, low_memory=False).drop(columns=list(record.drop))
    keep = ~frame[record.target].isin(record.drop_classes)
    if record.others:
        columns = frame.columns.drop(record.target)
        kinds = dict.fromkeys(columns, record.others) | record.kinds
        record = replace(record, kinds=kinds)
    return frame[keep].reset_index(drop=True), record


def split(
    frame: pd.DataFrame, record: TableSet, number: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the training (65 %), validation (15 %) and test (20 %) rows.

    The test parts of the five splits are disjoint and cover the table. Training rows
    come shuffled, so "the first p rows" is a random sample.
    """
    target = frame[record.target].to_numpy()
    regression = record.task == "regression"
    folds = (KFold if regression else StratifiedKFold)(
        SPLITS, shuffle=True, random_state=0
    )
    rest, test = list(folds.split(np.zeros(len(target)), target))[number]
    train, valid = train_test_split(
        rest,
        test_size=15 / 80,
        random_state=number,
        stratify=None if regression else target[rest],
    )
    return frame.iloc[train], frame.iloc[valid], frame.iloc[test]


def categorical_columns(frame: pd.DataFrame, record: TableSet) -> list[str]:
    """Columns the baselines treat as categories: text, or named so in `kinds`."""
    columns = frame.columns.drop(record.target)
    return [
        c
        for c in columns
        if record.kinds.get(c) == "categorical"
        or (c not in record.kinds and not pd.api.types.is_numeric_dtype(frame[c]))
    ]
