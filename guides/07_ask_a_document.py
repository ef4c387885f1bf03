# %% [markdown]
# # Ask a document
#
# A scan, a photo or a PDF file goes in, and a question; the answer comes out, how sure
# the model is, and where on the page it stands. In this guide a model that ships with
# the package reads two pages, on your CPU.
#
#     pip install "keras-docs[jax,ocr,pdf,plots]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras_docs

# %% [markdown]
# ## A scan
#
# Put your own file here. So that this guide runs without one, it draws two pages, like
# bad copies, and saves them as images: an agreement, and a form.

# %%
agreement = keras_docs.form_page(
    [
        {"header": "Mutual Non-Disclosure Agreement"},
        {
            "text": "This Agreement is entered into as of May 12, 2014 by and between "
            "Northwind Traders, Inc., a Delaware corporation, and Contoso Ltd."
        },
        {
            "text": "The term of this Agreement shall be three (3) years from the "
            "date first written above."
        },
        {
            "text": "This Agreement shall be governed by and construed in accordance "
            "with the laws of the State of New York."
        },
    ],
    noise=0.3,
    seed=1,
)
delivery = keras_docs.form_page(
    [
        {
            "header": "Delivery note",
            "pairs": [("Address:", "7 Harbour Street, Oslo"), ("Weight:", "31 kg")],
        },
    ],
    noise=0.3,
    seed=6,
)
agreement["image"].save("agreement.png")
delivery["image"].save("delivery.png")

# %% [markdown]
# ## Read its words
#
# A model needs the words and where they are. A PDF with a text layer has them; of an
# image, OCR reads them. `RapidOCR` works offline, and any other engine does that is a
# function of an image and returns words and boxes.

# %%
ocr = keras_docs.RapidOCR()
first, second = keras_docs.read_pages(["agreement.png", "delivery.png"], ocr=ocr)
print(first["words"])
figure = keras_docs.plot_page(first)

# %% [markdown]
# ## Ask
#
# The model began as layers of a small T5, and learned to read pages on forms,
# contracts and tables for 40 minutes of two CPU cores: 39 million weights of 8 bits. It
# reads agreements, and finds little on forms, as its card says; do not expect of it
# what large models do.
#
# `answer` takes such a page, or the file itself:
# `model.answer("agreement.png", question, ocr=ocr)`. The preset computes in 8 bits.
# `dequantize()` makes floats of them: they take four times the memory, and can be
# trained. On a CPU without instructions for 8 bits they answer sooner, too: in half of
# the time with PyTorch (benchmarks/docformer).

# %%
model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_docs_en").dequantize()
found = model.answer(first, "What is the effective date?")
print(found["answer"], f"({found['confidence']:.0%})")
figure = keras_docs.plot_page(first, answer=found["words"])

# %% [markdown]
# Several questions at once, each with its answer. `words` are the words of the page
# that spell the answer; there are none if it is not written there, which is a reason to
# doubt it.

# %%
questions = ["What is the term?", "What is the jurisdiction?", "What is the party?"]
for found in model.answer(first, questions):
    where = "on the page" if found["words"] else "not on the page"
    print(f"{found['question']} {found['answer']!r} {found['confidence']:.2f}, {where}")

# %% [markdown]
# ## Fill fields
#
# `extract` asks for each field by its name, "What is the …?", or as a dict of names to
# questions says. Below `threshold` there is no value: choose it on pages of your own,
# by what a wrong value costs you and what a missing one.

# %%
fields = ["effective date", "jurisdiction", "term"]
for name, field in model.extract(first, fields, threshold=0.3).items():
    print(name, field["value"], round(field["confidence"], 2))

# %% [markdown]
# ## Documents of several pages
#
# A PDF file is one document, and so are pages in a list of their own. Each page
# answers, and the surest answer stays.

# %%
questions = ["What is the jurisdiction?", "What is the effective date?"]
(answers,) = model.answer([[first, second]], questions)
for found in answers:
    print(found["question"], found["answer"], "on page", found["page"])

# %% [markdown]
# Many files: a page that can't be read does not stop the others.

# %%
for found in model.answer([first, "gone.png"], "What is the term?", on_error="skip"):
    print(found.get("error", found["answer"]))

# %% [markdown]
# ## What was it read from?
#
# Each word is hidden in turn. Orange is what the answer was read from: without it, the
# answer is less probable. Blue spoke against it. (Of a model that sees the image,
# `cells` hides its parts, too.)

# %%
evidence = model.evidence(first, "What is the effective date?", cells=None)
figure = keras_docs.plot_evidence(first, evidence)

# %% [markdown]
# ## Teach it
#
# Your pages, your questions: add `questions` and `answers` to some dozens of pages,
# spelt as they are there. Weights of 8 bits cannot learn; these are floats already:
#
#     model.fit(pages)
#     model.save_to_preset("./my_model")
#
# ## Go on
#
# - All words with labels instead of answers, and which belong together: guide 08.
# - Thousands of pages without answers: pretrain on them first, guide 09.
