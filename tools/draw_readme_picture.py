"""Draws the README's picture: what a bank's categories mean to the shipped preset.

python tools/draw_readme_picture.py
"""

from pathlib import Path

import pandas as pd

import keras_docs
from keras_docs.hub import builtin_presets

NAME = "tab_transformer_bank_marketing"
COLUMNS = ["job", "marital", "education", "contact", "month", "poutcome"]
PICTURE = Path(__file__).resolve().parents[1] / "guides/images/embeddings.png"


def main() -> None:
    rows = pd.read_csv(builtin_presets()[NAME] / "assets/example_rows.csv")
    model = keras_docs.TabTransformer.from_preset(NAME)
    figure = keras_docs.plot_embeddings(model, rows, COLUMNS, method="tsne")
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()
