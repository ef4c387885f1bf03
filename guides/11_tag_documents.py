# %% [markdown]
# # Tag documents
#
# A library, a shop, an archive: documents come in, and each should get the right few of
# many subjects. In this guide you train a ranker on texts and their subjects, let it
# say how sure it is, judge it, teach it a new subject, and look at the tree of subjects
# inside. It takes ten minutes, on a laptop, without a GPU.
#
#     pip install "keras-docs[jax,xr,plots]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import random

import keras_docs

# %% [markdown]
# ## One that is ready
#
# Two trained rankers ship with the package: `xr_linear_yso_subjects_en` knows 24,850
# subjects for English titles, `xr_linear_gnd_subjects_de` 35,116 for library records,
# most of them German or English.

# %%
ready = keras_docs.XRRanker.from_preset("xr_linear_yso_subjects_en")
ready.rank("Keeping bees on the roofs of Helsinki", k=3).to_frame()

# %% [markdown]
# From here on you train your own.
#
# ## The documents
#
# All that is needed are two lists: texts, and for each text the names of its subjects.
# Put your own here. `keras_docs.datasets.read_labelled_texts` reads them from
# tab-separated files, and a table's columns work as they are.
#
# So that this guide runs without a download, it makes up a small catalogue: titles
# about 20 subjects. A title is put together from what one subject, or two that go
# together, is about. As in real catalogues, the second one is not always noted.

# %%
SUBJECTS = {
    "beekeeping": ["hives", "queen bees", "honey harvest", "swarm control", "apiaries"],
    "gardening": ["roses", "compost", "vegetable beds", "pruning", "raised beds"],
    "forestry": ["timber", "oak woods", "reforestation", "sawmills", "logging roads"],
    "birds": ["migratory birds", "nest boxes", "songbirds", "wetland birds", "owls"],
    "fishing": ["trawlers", "salmon rivers", "cod quotas", "angling", "fishing ports"],
    "city planning": ["zoning", "suburbs", "public squares", "master plans", "density"],
    "public transport": [
        "trams",
        "bus lanes",
        "night trains",
        "tickets",
        "metro lines",
    ],
    "architecture": [
        "facades",
        "concrete",
        "libraries by architects",
        "atria",
        "roofs",
    ],
    "housing": ["rents", "tenants", "social housing", "cooperative flats", "vacancy"],
    "cycling": ["bicycle lanes", "cargo bikes", "bike parking", "helmets", "commuting"],
    "tax law": ["income tax", "tax courts", "deductions", "double taxation", "audits"],
    "labour law": ["dismissal", "collective bargaining", "shifts", "unions", "wages"],
    "copyright": ["licences", "piracy", "royalties", "fair use", "public domain"],
    "data protection": ["consent", "surveillance", "cookies", "privacy", "data leaks"],
    "criminal law": ["sentencing", "witnesses", "fraud trials", "juries", "appeals"],
    "opera": ["arias", "libretti", "prima donnas", "stage sets", "opera houses"],
    "jazz": ["improvisation", "saxophones", "swing", "big bands", "jam sessions"],
    "painting": ["portraits", "oil on canvas", "landscapes", "pigments", "frescoes"],
    "photography": [
        "darkrooms",
        "portraits on film",
        "lenses",
        "photo essays",
        "light",
    ],
    "film": ["silent movies", "editing", "film festivals", "screenplays", "cinemas"],
}
FORMS = ["{} and {}", "{}, {}: an introduction", "A history of {} and {}", "{} or {}?"]


def make_catalogue(count, seed):
    """Titles and their subjects; those of one theme (five in a row) go together."""
    draw, names = random.Random(seed), list(SUBJECTS)
    titles, subjects = [], []
    for number in range(count):
        first = number % len(names)
        second = first if draw.random() < 0.6 else first - first % 5 + draw.randrange(5)
        words = [draw.choice(SUBJECTS[names[i]]) for i in (first, second)]
        draw.shuffle(words)
        titles.append(draw.choice(FORMS).format(*words).capitalize())
        noted = {names[first], names[second]} if draw.random() < 0.7 else {names[first]}
        subjects.append(sorted(noted))
    return titles, subjects


train_titles, train_subjects = make_catalogue(600, seed=1)
held_out_titles, held_out_subjects = make_catalogue(200, seed=2)
test_titles, test_subjects = make_catalogue(200, seed=3)
for title, names in zip(train_titles[:4], train_subjects, strict=False):
    print(f"{title}  ->  {', '.join(names)}")

