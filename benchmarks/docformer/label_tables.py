"""The tables of `label_forms.py`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import result_lines

TITLES = {
    "crf": "CRF on words and boxes",
    "boosting": "gradient boosting on words and boxes",
    "scratch": "ours, not pretrained",
    "no_image": "ours, not pretrained, no image",
    "bias_2d": "ours, not pretrained, with UDOP's 2-D bias",
    "neighbours": "ours, not pretrained, with gaps between words",
    "neighbours_no_image": "ours, not pretrained, with gaps between words, no image",
    "text_only": "text-only T5, not pretrained",
    "layoutlmv3": "LayoutLMv3's architecture, not pretrained",
}
SETS = {
    "funsd": ("f1", "precision", "recall"),
    "sroie": ("field_f1", "f1", "found_company", "found_date", "found_address",
              "found_total"),
    "kleister_nda": ("field_f1", "f1", "found_effective_date", "found_jurisdiction",
                     "found_party", "found_term"),
}  # fmt: skip


def tables(lines: Sequence[dict]) -> str:
    """A table for each set and kind of boxes, and one of spoilt text.

    Args:
        lines: list of result lines.
    """
    parts = []
    clean = [line for line in lines if not line["noise"]]
    for name, scores in SETS.items():
        for boxes in ("word", "segment"):
            chosen = [x for x in clean if (x["set"], x["boxes"]) == (name, boxes)]
            if chosen:
                header = [f"{name}, boxes of {boxes}s", *scores]
                rows = [
                    [title(system), *(mean_sd(own, score) for score in scores)]
                    for system, own in by_system(chosen).items()
                ]
                parts.append(result_lines.markdown(header, rows))
    noisy = {(x["set"], x["boxes"], x["system"]) for x in lines if x["noise"]}
    rates = sorted({line["noise"] for line in lines})
    rows = []
    for key in sorted(noisy):
        own = [x for x in lines if (x["set"], x["boxes"], x["system"]) == key]
        # A value with a wrong character is no value of the field any more.
        cells = [mean_sd([x for x in own if x["noise"] == r], "f1") for r in rates]
        rows.append([key[0], f"{key[1]}s", title(key[2]), *cells])
    if rows:
        header = ["f1 of", "boxes of", "system", *(f"{rate} %" for rate in rates)]
        parts.append(result_lines.markdown(header, rows))
    return "\n\n".join(parts)


def by_system(lines: Sequence[dict]) -> dict[str, list[dict]]:
    """Lines by their system: baselines, untrained networks, pretrained ones."""
    order = [*TITLES, *sorted({line["system"] for line in lines} - set(TITLES))]
    found = {name: [x for x in lines if x["system"] == name] for name in order}
    return {name: own for name, own in found.items() if own}


def title(system: str) -> str:
    """What a system is called in a table."""
    return TITLES.get(system, system.replace("pretrained:", "ours, pretrained:"))


def mean_sd(lines: Sequence[dict], score: str) -> str:
    """Mean and standard deviation over seeds."""
    values = [line[score] for line in lines if score in line]
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"
