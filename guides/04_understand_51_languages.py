# %% [markdown]
# # Understand 51 languages
#
# "Wake me up at five" is an intent, to set an alarm, with a slot, the time. In this
# guide a model that ships with the package finds both in 51 languages, on your CPU. You
# look at how sure it is, in which language it is how good, and what changes when you
# replace it.
#
#     pip install "keras-docs[jax,plots]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import pandas as pd

import keras_docs

# %% [markdown]
# ## One model, raw texts
#
# `parse` takes texts as they are and returns a dict for each. It need not be told the
# language.

# %%
model = keras_docs.MultilingualNLU.from_preset("multilingual_nlu_tiny_massive")

texts = [
    "wake me up at five in the morning",
    "wecke mich um fünf uhr morgens",
    "明日の天気を教えて",
    "spela en låt av abba",
    "alexa éteins la lumière dans la cuisine",
]
for found in model.parse(texts):
    slots = ", ".join(f"{slot['type']}={slot['value']}" for slot in found["slots"])
    print(f"{found['text']}\n  {found['intent']} ({found['confidence']:.0%})  {slots}")

# %% [markdown]
# Each slot says where it stands in the text, in characters, and how sure the model is.

# %%
found = model.parse(["book a table for two at eight tonight"])[0]
for slot in found["slots"]:
    assert found["text"][slot["start"] : slot["end"]] == slot["value"]
print(found["slots"])

# %% [markdown]
# ## When it does not know
#
# A model of 60 intents gives one of 60 answers, also to a text that fits none. What is
# below `threshold` gets no intent; `ranking` still tells what came closest.

# %%
strange = ["the mitochondria is the powerhouse of the cell", "turn off the lights"]
for found in model.parse(strange, threshold=0.6):
    print(found["intent"], [entry["intent"] for entry in found["ranking"]])

# %% [markdown]
# Which threshold is right depends on what a wrong action costs. The probabilities were
# calibrated on MASSIVE's development part; on texts of your own, call
# `model.calibrate(records)` first. `model.tune_slot_threshold(records)` does the like
# for slots: it sets how readily they are seen to what gives the best F1.
#
# ## How good is it, in each language?
#
# The preset ships with some rows of the test part in each language. `[time : five]`
# marks a slot, as in MASSIVE's own files; `read_massive` reads those.

# %%
from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance
from keras_docs.hub import builtin_presets

folder = builtin_presets()["multilingual_nlu_tiny_massive"]
rows = pd.read_csv(folder / "assets" / "example_rows.csv")
records = []
for row in rows.itertuples():
    text, slots = parse_annotated_utterance(row.annotated, row.text)
    records.append(LabelledUtterance(text, row.intent, slots, row.locale))
records[0]

# %% [markdown]
# `nlu_report` scores as MASSIVE does: intent accuracy, slot F1 over the words, and
# exact match, an utterance with nothing wrong. Twenty rows a language are few; look at
# the standard errors. The model's card has the figures on all 2,974.

# %%
predicted = model.parse([record.text for record in records])
report = keras_docs.nlu_report(records, predicted)
report.round(2)

# %%
figure = keras_docs.plot_nlu_report(report)

# %% [markdown]
# ## Before you replace a model
#
# A better mean can hide that something got worse. `compare_nlu` counts, for each
# language and intent, what a new model wins and what it breaks (negative flips). Here
# the "new" one is the same with 8-bit weights, on every fourth row.

# %%
small = keras_docs.MultilingualNLU.from_preset("multilingual_nlu_tiny_massive")
small.quantize("int8")
changes = keras_docs.compare_nlu(model, small, records[::4])
changes.loc["all"]

# %%
changes.loc["locale"].sort_values("net").head()

# %% [markdown]
# ## Go on
#
# - Your language is not among the 51, or your intents are others: guide 05.
# - The model is too large or too slow for your device: guide 06.
