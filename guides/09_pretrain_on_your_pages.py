# %% [markdown]
# # Pretrain on your pages
#
# Labelled pages are dear, and most archives are full of pages without labels.
# DocFormerV2 learns from these what pages are like: which words follow which, and what
# stands where. Afterwards it needs fewer labelled ones. Three steps: pretrain on all
# pages, keep the backbone, fine-tune on the labelled few.
#
#     pip install "keras-docs[jax,plots]"

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
# Any will do: `keras_docs.read_pages("archive/report.pdf")` reads a PDF by its text
# layer, and scans by OCR. So that this guide runs without files, it draws forms. The
# labels that come with them are used at the end, of a dozen pages alone.

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


pages = [make_form(number) for number in range(200)]
unlabelled, held_out = pages[:128], pages[128:144]
labelled, test = pages[144:156], pages[156:]

# %% [markdown]
# ## A vocabulary
#
# A SentencePiece model of T5's kind, trained on the same pages. The tokenizer adds the
# sentinels that stand for masked spans. For real pages take some 16,000 pieces; or take
# T5's own, with its weights (`DocFormerV2Backbone.from_t5`), as the paper does.

# %%
proto = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=(" ".join(page["words"]) for page in unlabelled),
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

# %% [markdown]
# ## What there is to guess
#
# Three tasks, the paper's:
#
# - *denoising*: spans of the text are masked, and the decoder writes them;
# - *Token-to-Line*: how many lines are two tokens apart: none, one, or more?
# - *Token-to-Grid*: in which cell of a 4 x 4 grid is a token?
#
# The last two could be read off the boxes that the model is given, so a share of the
# boxes is hidden. That is ours, not the paper's; `box_dropout=0.0` leaves it out.

# %%
# Short windows and no images: that is enough for these forms, and quick.
settings = {"sequence_length": 64, "padding_multiple": 64, "image_shape": None}
preprocessor = keras_docs.DocFormerV2PretrainerPreprocessor(
    tokenizer, line_pairs=32, box_dropout=0.3, **settings
)


def text_of(ids):
    """Pieces, without padding."""
    return " ".join(tokenizer.id_to_token(int(i)) for i in ids if i > 1)


x, y, sample_weight = preprocessor(unlabelled[0])
print("reads: ", text_of(x["encoder_token_ids"][0]))
print("writes:", text_of(y["denoising"][0]))
first, second = x["line_pairs"][0, 0]
print(f"tokens {first} and {second}: {y['lines'][0, 0]} lines apart (2: or more)")
print("cells of every eighth token:", y["grid"][0, ::8])

# %% [markdown]
# ## Pretrain
#
# `fit(pages)` would do. Here pages are cut into windows of tokens first: that is slow
# and always the same, while each batch is masked anew, at thousands of windows a
# second. For many pages keep `windows.features` in a file.
#
# `line_weight`, `grid_weight` and `denoising_weight` weigh the tasks; 0 leaves one out.

# %%
windows = preprocessor.windows(unlabelled)
backbone = keras_docs.DocFormerV2Backbone(
    vocabulary_size=tokenizer.vocabulary_size(),
    num_layers=1,
    hidden_dim=64,
    num_heads=4,
    intermediate_dim=128,
    image_shape=None,
)
pretrainer = keras_docs.DocFormerV2Pretrainer(backbone, preprocessor)
pretrainer.compile(optimizer=keras.optimizers.AdamW(5e-3))
history = pretrainer.fit(windows.features, epochs=28, batch_size=16, verbose=0).history
for task in pretrainer.tasks:
    scores = history[f"{task}_accuracy"]
    print(f"{task:9} accuracy {scores[0]:.2f} -> {scores[-1]:.2f}")

# %% [markdown]
# How well does it do on pages that it has not seen? Compare only what was masked in the
# same way: with `preprocessor(pages)` the targets are drawn once, and stay.

# %%
x, y, sample_weight = preprocessor(held_out)
scores = pretrainer.evaluate(
    x, y, sample_weight=sample_weight, return_dict=True, verbose=0
)
print({name: round(value, 2) for name, value in scores.items()})

# %% [markdown]
# Save it once, use it often. Any task takes the backbone; the heads stay behind.

# %%
pretrainer.save_to_preset("./my_pages")

# %% [markdown]
# ## Fine-tune on a dozen labelled pages
#
# Once on the pretrained backbone, and once on a new one of the same size.

# %%
reader = keras_docs.DocFormerV2Preprocessor(
    tokenizer, task="label", return_overflow=True, **settings
).adapt(labelled)


def f1_on_test_pages(backbone):
    """Trains on the labelled pages; F1 of whole entities."""
    model = keras_docs.DocFormerV2TokenClassifier(backbone, preprocessor=reader)
    model.compile(optimizer=keras.optimizers.AdamW(3e-3))
    model.fit(labelled, epochs=20, batch_size=12, verbose=0)
    found = [record["word_labels"] for record in model.label(test)]
    return keras_docs.entity_f1([page["word_labels"] for page in test], found).f1


pretrained = keras_docs.DocFormerV2Backbone.from_preset("./my_pages")
new = keras_docs.DocFormerV2Backbone.from_config(pretrained.get_config())
for name, encoder in (("pretrained", pretrained), ("new", new)):
    print(f"{name}: F1 {f1_on_test_pages(encoder):.2f}")

# %% [markdown]
# ## Go on
#
# - Questions instead of labels: `DocFormerV2Seq2SeqLM(pretrained, preprocessor)`, and
#   guide 07.
# - Many pages: `tools/pretrain_docformer_v2.py` is the script of the presets that ship.
#   Batches of 32 and more, `keras.config.set_dtype_policy("mixed_bfloat16")` on a GPU.
# - Publish it: guide 10.
