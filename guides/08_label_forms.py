# %% [markdown]
# # Label forms
#
# A form has keys, values and headers, and to read it is to know which words are which,
# and which value belongs to which key. In this guide you train a model that labels the
# words of forms, judge it, see what it looks at, and train a second one that links keys
# with values.
#
#     pip install "keras-docs[jax,ocr,plots]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import io
import random

import keras
import sentencepiece

import keras_docs

keras.utils.set_random_seed(0)

# %% [markdown]
# ## The pages
#
# A page is a dict: its `words`, where they are (`boxes`), a label for each, and its
# image if there is one. `keras_docs.datasets.read_funsd` reads the FUNSD data set so,
# and files laid out like it; `read_pages` reads a scan by OCR, or a PDF, and then only
# the labels are missing.
#
# So that this guide runs without a download, it fills in forms and has them drawn:
# with other fonts, columns and rules each time.

# %%
KEYS = {
    "Name:": ["Ada Byron", "Emmy Noether", "Kurt Weill", "Grace Murray", "Max Born"],
    "City:": ["Oslo", "Porto", "Lima", "New York", "Cape Town", "Turku", "Nantes"],
    "Phone number:": ["555 0142", "555 0199", "040 7731", "020 1234", "171 8284"],
    "Date of order:": ["3 May 2021", "12 June 2020", "1 April 1999", "7 July 2007"],
    "Total due:": ["12.50 EUR", "7.00 EUR", "1,200.00 USD", "99.90 USD", "5 EUR"],
    "Paid by:": ["cash", "card", "bank transfer", "cheque"],
}
HEADERS = ["Order form", "Customer", "Delivery", "Payment details", "For office use"]


def make_form(number):
    """A form with two sections of some of the keys."""
    draw = random.Random(number)
    keys = draw.sample(list(KEYS), 5)
    filled = [(key, draw.choice(KEYS[key])) for key in keys]
    first, second = draw.sample(HEADERS, 2)
    sections = [
        {"header": first, "pairs": filled[:3]},
        {"header": second, "pairs": filled[3:]},
    ]
    return keras_docs.form_page(sections, seed=number)


pages = [make_form(number) for number in range(290)]
train, test = pages[:260], pages[260:]
figure = keras_docs.plot_page(test[0])

# %% [markdown]
# ## Words to numbers
#
# The tokenizer is a SentencePiece model with T5's special tokens; here a small one is
# trained on the forms. `adapt` learns which labels there are: `B-QUESTION` begins a
# key, `I-QUESTION` goes on with it, `O` is none of all.
#
# A preset brings both, and a model that has seen many pages before, so that fewer pages
# of your own do.
#
#     model = keras_docs.DocFormerV2TokenClassifier.from_preset(
#         "docformer_v2_tiny_forms_en", preprocessor=preprocessor
#     )
#
# Of receipts, `docformer_v2_tiny_receipts_en` finds shop, address, date and total as it
# is, and it is what to start from if yours say more.

# %%
proto = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=(" ".join(page["words"]) for page in train),
    model_writer=proto,
    vocab_size=160,
    hard_vocab_limit=False,
    pad_id=0,
    eos_id=1,
    unk_id=2,
    bos_id=-1,
    pad_piece="<pad>",
    minloglevel=2,
)
tokenizer = keras_docs.DocFormerV2Tokenizer(proto.getvalue())

# Without images here: words and places are enough for these forms.
settings = {"image_shape": None, "sequence_length": 128, "padding_multiple": 32}
preprocessor = keras_docs.DocFormerV2Preprocessor(tokenizer, task="label", **settings)
preprocessor.adapt(train)
print(preprocessor.labels)

# %% [markdown]
# ## Train
#
# `fit` takes the pages as they are. `use_neighbours` tells the model the gaps between
# words: a key ends where a wide gap begins.

# %%
backbone = keras_docs.DocFormerV2Backbone(
    vocabulary_size=tokenizer.vocabulary_size(),
    num_layers=1,
    num_decoder_layers=0,
    hidden_dim=64,
    num_heads=4,
    intermediate_dim=128,
    use_neighbours=True,
    image_shape=None,
)
model = keras_docs.DocFormerV2TokenClassifier(backbone, preprocessor=preprocessor)
model.compile(optimizer=keras.optimizers.AdamW(5e-3))
history = model.fit(train, epochs=6, verbose=0)
print({name: round(values[-1], 3) for name, values in history.history.items()})