# %% [markdown]
# ## Train
#
# `fit` learns the words and how much each says (TF-IDF), sorts the subjects into a
# tree, and trains a small classifier for each node. On a catalogue of 90,000 records
# and 40,000 subjects it takes about a minute.
#
# Documents that it was not trained on, `validation_data`, teach it how often it is
# right when it gives some score. The defaults suit thousands of subjects; with 20,
# leaves of at most five make a tree that is worth a look.

# %%
ranker = keras_docs.XRRanker(xr_linear={"max_leaf_size": 5, "branching": 4})
ranker.fit(
    train_titles,
    train_subjects,
    validation_data=(held_out_titles, held_out_subjects),
    verbose=0,
)
ranker.summary()

# %% [markdown]
# ## Rank
#
# The best subjects of a text, with a score and a probability each.

# %%
ranking = ranker.rank(["Tenants against vacancy: who pays which rents?"], k=3)
print(ranking)
ranking.to_frame()

# %% [markdown]
# A cataloguer wants suggestions that are worth a look, not always three of them. A
# threshold on the probability does that: what is less likely is left out.

# %%
new_titles = [
    "Swing and improvisation",
    "Cargo bikes or bus lanes?",
    "Consent, cookies and copyright licences",
]
suggestions = ranker.rank(new_titles, k=5, threshold=0.5)
print(suggestions.to_frame())

# %% [markdown]
# ## How good is it?
#
# On documents that it has never seen: P@1, how often the first suggestion is right;
# R@3, how much of what a human chose is among the first three; nDCG, which also counts
# the order; PSP, in which rare subjects count for more.

# %%
scores = ranker.evaluate(test_titles, test_subjects, ks=(1, 3))
print({name: round(value, 3) for name, value in scores.items()})

# %% [markdown]
# Which threshold is right depends on whether a wrong suggestion or a missing one costs
# more. Try some on held-out documents.

# %%
for threshold in (0.2, 0.5, 0.8):
    found = ranker.rank(held_out_titles, k=5, threshold=threshold).labels
    pairs = list(zip(found, held_out_subjects, strict=True))
    right = sum(len(set(row) & set(names)) for row, names in pairs)
    given = sum(name is not None for row in found for name in row)
    wanted = sum(map(len, held_out_subjects))
    print(f"from {threshold}: {right / given:.0%} right, {right / wanted:.0%} found")

# %% [markdown]
# ## A new subject
#
# The vocabulary grows while the catalogue is in use. `partial_fit` adds the subjects
# that are new, in a moment; what was learned of the others stays as it is. Documents of
# other subjects in the same call show what the new one is not.

# %%
ranker.partial_fit(
    ["Bike parking at night trains", "Night trains, cargo bikes: a guide", "Trams"],
    [["intermodal travel"], ["intermodal travel"], ["public transport"]],
)
print(ranker.rank("Night trains and bike parking", k=3))

# %% [markdown]
# ## Look at the tree
#
# The tree is an object of its own. Which subjects share a leaf? Those whose documents
# resemble each other, as far as leaves of equal size allow: some subjects end up among
# strangers. `fit(..., tree=...)` takes a tree of your own.

# %%
tree, names = ranker.backbone.tree, ranker.preprocessor.labels
print(tree)
opera = names.index("opera")
print("opera shares its leaf with", [names[label] for label in tree.siblings(opera)])

# %%
figure = tree.plot(label_names=names)

# %% [markdown]
# ## Keep it
#
# A preset is a folder: weights, words, subjects and calibration. Loaded elsewhere it
# gives the same answers. `keras_docs.upload_preset` publishes it, see guide 10.

# %%
ranker.save_to_preset("./subjects")
loaded = keras_docs.XRRanker.from_preset("./subjects")
same = loaded.rank(new_titles, k=3).labels == ranker.rank(new_titles, k=3).labels
assert same.all()

# %% [markdown]
# ## Better still
#
# - `XRRanker(ensemble=3)` grows three trees: on 40,000 subjects of a library 1 to 2
#   points more of precision, for three to four times the training.
# - `xr_linear={"negatives": "tfn+man"}` also learns from its own mistakes: more P@1,
#   for several times the training.
# - Other words: `XRRankerPreprocessor(vectorizers=[{"analyzer": "char_wb",
#   "ngram_range": (3, 5)}, {}])` reads parts of words as well, for languages that
#   compound them.
# - Training of hours that may be interrupted: `fit(..., checkpoint_dir="checkpoints")`
#   goes on where it stopped.
