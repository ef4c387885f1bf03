# %% [markdown]
# # Add a language
#
# Your assistant is to understand a language that the model was never trained on. How
# far does it get without a single labelled sentence, and what do a hundred bring? In
# this guide you find out, with Esperanto, whose words resemble those of many languages
# that the model has seen.
#
#     pip install "keras-docs[jax]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import random

import keras

import keras_docs
from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance

keras.utils.set_random_seed(1)

# %% [markdown]
# ## Sentences with labels
#
# A record is a text, its intent, and its slots. Yours may come from MASSIVE's files
# (`read_massive`), from CoNLL files (`read_conll_bio`), or from a spreadsheet with
# `[time : five]` around the slots, which `parse_annotated_utterance` reads.
#
# So that this guide runs without a download, it makes sentences from patterns. Those to
# test on have other patterns and values than those to learn from.

# %%
LEARN = {
    "alarm_set": ["veku min je [time : {time}]", "agordu alarmon por [time : {time}]"],
    "weather_query": [
        "kia estas la vetero [date : {date}]",
        "ĉu pluvos en [place_name : {place}] [date : {date}]",
    ],
    "play_music": [
        "ludu muzikon de [artist_name : {artist}]",
        "mi volas aŭskulti [artist_name : {artist}]",
    ],
    "iot_hue_lightoff": [
        "malŝaltu la lumon en la [house_place : {room}]",
        "malŝaltu ĉiujn lampojn",
    ],
    "datetime_query": [
        "kioma horo estas",
        "kioma horo estas en [place_name : {place}]",
    ],
}
TEST = {
    "alarm_set": ["bonvolu veki min je [time : {time}]"],
    "weather_query": ["kia vetero estos [date : {date}] en [place_name : {place}]"],
    "play_music": ["bonvolu ludi kanton de [artist_name : {artist}]"],
    "iot_hue_lightoff": ["malŝaltu la lampon de la [house_place : {room}]"],
    "datetime_query": ["diru al mi kioma horo estas en [place_name : {place}]"],
}
VALUES = {
    "time": ["la sepa", "la oka matene", "la naŭa vespere", "tagmezo", "la kvina"],
    "date": ["hodiaŭ", "morgaŭ", "lundon", "ĉi tiun semajnon", "sabaton"],
    "place": ["parizo", "londono", "berlino", "tokio", "romo", "nov jorko"],
    "artist": ["abba", "la beatles", "bach", "madonna", "queen", "mozart"],
    "room": ["kuirejo", "dormoĉambro", "salono", "banĉambro", "koridoro"],
}


def sentences(patterns, count, values, seed):
    draw, intents = random.Random(seed), list(patterns)
    records = []
    for number in range(count):
        intent = intents[number % len(intents)]
        filled = {name: draw.choice(options) for name, options in values.items()}
        annotated = draw.choice(patterns[intent]).format(**filled)
        text, slots = parse_annotated_utterance(annotated)
        records.append(LabelledUtterance(text, intent, slots, "eo"))
    return records


learn = sentences(LEARN, 100, {k: v[:-2] for k, v in VALUES.items()}, seed=1)
test = sentences(TEST, 100, {k: v[2:] for k, v in VALUES.items()}, seed=2)
learn[0]

# %% [markdown]
# ## Zero-shot
#
# No Esperanto has been learned yet.

# %%
model = keras_docs.MultilingualNLU.from_preset("multilingual_nlu_tiny_massive")


def scores(model):
    parsed = model.parse([record.text for record in test])
    return keras_docs.nlu_report(test, parsed).loc["eo"].round(2)


zero_shot = scores(model)
print(zero_shot)

# %% [markdown]
# ## A hundred sentences
#
# `fit` goes on training all weights. What is learned has a price: some of the other
# languages is forgotten. A low learning rate and few epochs keep it low; the rows that
# ship with the preset tell how low.

# %%
import pandas as pd

from keras_docs.hub import builtin_presets

