"""The tables of `answer_questions.py`."""

from __future__ import annotations

from collections.abc import Sequence

import result_lines
from label_tables import by_system, mean_sd, title

MEASURES = {
    "funsd": "ANLS",
    "sroie": "ANLS",
    "kleister_nda": "ANLS",
    "tabfact": "accuracy",
    "wtq": "denotation accuracy",
}


def tables(lines: Sequence[dict]) -> str:
    """A table of all sets, and one of spoilt text.

    Args:
        lines: list of result lines.
    """
    clean = [line for line in lines if not line["noise"]]
    names = [name for name in MEASURES if any(x["set"] == name for x in clean)]
    rows = []
    for system, own in by_system(clean).items():
        cells = [mean_sd([x for x in own if x["set"] == n], "score") for n in names]
        rows.append([title(system), *cells])
    header = ["", *(f"{name}, {MEASURES[name]}" for name in names)]
    parts = [result_lines.markdown(header, rows)] if rows else []
    rates = sorted({line["noise"] for line in lines})
    rows = []
    for name in names:
        of_set = [line for line in lines if line["set"] == name]
        for system, own in by_system(of_set).items():
            if any(line["noise"] for line in own):
                cells = [
                    mean_sd([x for x in own if x["noise"] == rate], "score")
                    for rate in rates
                ]
                rows.append([f"{name}, {MEASURES[name]}", title(system), *cells])
    if rows:
        header = ["set", "system", *(f"{rate} %" for rate in rates)]
        parts.append(result_lines.markdown(header, rows))
    return "\n\n".join(parts)
