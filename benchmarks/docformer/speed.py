"""Page to answer: ours beside Hugging Face UDOP and T5, and KerasHub's T5.

    pip install "keras-docs[jax,torch]" "transformers>=5.23"
    python speed.py --backend jax --size tiny --threads 1
    python speed.py --backend jax --operations generate --answer 256
    python speed.py --backend torch --systems ours,kerashub_t5
    python speed.py --size base --repeats 3 --operations forward,generate
    python speed.py --size base --repeats 3 --operations train --batches 1 \\
        --systems ours,hf_t5_page,hf_udop

All read 512 tokens of text (ours, UDOP and `T5 + page` an image too), write `--answer`
tokens greedily with a cache and without an end token, and train on answers as long with
AdamW.
Weights are random, in float32, of the same shape: `--size` is one of
`DocFormerV2Backbone.SIZES`. `T5 + page` is what a user of Transformers would write for
our architecture: Hugging Face's T5 on `inputs_embeds` from a convolution and tables.

One process runs all of them in turns, after a call of each that is not counted (it
compiles). A line for each goes to `results/speed.jsonl` with the medians of
`--repeats` calls. The table has the CPU time of one thread, which is what repeats on a
machine that others use, and of more threads the time that passes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import result_lines  # noqa: E402

PATH = Path(__file__).with_name("results") / "speed.jsonl"
LENGTH, VOCABULARY = 512, 32128
OPERATIONS = ("forward", "train", "generate")
SYSTEMS = ("ours", "kerashub_t5", "hf_t5", "hf_t5_page", "hf_udop")
System = dict[str, Callable[[], object]]


class Case(NamedTuple):
    """What is measured: a size, the pages at once, and the tokens of an answer."""

    size: str
    batch: int
    answer: int


def main() -> None:
    options = arguments()
    if not options.report:
        prepare(options)
        run(options)
    print(report())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", default="jax", help="of Keras")
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--batches", default="1,4")
    parser.add_argument("--answer", type=int, default=64, help="tokens to write")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--operations", default=",".join(OPERATIONS))
    parser.add_argument("--report", action="store_true", help="print the table only")
    return parser.parse_args()


def prepare(options: argparse.Namespace) -> None:
    """Chooses backend and threads before any library is imported."""
    threads = str(options.threads)
    os.environ["KERAS_BACKEND"] = options.backend
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ[name] = threads
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    import torch

    torch.set_num_threads(options.threads)
    # Transformers imports triton where PyTorch has it, and triton 3.7 or later crashes
    # if TensorFlow, which KerasHub imports, was first.
    with contextlib.suppress(ImportError):
        import triton  # noqa: F401


def run(options: argparse.Namespace) -> None:
    operations = options.operations.split(",")
    for batch in map(int, options.batches.split(",")):
        case = Case(options.size, batch, options.answer)
        built = {name: BUILDERS[name](case) for name in options.systems.split(",")}
        times: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for turn in range(options.repeats + 1):
            for name, system in built.items():
                for operation in operations:
                    spent = timed(system[operation])
                    if turn:
                        times.setdefault((name, operation), []).append(spent)
        for (name, operation), spent in times.items():
            cpu, wall = (statistics.median(one) for one in zip(*spent, strict=True))
            result_lines.append(
                PATH,
                {
                    "system": name,
                    "backend": backend_of(name, options.backend),
                    "run": options.backend,
                    "size": options.size,
                    "threads": options.threads,
                    "batch": batch,
                    "answer": options.answer,
                    "operation": operation,
                    "median_cpu_ms": round(1000 * cpu, 2),
                    "median_ms": round(1000 * wall, 2),
                    "repeats": options.repeats,
                },
            )


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the CPU and of the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def backend_of(system: str, backend: str) -> str:
    return "torch" if system.startswith("hf") else backend


def shape_of(size: str) -> dict[str, int]:
    from keras_docs import DocFormerV2Backbone

    return DocFormerV2Backbone.SIZES[size]


def page(case: Case) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    ids = random.integers(3, 32000, (case.batch, LENGTH + case.answer)).astype("int32")
    corners = np.sort(random.integers(0, 1001, (case.batch, LENGTH, 2, 2)), axis=2)
    ones = np.ones((case.batch, LENGTH), "int32")
    return {
        "encoder_token_ids": ids[:, :LENGTH],
        "encoder_padding_mask": ones,
        "encoder_boxes": corners.reshape(case.batch, LENGTH, 4).astype("int32"),
        "segment_ids": np.where(np.arange(LENGTH) < 16, 1, 2) * ones,
        "images": random.uniform(0, 255, (case.batch, 512, 256, 3)).astype("float32"),
        "decoder_token_ids": ids[:, LENGTH:],
        "decoder_padding_mask": ones[:, : case.answer],
    }


def keras_system(model, case: Case) -> System:
    """Forward, a training step and generation of a Keras task."""
    import keras

    model.compile(
        optimizer=keras.optimizers.AdamW(1e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[],
        sampler="greedy",
    )
    features = {name: page(case)[name] for name in model.input}
    # One more: the start token, which Transformers does not count.
    ids = np.zeros((case.batch, case.answer + 1), "int32")
    begun = {**features, "decoder_token_ids": ids}
    mask = np.zeros_like(ids)
    mask[:, 0] = 1
    begun["decoder_padding_mask"] = mask
    labels = features["decoder_token_ids"]
    return {
        "forward": lambda: keras.Model.predict_on_batch(model, features),
        "train": lambda: keras.Model.train_on_batch(model, features, labels),
        "generate": lambda: model.generate(begun, stop_token_ids=None),
    }


def ours(case: Case) -> System:
    import keras_docs

    backbone = keras_docs.DocFormerV2Backbone(**shape_of(case.size))
    return keras_system(keras_docs.DocFormerV2Seq2SeqLM(backbone), case)


def kerashub_t5(case: Case) -> System:
    import keras_hub

    backbone = keras_hub.models.T5Backbone(
        vocabulary_size=VOCABULARY, use_gated_activation=False, **shape_of(case.size)
    )
    return keras_system(keras_hub.models.T5Seq2SeqLM(backbone), case)


def hf_config(kind: str, size: str, **more):
    import transformers

    shape = shape_of(size)
    return getattr(transformers, f"{kind}Config")(
        vocab_size=VOCABULARY,
        d_model=shape["hidden_dim"],
        d_kv=shape["hidden_dim"] // shape["num_heads"],
        d_ff=shape["intermediate_dim"],
        num_layers=shape["num_layers"],
        num_heads=shape["num_heads"],
        decoder_start_token_id=0,
        **more,
    )


def torch_system(model, inputs: Callable[[], dict], case: Case) -> System:
    """Forward, a training step and generation of a model of Transformers."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    answers = torch.from_numpy(page(case)["decoder_token_ids"]).long()

    def forward():
        model.eval()
        with torch.no_grad():
            return model(**inputs(), decoder_input_ids=answers).logits

    def train():
        model.train()
        optimizer.zero_grad()
        model(**inputs(), labels=answers).loss.backward()
        optimizer.step()

    def generate():
        model.eval()
        with torch.no_grad():
            return model.generate(
                **inputs(),
                max_new_tokens=case.answer,
                min_new_tokens=case.answer,
                do_sample=False,
            )

    return {"forward": forward, "train": train, "generate": generate}


