# %% [markdown]
# # Bring your PECOS model
#
# You have an XR-Linear model that PECOS trained. Load its folder as it is: it gives the
# same answers here, faster, on any system, and on a GPU too. In this guide you load
# one, check it against a plain computation, rank with names instead of numbers, and
# export a model back to PECOS. It takes five minutes and needs no PECOS.
#
#     pip install "keras-docs[jax,xr]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from scipy import sparse

import keras_docs

# %% [markdown]
# ## A model of PECOS
#
# Put your own folder here, the one that `XLinearModel.save(folder)` wrote, and the
# features of some documents:
#
#     pecos_folder = "my_pecos_model"
#     x = scipy.sparse.load_npz("X.tst.npz")
#
# So that this guide runs without either, it makes both: 60 labels, each with three of
# 200 features of its own, and documents of two labels. `save_pecos_xlinear` writes the
# files that PECOS would write.

# %%
random = np.random.default_rng(0)
y = np.zeros((500, 60), "float32")
y[np.arange(500), np.arange(500) % 60] = 1
y[np.arange(500), random.integers(0, 60, 500)] = 1
typical = np.repeat(np.eye(60, dtype="float32"), 3, axis=1)
noise = sparse.random_array((500, 200), density=0.02, rng=random, dtype="float32")
x = sparse.csr_matrix(np.pad(y @ typical, ((0, 0), (0, 20))) + noise.toarray())
y = sparse.csr_matrix(y)

pecos_folder = "pecos_model"
trained = keras_docs.XRLinear(200, 60, branching=4, max_leaf_size=10)
trained.fit(x[:400], y[:400], verbose=0)
keras_docs.save_pecos_xlinear(trained, pecos_folder)
x, y = x[400:], y[400:]

# %% [markdown]
# ## Load
#
# Every file is checked on the way in; a damaged one is named. A folder that
# `python -m pecos.apps.text2text.train` wrote, with its own vectorizer, is loaded by
# `keras_docs.load_pecos_text2text`, and takes texts.

# %%
model = keras_docs.load_pecos_xlinear(pecos_folder)
print(model.tree)
print("post-processor", model.setting("post_processor"))
print("beam size", model.setting("beam_size"))

# %%
labels, scores = model.predict(x, k=5)
print(labels[:3])
print(scores[:3].round(3))

# %% [markdown]
# ## Compare
#
# If PECOS is at hand, compare with what it says. It returns a sparse matrix of scores:
#
#     from pecos.xmc.xlinear.model import XLinearModel
#     theirs = XLinearModel.load(pecos_folder).predict(x, only_topk=5)
#     ours = np.take_along_axis(theirs.toarray(), labels, axis=1)
#     np.testing.assert_allclose(scores, ours, atol=2e-4)
#
# Sums of float32 in another order differ by 2e-4 at most. Without PECOS, multiply the
# stored weights yourself: the score of a label is the product of one value per node on
# the way to it.

# %%
margins = [
    (x @ sparse.load_npz(f"{pecos_folder}/ranker/{level}.model/W.npz")[:-1]).toarray()
    + sparse.load_npz(f"{pecos_folder}/ranker/{level}.model/W.npz")[-1].toarray()
    for level in range(model.tree.depth)
]
for row in range(20):
    for label, score in zip(labels[row], scores[row], strict=True):
        path = model.tree.path(label)
        on_path = [m[row, node] for m, node in zip(margins, path, strict=True)]
        values = np.exp(-(np.maximum(0, 1 - np.array(on_path)) ** 3))
        np.testing.assert_allclose(score, np.prod(values), atol=2e-4)

# %% [markdown]
# ## Faster, or more thorough
#
# `n_jobs` takes more threads, `engine="keras"` computes on the GPU of the backend, and
# a wider beam looks at more of the tree, all with the same model.

# %%
wide, _ = model.predict(x, k=5, beam_size=50)
print(f"the first label is the same for {(wide[:, 0] == labels[:, 0]).mean():.0%}")

# %% [markdown]
# What PECOS calls `predict_on_selected_outputs` is `score_labels`: the scores of labels
# that you choose, for example of candidates from a search engine.

# %%
candidates = np.tile([3, 14, 15, 9], (x.shape[0], 1))
print(model.score_labels(x, candidates)[:2].round(3))
print(model.predict(x, k=2, candidates=candidates)[0][:2])

# %% [markdown]
# ## Names instead of numbers
#
# PECOS' files know columns only. A preprocessor brings the names; then it is a ranker
# like any other, with probabilities, metrics and new labels (guide 11), and is saved as
# a preset.

# %%
names = [f"subject {label}" for label in range(60)]
preprocessor = keras_docs.XRRankerPreprocessor().adapt(x, y, label_names=names)
ranker = keras_docs.XRRanker(model, preprocessor)
print(ranker.rank(x[:2], k=3))
print({k: round(v, 3) for k, v in ranker.evaluate(x, y, ks=(1, 5)).items()})
ranker.save_to_preset("./my_ranker")

# %% [markdown]
# ## And back
#
# A model that was trained here goes to PECOS in the same way: the folder below is what
# `XLinearModel.load` expects. Export and import again, and the answers stay.

# %%
keras_docs.save_pecos_xlinear(model, "back_to_pecos")
again = keras_docs.load_pecos_xlinear("back_to_pecos")
for ours, theirs in zip(again.predict(x, k=5), (labels, scores), strict=True):
    np.testing.assert_array_equal(ours, theirs)