# %% [markdown]
# ## How good is it?
#
# What counts is whole entities: all words of a key, and none beside it. FUNSD's results
# are F1 of that.

# %%
labelled = model.label(test)
tags = [page["word_labels"] for page in test]
scores = keras_docs.entity_f1(tags, [found["word_labels"] for found in labelled])
print(
    f"precision {scores.precision:.2f}  recall {scores.recall:.2f}  F1 {scores.f1:.2f}"
)

# %% [markdown]
# ## What it says of a page
#
# `label` returns the page with a label and a confidence for each word, and the entities
# that they make up. It is a page itself, so that it can be drawn, linked, corrected and
# learned from. `model.label("form.png", ocr=keras_docs.RapidOCR())` does the same for a
# scan.

# %%
for entity in labelled[0]["entities"][:4]:
    print(f"{entity['label']:9} {entity['text']!r}  {entity['confidence']:.2f}")
figure = keras_docs.plot_page(labelled[0])

# %%
for answer in model.extract(test[0])["ANSWER"]:
    print(answer["text"], answer["box"])

# %% [markdown]
# ## What it looks at
#
# Each word is hidden in turn. The more the label's probability falls, the more of it
# was read from there.

# %%
answers = [e for e in labelled[0]["entities"] if e["label"] == "ANSWER"]
word = answers[0]["words"][0]
figure = keras_docs.plot_evidence(test[0], model.evidence(test[0], word=word))

# %% [markdown]
# ## Which value belongs to which key
#
# The linker takes entities as they are given in the training pages, or as the model
# above finds them. It begins with a copy of that model's encoder, which knows forms
# already.

# %%
linker = keras_docs.DocFormerV2EntityLinker(
    model.backbone.encoder(),
    preprocessor=keras_docs.DocFormerV2Preprocessor(
        tokenizer, task="link", **settings
    ).adapt(train),
)
linker.compile(optimizer=keras.optimizers.AdamW(5e-3))
linker.fit(train, epochs=6, verbose=0)

given = linker.link(test)
found = [[link["link"] for link in links] for links in given]
scores = keras_docs.linking_f1([page["links"] for page in test], found)
print(f"F1 of links between given entities: {scores.f1:.2f}")

# %%
for link in linker.link(labelled[0]):
    print(f"{link['key']} -> {link['value']}  {link['probability']:.2f}")

# %% [markdown]
# ## Keep it
#
# A preset is a folder: weights, tokenizer and labels. `keras_docs.upload_preset`
# publishes it, see guide 10.

# %%
model.save_to_preset("./labels")
loaded = keras_docs.DocFormerV2.from_preset("./labels")
assert loaded.label(test[0])["word_labels"] == labelled[0]["word_labels"]

# %% [markdown]
# ## Go on
#
# - Pages of your own in JSON or a table: make dicts of `words`, `boxes` and
#   `word_labels`. Boxes in pixels: `DocFormerV2Preprocessor(box_format="pixel", …)`.
# - A few hundred of them, from a preset: train for longer, on pages that look a little
#   different in each epoch, so that they are not known by heart. FUNSD's 149 forms are
#   learned so in [benchmarks/docformer](../benchmarks/docformer), where the learning
#   rate also rises at first and then falls:
#
#       model.compile(optimizer=keras.optimizers.AdamW(4e-4))
#       augmentation = keras_docs.PageAugmentation(tokenizer, stretch=0.2, hidden=0.4)
#       model.fit(pages, batch_size=4, epochs=40, augmentation=augmentation)
#
# - Boxes of whole segments or cells, rather than of words:
#   `model.label(page, whole_boxes=True)` gives the words of a box one label.
# - Receipts, whose words are mostly in capitals: with
#   `DocFormerV2Preprocessor(soften_capitals=True, …)`, `TOTAL` is cut as `Total`, for
#   which a vocabulary has longer pieces.
# - Long pages: nothing to do, they are read in windows that overlap.
# - Questions instead of labels: guide 07.
