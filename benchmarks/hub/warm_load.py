"""`from_preset` of one preset that is in the cache: requests and seconds.

The Hub is the Hub in a box of the tests, on this machine: a request costs about 1 ms,
where a real one costs 50 ms and more. KerasHub loads the same model from h5.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import measuring

ROOT = measuring.HERE.parents[1]
PATH = measuring.RESULTS / "warm_load.jsonl"
LOADERS = ("KerasHub", "ours", "ours, pinned to a commit", "ours, offline")
LOADS = 5


def measure(loader: str) -> dict:
    return measuring.run_process("warm_load.py", "--one", loader)


def measure_here(loader: str) -> dict:
    """Load once to fill the cache, then LOADS times."""
    folder = tempfile.mkdtemp()
    os.environ |= {"HF_HUB_CACHE": f"{folder}/cache", "HF_HUB_DISABLE_XET": "1"}
    sys.path.append(str(ROOT / "tests" / "hub"))
    from hub_in_a_box import HubInABox

    with HubInABox() as hub:
        os.environ["HF_ENDPOINT"] = hub.url
        load = loading(loader, hub, Path(folder))
        load()
        if loader == "ours, offline":
            os.environ["HF_HUB_OFFLINE"] = "1"
        times, counts = [], []
        for _ in range(LOADS):
            hub.requests.clear()
            times.append(measuring.seconds(load))
            counts.append(list(hub.requests))
    followed = [path for _, path in counts[-1] if "/resolve-cache/" in path]
    wall, cpu = (statistics.median(t) for t in zip(*times, strict=True))
    return {
        "requests": len(counts[-1]),
        "of_them_redirected": len(followed),
        "load_s": round(wall, 4),
        "load_cpu_s": round(cpu, 4),
    }


def loading(loader: str, hub, folder: Path):
    """Put the preset into the Hub and return the call that loads it."""
    import peer

    import keras_docs

    preset = ROOT / "presets" / "tab_transformer_income"
    if loader == "KerasHub":
        model = keras_docs.TabTransformer.from_preset(preset)
        model.save_to_preset(folder / "h5", weights_format="h5")
        hub.add("me/model", folder / "h5")
        return lambda: peer.load_task("hf://me/model")
    commit = hub.add("me/model", preset)
    handle = f"hf://me/model@{commit}" if "pinned" in loader else "hf://me/model"
    return lambda: keras_docs.TabTransformer.from_preset(handle)


def report() -> str:
    lines = measuring.read(PATH)
    rows = []
    for loader in LOADERS:
        wall = measuring.median(lines, "load_s", loader=loader)
        cpu = measuring.median(lines, "load_cpu_s", loader=loader)
        peer = measuring.median(lines, "load_cpu_s", loader="KerasHub")
        requests = measuring.median(lines, "requests", loader=loader)
        followed = measuring.median(lines, "of_them_redirected", loader=loader)
        asked = f"{requests - followed:.0f} + {followed:.0f}"
        ratio = f"{peer / cpu:.1f}"
        rows.append([loader, asked, f"{wall:.2f}", f"{cpu:.2f}", ratio])
    header = ["loader", "requests + redirects followed", "wall s", "CPU s"]
    return measuring.markdown([*header, "KerasHub's CPU s / this"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=LOADERS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_here(args.one)))
        return
    cases = [{"loader": loader} for loader in LOADERS]
    measuring.measure_all(PATH, cases, measure, args.repeats)


if __name__ == "__main__":
    main()
