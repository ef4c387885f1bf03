"""A save that is killed at any moment leaves a preset that loads: the old or the new.

One process builds a model, then forks a child for every moment; the child moves all
weights, saves over the preset, and is killed by SIGKILL in the middle. NumPy as the
backend has no threads, so that forking is safe. Runs once, since no file that is
written depends on the backend.
"""

import json
import os

import pytest
from other_process import run_python

pytestmark = [
    pytest.mark.no_tensors,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]

SAVE_AND_DIE = """
import json, os, random, signal, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import numpy as np
import keras_docs
from contract_examples import EXAMPLES, floating

folder = Path(sys.argv[1]) / "preset"
model = EXAMPLES["TabTransformerClassifier"].build()

def fill(version):
    for variable in floating(model.weights):
        variable.assign(np.full(variable.shape, version, "float32"))

def version_of(task):
    found = {float(np.asarray(v.value).mean()) for v in floating(task.weights)}
    assert len(found) == 1, f"weights of different versions: {sorted(found)}"
    return found.pop()

def save_in_child(version, arm):
    child = os.fork()
    if child == 0:
        fill(version)
        arm()
        model.save_to_preset(folder)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status)

def die_at_event(number):
    events = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
    seen = [0]
    def hook(event, arguments):
        if event in events and str(folder.parent) in str(arguments):
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
    return lambda: sys.addaudithook(hook)

def die_after(seconds):
    # The default action of SIGALRM is to kill, like SIGKILL.
    return lambda: signal.setitimer(signal.ITIMER_REAL, seconds)

fill(1.0)
start = time.perf_counter()
model.save_to_preset(folder)
duration = time.perf_counter() - start

version, outcomes, killed = 1.0, [], 0
random.seed(0)
moments = [die_at_event(n) for n in range(1, 200)]
late = [die_after(random.uniform(0, 1.2 * duration)) for _ in range(10)]
finished = False
for index, arm in enumerate(moments + late):
    if finished and index < len(moments):
        continue
    was_killed = save_in_child(version + 1, arm)
    finished = finished or not was_killed
    killed += was_killed
    found = version_of(keras_docs.Task.from_preset(folder))
    allowed = (version, version + 1) if was_killed else (version + 1,)
    assert found in allowed, (index, found, allowed)
    outcomes.append("new" if found > version else "old")
    version = found
model.save_to_preset(folder)
left = sorted(os.listdir(folder.parent))
print(json.dumps({"killed": killed, "outcomes": outcomes, "left": left}))
"""


def test_a_killed_save_leaves_a_preset_that_loads(tmp_path):
    report = json.loads(run_python(SAVE_AND_DIE, tmp_path, backend="numpy"))
    assert report["killed"] >= 15
    assert {"old", "new"} == set(report["outcomes"])
    # The next save clears what the killed ones left.
    assert report["left"] == ["preset"]
