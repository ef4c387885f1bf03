# %% [markdown]
# # Rank labels by what a text means
#
# `XRLinear` knows a text by its words. A word that was in no training text says
# nothing to it. `XRTransformer` ranks by the words and by an embedding of the text side
# by side: a pretrained encoder knows words from elsewhere, and reads rare ones in
# pieces. It costs a hundred times as much to train, so use it where documents are few
# or short, and look at `11_tag_documents.py` first. This guide takes a minute.
#
#     pip install "keras-docs[jax,xr]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import random

import keras
import keras_hub

import keras_docs

keras.utils.set_random_seed(0)

# %% [markdown]
# ## The documents
#
# So that this guide runs without a download, it makes up its texts. The new documents
# talk about the same things as the training documents in other forms of the words:
# *gardener*, where training had *gardens* and *gardening*.

# %%
STEMS = {
    "gardening": ["garden", "plant", "weed", "mulch", "sprout", "blossom"],
    "fishing": ["fish", "trawl", "hook", "reel", "sail", "row"],
    "publishing": ["print", "edit", "publish", "report", "review", "proof"],
    "building": ["build", "paint", "roof", "weld", "drill", "mason"],
    "teaching": ["teach", "learn", "train", "instruct", "lectur", "coach"],
    "banking": ["bank", "lend", "invest", "insur", "account", "broker"],
}
SEEN, NEW = ["ing", "s", "ed"], ["er", "ers"]


def make_up(count, endings, seed):
    chance = random.Random(seed)
    texts, labels = [], []
    for _ in range(count):
        subject = chance.choice(list(STEMS))
        words = chance.choices(STEMS[subject], k=4)
        texts.append(" ".join(word + chance.choice(endings) for word in words))
        labels.append([subject])
    return texts, labels


train_texts, train_labels = make_up(400, SEEN, seed=0)
new_texts, new_labels = make_up(100, NEW, seed=1)
print(train_texts[0], train_labels[0], new_texts[0], new_labels[0], sep=" | ")

# %% [markdown]
# ## Words alone
#
# None of the new words was in a training text. What is left is a guess.

# %%
words_alone = keras_docs.XRRanker().fit(train_texts, train_labels, verbose=0)
print(words_alone.evaluate(new_texts, new_labels, ks=[1]))

# %% [markdown]
# ## An encoder
#
# Any text backbone will do that takes `token_ids` and `padding_mask`. With a network,
# take a pretrained one; a small one is enough, and its cost grows with its size:
#
#     encoder = keras_hub.models.BertBackbone.from_preset("bert_small_en_uncased")
#     tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset(
#         "bert_small_en_uncased"
#     )
#
# Here it is a tiny one that has learned nothing yet. Its vocabulary holds the stems and
# the endings, as those of pretrained models hold the frequent pieces of words.

# %%
pieces = [stem for stems in STEMS.values() for stem in stems]
endings = ["##" + ending for ending in SEEN + NEW]
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *endings]
tokenizer = keras_hub.tokenizers.BertTokenizer(vocabulary, lowercase=True)
encoder = keras_hub.models.BertBackbone(
    len(vocabulary),
    num_layers=1,
    num_heads=2,
    hidden_dim=32,
    intermediate_dim=64,
    max_sequence_length=12,
)

# %% [markdown]
# ## Fit
#
# `fit` clusters the labels into a tree, fine-tunes the encoder on each level of it,
# from few coarse groups to the labels themselves, and then trains an `XRLinear` on the
# words and the embeddings. `steps` is the number of batches per level: a few hundred
# for a pretrained encoder, with the learning rate left as it is. `steps=0` uses the
# encoder as it is, which is often most of the gain for a small part of the cost.
#
# Texts are cut after `sequence_length` tokens. Half the length is less than half the
# time, and the start of a text often says enough.

# %%
ranker = keras_docs.XRRanker(
    keras_docs.XRTransformer(encoder, steps=40, learning_rate=3e-3),
    keras_docs.XRTransformerPreprocessor(tokenizer, sequence_length=12),
)
ranker.fit(train_texts, train_labels, verbose=0)
print(ranker.evaluate(new_texts, new_labels, ks=[1]))

# %% [markdown]
# A long training can be killed and started again: with
# `fit(..., checkpoint_dir="training")` it goes on from the last finished level.
#
# ## Use
#
# From here on it is a ranker like any other: it answers, it is calibrated, it learns
# new labels, and it is saved with its encoder and tokenizer.

# %%
ranking = ranker.rank("gardeners and planters", k=2)
print(ranking.labels, ranking.scores.round(3))
ranker.save_to_preset("subjects")
again = keras_docs.XRRanker.from_preset("subjects")
print(again.rank("gardeners and planters", k=2).labels)

# %% [markdown]
# The embedding itself is of use too, to find texts that are alike: the last columns of
# what the ranker sees, each row of length 1.

# %%
columns = ranker.backbone.encode(ranker.preprocessor(new_texts[:3]))
vectors = columns[:, ranker.backbone.num_features :].toarray()
print((vectors @ vectors.T).round(2))
