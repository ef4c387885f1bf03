# %% [markdown]
# # Classify a table
#
# A preset is a trained model together with everything it learned about its table. In
# this guide you load one, classify rows as they come out of a CSV file, and ask which
# columns mattered. It takes two minutes.
#
#     pip install "keras-docs[jax,plots]"
#
# Choose the backend before Keras is imported; JAX is the fastest one on a CPU.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import pandas as pd

import keras_docs
from keras_docs.hub import builtin_presets

# %% [markdown]
# ## Load
#
# These presets ship with the package, so this needs no network. `hf://org/repo` and a
# folder of your own work in the same place.

# %%
print(sorted(keras_docs.TabTransformer.presets))
model = keras_docs.TabTransformer.from_preset("tab_transformer_bank_marketing")

# %% [markdown]
# What does the model know about its table? Its preprocessor tells: each column, its
# kind, and what was learned.

# %%
print(model.preprocessor)

# %% [markdown]
# ## Classify
#
# Some rows that the model has not seen ship with the preset: clients of a bank, and
# whether they signed up for a deposit after a phone call (column `y`). Pass the frame
# as it is. Text, numbers, missing values and categories that the model never saw are
# handled; a target column is not looked at.

# %%
rows = pd.read_csv(
    builtin_presets()["tab_transformer_bank_marketing"] / "assets/example_rows.csv"
)
answers = model.classify(rows)
answers.head()

# %% [markdown]
# `predict` gives the bare array, a column per class, in the order of
# `model.preprocessor.classes`.

# %%
probabilities = model.predict(rows, verbose=0)
print(model.preprocessor.classes, probabilities[:3].round(3))

# %% [markdown]
# How good is it on these rows? `evaluate` reads the labels from the target column.

# %%
print(model.evaluate(rows, return_dict=True, verbose=0))

# %% [markdown]
# ## What if a row is damaged?
#
# A missing column is an error that names it, before anything is computed.

# %%
try:
    model.classify(rows.drop(columns="duration"))
except ValueError as error:
    print(error)

# %% [markdown]
# ## Explain
#
# Which columns does the model live on? `explain` shuffles one column at a time and
# measures how much worse the model gets (permutation importance). The frame has the
# target column, so the measure is the rise of the log-loss.

# %%
importance = model.explain(rows)
importance.head()

# %%
figure = keras_docs.plot_importance(importance)

# %% [markdown]
# The length of the call decides most, and it is known only afterwards: a good reason to
# train your own model without it, which is the next guide.
#
# Inside the model, each column of a row has an embedding that depends on the other
# columns. Averaged over the rows, categories that mean the same to the model lie close
# together, as in figure 2 of the TabTransformer paper.

# %%
figure = keras_docs.plot_embeddings(
    model, rows, ["job", "education", "marital"], method="pca"
)