def hf_t5(case: Case) -> System:
    import torch
    import transformers

    model = transformers.T5ForConditionalGeneration(hf_config("T5", case.size))
    ids = torch.from_numpy(page(case)["encoder_token_ids"]).long()
    return torch_system(model, lambda: {"input_ids": ids}, case)


def hf_t5_page(case: Case) -> System:
    import torch
    import transformers

    config = hf_config("T5", case.size)
    model, width = transformers.T5ForConditionalGeneration(config), config.d_model
    nn = torch.nn
    model.stem = nn.Sequential(nn.Conv2d(3, width, 32, stride=32), nn.Flatten(2))
    model.linear = nn.Linear(width, width)
    for name in ("text", "patch"):
        tables = nn.ModuleList(nn.Embedding(1024, width) for _ in range(4))
        setattr(model, f"{name}_tables", tables)
    model.kinds = nn.Embedding(3, width)
    arrays = {name: torch.from_numpy(array) for name, array in page(case).items()}
    ids, boxes = arrays["encoder_token_ids"].long(), arrays["encoder_boxes"].long()
    images = arrays["images"].permute(0, 3, 1, 2) / 127.5 - 1
    cells = torch.randint(0, 500, (1, 128, 4)) + torch.tensor([0, 0, 500, 500])
    segments = arrays["segment_ids"].long()

    def places(tables, boxes):
        x, y, w, h = tables
        x0, y0, x1, y1 = boxes.unbind(-1)
        return x(x0) + x(x1) + y(y0) + y(y1) + w(x1 - x0) + h(y1 - y0)

    def inputs():
        text = model.shared(ids) + places(model.text_tables, boxes)
        text = text + model.kinds(segments)
        seen = model.linear(model.stem(images).transpose(1, 2))
        seen = seen + places(model.patch_tables, cells) + model.kinds.weight[0]
        return {"inputs_embeds": torch.cat([seen, text], dim=1)}

    return torch_system(model, inputs, case)


def hf_udop(case: Case) -> System:
    import torch
    import transformers

    config = hf_config("Udop", case.size, image_size=224, patch_size=16)
    model = transformers.UdopForConditionalGeneration(config)
    arrays = {name: torch.from_numpy(array) for name, array in page(case).items()}
    given = {
        "input_ids": arrays["encoder_token_ids"].long(),
        "bbox": arrays["encoder_boxes"].float() / 1000,
        "pixel_values": torch.rand(case.batch, 3, 224, 224),
        "attention_mask": arrays["encoder_padding_mask"].long(),
    }
    return torch_system(model, lambda: dict(given), case)


BUILDERS = {
    "ours": ours,
    "kerashub_t5": kerashub_t5,
    "hf_t5": hf_t5,
    "hf_t5_page": hf_t5_page,
    "hf_udop": hf_udop,
}


def report() -> str:
    """Medians in ms. Compare within a run: each has the peers, measured in turns."""
    found: dict[tuple, dict[str, float]] = {}
    for line in result_lines.read(PATH):
        fields = ("size", "threads", "batch", "answer", "run", "system", "backend")
        key = tuple(line[field] for field in fields)
        time_of = "median_cpu_ms" if line["threads"] == 1 else "median_ms"
        found.setdefault(key, {})[line["operation"]] = line[time_of]
    rows = [
        [
            *key,
            *(f"{times[o]:,.0f}" if o in times else "-" for o in OPERATIONS),
            f"{times['generate'] / key[3]:.1f}" if "generate" in times else "-",
        ]
        for key, times in sorted(found.items())
    ]
    header = ["size", "threads", "batch", "answer", "run of", "system", "backend"]
    header += [f"{operation}, ms" for operation in OPERATIONS]
    header.append("generate, ms a token")
    return result_lines.markdown(header, rows)


if __name__ == "__main__":
    main()