folder = builtin_presets()["multilingual_nlu_tiny_massive"]
rows = pd.read_csv(folder / "assets" / "example_rows.csv")
others = []
for row in rows[::3].itertuples():
    text, slots = parse_annotated_utterance(row.annotated, row.text)
    others.append(LabelledUtterance(text, row.intent, slots, row.locale))
texts = [record.text for record in others]
before = keras_docs.exact_match(others, model.parse(texts))

model.compile(optimizer=keras.optimizers.AdamW(2e-4))
model.fit(learn * 3, epochs=4, batch_size=32, verbose=2)

# %% [markdown]
# What did it bring, and what did the other languages lose?

# %%
fine_tuned = scores(model)
after = keras_docs.exact_match(others, model.parse(texts))
print(f"Esperanto, without: {zero_shot.exact_match:.2f} of the sentences are right")
print(f"Esperanto, with a hundred: {fine_tuned.exact_match:.2f}")
print(f"the other languages: {before:.2f} before, {after:.2f} now")
assert fine_tuned.exact_match > zero_shot.exact_match

# %% [markdown]
# The test sentences come from patterns, so that the gain is larger than real users'
# sentences would show. With your own data, hold real ones out. And mix a sample of
# MASSIVE's training part in (`read_massive`): what is rehearsed is not forgotten.

# %% [markdown]
# ## Translations instead of labels
#
# Perhaps you have no labels in the new language, but translations of what you have in
# English. `TranslationRanker` teaches token embeddings which text translates which; a
# model that learns from English labels alone on top of them, and leaves them as they
# are, understands the other languages, too. Here a new model learns from the 20
# sentences in 52 languages that ship with the preset, and is asked about the same 20;
# `benchmarks/nlu` has figures of MASSIVE's test part, which trained nothing. These few
# pairs make one batch; of more than a thousand, leave `batch_size` as it is.

# %%
rows["number"] = rows.groupby("locale").cumcount()
english = rows[rows["locale"] == "en-US"].set_index("number")
foreign = rows[rows["locale"] != "en-US"]
pairs = list(zip(english.loc[foreign["number"], "text"], foreign["text"], strict=True))

preprocessor = keras_docs.MultilingualNLUPreprocessor(model.preprocessor.tokenizer)
backbone = keras_docs.MultilingualNLUBackbone(
    preprocessor.tokenizer.vocabulary_size(), num_layers=1, hidden_dim=64
)
keras_docs.TranslationRanker(backbone, preprocessor).fit(
    pairs, batch_size=len(pairs), epochs=60, verbose=0
)
backbone.token_embedding.trainable = False

labelled = [(row.text, row.intent, []) for row in english.itertuples()]
preprocessor.adapt(labelled)
translated = keras_docs.MultilingualNLU(backbone, preprocessor)
translated.fit(labelled, batch_size=len(labelled), epochs=100, verbose=0)
found = [parsed["intent"] for parsed in translated.parse(foreign["text"].tolist())]
right = (foreign["intent"] == found).mean()
print(f"intents right in 51 languages, with labels in English alone: {right:.0%}")
assert right > 0.5

# %% [markdown]
# ## Other intents
#
# With labels that the model does not know, `fit` says so. `from_records` keeps the
# encoder and makes new heads for your labels.

# %%
own = [
    ("where is my parcel", "track", []),
    ("wo ist mein paket", "track", []),
    ("i want to send this back", "return", []),
    ("ich möchte das zurückgeben", "return", []),
]
shop = keras_docs.MultilingualNLU.from_records(own)
shop.fit(own * 16, epochs=3, batch_size=16, verbose=0)
shop.parse(["où est mon paket"])[0]["ranking"]

# %% [markdown]
# ## Keep it

# %%
model.save_to_preset("./nlu_with_esperanto")
loaded = keras_docs.MultilingualNLU.from_preset("./nlu_with_esperanto")
first = [test[0].text]
assert loaded.parse(first)[0]["intent"] == model.parse(first)[0]["intent"]
