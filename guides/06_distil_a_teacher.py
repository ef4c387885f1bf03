# %% [markdown]
# # Distil a teacher
#
# A large model knows more than the labels tell: how near two intents are, where a slot
# is in doubt. A small model learns that from it, and needs no labels for it. In this
# guide you train a student on unlabelled texts, with the shipped model as the teacher.
# It is the last step of what Amazon did for Alexa (FitzGerald et al. 2022,
# [arXiv 2206.07808](https://arxiv.org/abs/2206.07808)): pretrain a teacher, go on with
# texts of the domain, distil a student, fine-tune it.
#
#     pip install "keras-docs[jax]"

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd

import keras_docs
from keras_docs.hub import builtin_presets

keras.utils.set_random_seed(1)

# %% [markdown]
# ## The teacher, and texts without labels
#
# Your own would be what users say to your assistant, as it comes: hundreds of thousands
# of texts. Here some of those that ship with the preset have to do: 20 utterances in 52
# languages each. Those held out are other translations of the same 20, so that the
# agreement below shows that a student learns, not how well a real one would.

# %%
teacher = keras_docs.MultilingualNLU.from_preset("multilingual_nlu_tiny_massive")
folder = builtin_presets()["multilingual_nlu_tiny_massive"]
texts = pd.read_csv(folder / "assets" / "example_rows.csv")["text"].tolist()
unlabelled, held_out = texts[::2] + texts[1::4], texts[3::4]
len(unlabelled)

# %% [markdown]
# ## The student
#
# Half as deep and half as wide. It shares the teacher's preprocessor: both read the
# same tokens.

# %%
backbone = keras_docs.MultilingualNLUBackbone(
    vocabulary_size=teacher.backbone.vocabulary_size,
    num_layers=2,
    num_heads=4,
    hidden_dim=128,
    dropout=0.0,
)
student = keras_docs.MultilingualNLU(
    backbone, teacher.preprocessor, pooling="max", dropout=0.0
)
student.compile(optimizer=keras.optimizers.AdamW(3e-3))
print(f"{teacher.count_params():,} parameters teach {student.count_params():,}")


taught = [record["intent"] for record in teacher.parse(held_out)]


def agreement():
    """How often student and teacher give held-out texts the same intent."""
    found = [record["intent"] for record in student.parse(held_out)]
    return np.mean([one == other for one, other in zip(found, taught, strict=True)])


print(f"they agree on {agreement():.0%} of the texts")

# %% [markdown]
# ## Distil
#
# `label_weight=0`: there are no labels. The student learns the teacher's probabilities
# of intents and of slots, softened by a temperature, which shows more of what is almost
# as likely (Hinton et al. 2015).

# %%
distiller = keras_docs.Distiller(teacher, student, temperature=2.0, label_weight=0.0)
distiller.fit(unlabelled, epochs=12, batch_size=64, verbose=2)
agreed = agreement()
print(f"they agree on {agreed:.0%} of the texts")
assert agreed > 0.2

# %% [markdown]
# `hidden_weight` and `embedding_weight` make the student's layers resemble the
# teacher's as well (Jiao et al. 2020), through a learned projection where their widths
# differ. With labels, `distiller.fit(records)` and `label_weight=1.0` use both.
#
# ## The whole pipeline
#
# 1. **Pretrain** the teacher's encoder on any text: `MultilingualNLUMaskedLM(backbone,
#    preprocessor).fit(texts)`.
# 2. **Pretrain further** on texts of the domain: the same call.
# 3. **Fine-tune** the teacher: `MultilingualNLU(backbone, preprocessor).fit(records)`.
# 4. **Distil** the student, as above, on all texts of the domain.
# 5. **Fine-tune** the student: `student.fit(records)`.
#
# The first step, in small:

# %%
pretrainer = keras_docs.MultilingualNLUMaskedLM(
    keras_docs.MultilingualNLUBackbone(
        teacher.backbone.vocabulary_size, num_layers=1, num_heads=2, hidden_dim=32
    ),
    teacher.preprocessor,
)
pretrainer.fit(unlabelled[:256], epochs=2, batch_size=64, verbose=2)

# %% [markdown]
# ## Keep the student
#
# It is a model as any other.

# %%
student.save_to_preset("./student")
loaded = keras_docs.MultilingualNLU.from_preset("./student")
assert loaded.parse(held_out[:1])[0]["text"] == held_out[0]
