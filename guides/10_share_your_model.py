# %% [markdown]
# # Share your model
#
# Publish a model on the Hugging Face Hub so that others get exactly what you
# published, or an error that says why not. In this guide you fine-tune a preset, save
# it, write its card, upload it, and load it on another machine by a handle that never
# moves.
#
#     pip install "keras-docs[jax]"
#     hf auth login
#
# You need an account on the Hub with a token that may write. Everything below stays the
# same but for this line: put your own name and repository here.

# %%
REPOSITORY = "hf://alice/bank-deposits"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import pandas as pd

import keras_docs
from keras_docs.cli import main as keras_docs_command
from keras_docs.hub import builtin_presets, refresh_card

keras.utils.set_random_seed(0)

# %% [markdown]
# ## Fine-tune
#
# Any model of the zoo can be shared. This one goes on learning from 300 rows that ship
# with a preset; 100 others tell how good it is.

# %%
rows = pd.read_csv(
    builtin_presets()["tab_transformer_bank_marketing"] / "assets/example_rows.csv"
)
train, test = rows.iloc[:300], rows.iloc[300:]
model = keras_docs.TabTransformer.from_preset("tab_transformer_bank_marketing")
model.compile(optimizer=keras.optimizers.AdamW(1e-5))
model.fit(train, epochs=2, verbose=0)
scores = model.evaluate(test, return_dict=True, verbose=0)
print(scores)

# %% [markdown]
# ## Save
#
# A preset is a folder: weights, settings, what was learned from the table, and a
# manifest with the size and SHA-256 of every file.

# %%
model.save_to_preset("./bank_deposits")

# %% [markdown]
# ## Write the card
#
# The card tells others what the model is for, how good it is, and what they may do with
# it. It is written from one record, which stays in the folder as `card.json`: change it
# there, then run `keras-docs card ./bank_deposits`.
#
# Without a record you can pass `license=` to `upload_preset`, and a short card is
# written from what the files tell. A licence is needed in any case.

# %%
card = refresh_card(
    "./bank_deposits",
    {
        "title": "Will a bank's client sign up for a deposit?",
        "summary": "tab_transformer_bank_marketing, fine-tuned on 300 more rows.",
        "license": "cc-by-4.0",
        "language": "en",
        "pipeline_tag": "tabular-classification",
        "datasets": [
            {
                "name": "Bank Marketing",
                "url": "https://archive.ics.uci.edu/dataset/222/bank+marketing",
                "license": "cc-by-4.0",
            }
        ],
        "metrics": [
            {
                "dataset": "Bank Marketing",
                "split": "100 of the preset's example rows",
                "name": name,
                "value": round(value, 4),
            }
            for name, value in scores.items()
        ],
        "command": "python guides/10_share_your_model.py",
        "limits": "Made to show how a model is shared; too few rows to be relied on.",
        "snippet": (
            "import keras_docs\n\n"
            f'model = keras_docs.TabTransformer.from_preset("{REPOSITORY}@v1")\n'
            "print(model.preprocessor)"
        ),
    },
)
print(card.read_text()[:400])

# %% [markdown]
# ## Upload
#
# First everything that a published preset promises is checked: every file, every part,
# finite weights, the card, and that the model is the same after it is saved and loaded
# again. Then all files go up in one commit. `private=True` keeps a new repository to
# yourself; `revision="branch"` uploads to a branch.
#
# In a terminal this is `keras-docs upload ./bank_deposits hf://alice/bank-deposits`.

# %%
handle = keras_docs.upload_preset(REPOSITORY, "./bank_deposits", tag="v1")

# %% [markdown]
# The handle ends in the commit: it means these files for ever. `@v1` is easier to
# remember. Without either, one gets the newest files of the branch `main`.
#
# ## Load it on another machine
#
# Another machine has another cache; a folder of its own plays its part here. What
# arrives is verified against the manifest before anything reads it.

# %%
loaded = keras_docs.TabTransformer.from_preset(handle, cache_dir="./another_machine")
same = loaded.predict(test, verbose=0) == model.predict(test, verbose=0)
assert same.all()

# %% [markdown]
# Once it is there, a pinned handle needs no network any more.

# %%
offline = keras_docs.TabTransformer.from_preset(
    handle, cache_dir="./another_machine", local_files_only=True
)

# %% [markdown]
# ## Look, and verify
#
# `keras-docs show` tells what a preset holds without loading its weights;
# `keras-docs verify` hashes every file afresh and repeats all checks. Both are commands
# for the terminal; here they are called from Python.

# %%
keras_docs_command(["show", f"{REPOSITORY}@v1", "--cache-dir", "./another_machine"])

# %%
failed = keras_docs_command(["verify", handle, "--cache-dir", "./another_machine"])
assert not failed

# %% [markdown]
# ## The next version
#
# Train on, upload again with a new tag. Who pinned the first version keeps it. The
# model itself can be passed as well as a folder; its card then is the short one.

# %%
model.fit(train, epochs=1, verbose=0)
newer = keras_docs.upload_preset(REPOSITORY, model, tag="v2", license="cc-by-4.0")
pinned = keras_docs.TabTransformer.from_preset(handle, cache_dir="./another_machine")
latest = keras_docs.TabTransformer.from_preset(newer, cache_dir="./another_machine")
assert (pinned.predict(test, verbose=0) == loaded.predict(test, verbose=0)).all()
assert (latest.predict(test, verbose=0) == model.predict(test, verbose=0)).all()
