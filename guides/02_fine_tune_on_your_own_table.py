# %% [markdown]
# # Train on your own table
#
# One call builds a model that fits your table, one call trains it, one call saves it
# with all that is needed to use it elsewhere. Then a preset is fine-tuned on new rows.
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

# %% [markdown]
# ## The table
#
# Put your own file here: `table = pd.read_csv("my.csv")`. polars and pyarrow tables and
# dicts of columns work too. This guide takes 400 rows that ship with a preset, so that
# it runs in a minute; with so few rows do not expect a good model.

# %%
table = pd.read_csv(
    builtin_presets()["tab_transformer_bank_marketing"] / "assets/example_rows.csv"
)
# The length of the call is known only after it, when there is nothing left to predict.
table = table.drop(columns="duration")
train, test = table.iloc[:300], table.iloc[300:]

# %% [markdown]
# ## Build
#
# The preprocessor looks at the table and decides what each column is. Read what it
# decided: an integer code that is really a category, or an identifier that should be
# left out, is corrected with `columns={"code": "categorical", "id": "ignore"}`.

# %%
model = keras_docs.TabTransformer.from_dataframe(
    train, target="y", columns={"day": "numeric"}
)
print(model.preprocessor)

# %% [markdown]
# ## Train
#
# Without `epochs`, `fit` keeps 15 % of the rows aside and stops by itself when they
# no longer gain; the best weights stay. Everything Keras has works as well: your own
# `epochs`, `callbacks`, `validation_data`, `class_weight` (by label), `compile`.

# %%
history = model.fit(train, verbose=0)
print(f"{len(history.epoch)} epochs")
print(model.evaluate(test, return_dict=True, verbose=0))

# %% [markdown]
# One class is rare here. Weigh it, by its label:

# %%
model.fit(train, epochs=2, class_weight={"yes": 4.0, "no": 1.0}, verbose=0)
model.classify(test).head()

# %% [markdown]
# ## Save and load
#
# A preset folder holds weights, settings and all that was learned from the table. It is
# written whole or not at all, so an interrupted save never harms the one before.

# %%
model.save_to_preset("./my_bank_model")
again = keras_docs.TabTransformer.from_preset("./my_bank_model")
assert (again.predict(test, verbose=0) == model.predict(test, verbose=0)).all()

# %% [markdown]
# ## Fine-tune a preset
#
# A trained preset goes on learning from new rows with the same columns. A low learning
# rate keeps what it knows.

# %%
model = keras_docs.TabTransformer.from_preset("tab_transformer_bank_marketing")
rows = pd.read_csv(
    builtin_presets()["tab_transformer_bank_marketing"] / "assets/example_rows.csv"
)
model.compile(optimizer=keras.optimizers.AdamW(1e-5))
model.fit(rows, epochs=2, verbose=0)

# %% [markdown]
# With LoRA, only small adapters in the Transformer and the head are trained; they save
# to a small file of their own.

# %%
model = keras_docs.TabTransformer.from_preset("tab_transformer_bank_marketing")
model.backbone.enable_lora(rank=4)
model.fit(rows, epochs=1, verbose=0)
model.backbone.save_lora_weights("./bank.lora.safetensors")
print(f"{len(model.backbone.trainable_variables)} adapter weights are trained")

# %% [markdown]
# ## Numbers instead of classes
#
# A numeric target gives a regressor that answers in the target's own unit.

# %%
regressor = keras_docs.TabTransformer.from_dataframe(train, target="balance")
regressor.fit(train, epochs=3, verbose=0)
print(regressor.predict(test.head(3), verbose=0))

# %% [markdown]
# ## In scikit-learn
#
# The same model as an estimator, for `cross_val_score`, pipelines and searches.

# %%
from sklearn.model_selection import cross_val_score

estimator = keras_docs.SklearnTabTransformerClassifier(epochs=3)
print(cross_val_score(estimator, train.drop(columns="y"), train["y"], cv=2))
