# %% [markdown]
# # Pretrain without labels
#
# Labels are dear, rows are cheap. TabTransformer can learn what goes with what from
# rows without labels, and then needs fewer labelled ones. Three steps: pretrain the
# backbone on all rows, put a head on it, fine-tune on the labelled few. The same
# backbone then serves several target columns.
#
#     pip install "keras-docs[jax]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import pandas as pd

import keras_docs
from keras_docs.hub import builtin_presets

keras.utils.set_random_seed(0)
table = pd.read_csv(
    builtin_presets()["tab_transformer_income"] / "assets/example_rows.csv"
)

# %% [markdown]
# ## Pretrain
#
# The preprocessor learns from all rows; no target is named. The backbone is the paper's
# (6 layers); a smaller one keeps this guide quick.
#
# Two tasks are there. Replaced token detection (RTD) swaps 30 % of a row's categories
# for others from the same column and asks which were swapped. Masked language modelling
# (MLM) hides 30 % and asks what they were. `fit` needs no labels for either.

# %%
preprocessor = keras_docs.TabTransformerPreprocessor().adapt(table)
backbone = keras_docs.TabTransformerBackbone(
    cardinalities=preprocessor.cardinalities,
    num_continuous=preprocessor.num_continuous,
    num_layers=2,
)
pretrainer = keras_docs.TabTransformerReplacedTokenDetector(backbone, preprocessor)
pretrainer.fit(table, epochs=3, verbose=0)
print(pretrainer.evaluate(table, return_dict=True, verbose=0))

# %% [markdown]
# Save it once, use it often:

# %%
pretrainer.save_to_preset("./census_pretrained")

# %% [markdown]
# ## Fine-tune on few labels
#
# `for_target` keeps all that was learned about the columns and adds what the labels
# are. If the target was one of the pretraining columns, it is hidden from the model
# from now on.

# %%
labelled = table.head(100)
backbone = keras_docs.TabTransformerBackbone.from_preset("./census_pretrained")
model = keras_docs.TabTransformerClassifier(
    backbone, preprocessor=preprocessor.for_target("income", table=labelled)
)
model.fit(labelled, epochs=5, verbose=0)
print(model.evaluate(table.tail(200), return_dict=True, verbose=0))

# %% [markdown]
# ## Another target, the same pretraining
#
# Any column of the table can be the target next, without pretraining again.

# %%
backbone = keras_docs.TabTransformerBackbone.from_preset("./census_pretrained")
model = keras_docs.TabTransformerClassifier(
    backbone, preprocessor=preprocessor.for_target("marital-status", table=labelled)
)
model.fit(labelled, epochs=5, verbose=0)
model.classify(table.tail(3))

# %% [markdown]
# ## A pretrained preset
#
# `tab_transformer_income_rtd` was pretrained on 21,164 rows of this table. A classifier
# on it starts with a new head, and says so.

# %%
model = keras_docs.TabTransformerClassifier.from_preset("tab_transformer_income_rtd")
model.fit(labelled, epochs=2, verbose=0)
print(model.evaluate(table.tail(200), return_dict=True, verbose=0))
