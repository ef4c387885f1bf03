"""Saving is all or nothing, also when the process is killed."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import DiskFullError, PresetError, atomic_folder, resolve_preset
from keras_docs.hub.atomic_folder import recover_folder

pytestmark = pytest.mark.no_tensors

# The package offers the function under the name of its module.
atomic_module = importlib.import_module("keras_docs.hub.atomic_folder")


def names_beside(target):
    return sorted(p.name for p in target.parent.iterdir() if p != target)


def test_new_folder_and_replacement_leave_nothing_beside(tmp_path):
    target = tmp_path / "deep" / "preset"
    for seed in (1, 2):
        with atomic_folder(target) as folder:
            assert folder.parent == target.parent
            assert list(folder.iterdir()) == []
            fill_preset(folder, seed)
        expected = read_files(fill_preset(tmp_path / f"expected{seed}", seed))
        assert read_files(target) == expected
    assert names_beside(target) == []


def test_files_of_the_old_preset_are_gone(tmp_path):
    target = fill_preset(tmp_path / "preset")
    with atomic_folder(target) as folder:
        (folder / "config.json").write_text("{}")
    assert list(read_files(target)) == ["config.json"]


def test_failure_leaves_the_old_folder(tmp_path):
    target = fill_preset(tmp_path / "preset")
    before = read_files(target)
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error), atomic_folder(target) as folder:
            fill_preset(folder, 2)
            raise error
    assert read_files(target) == before
    assert names_beside(target) == []


def test_full_disk_is_said_so(tmp_path):
    with pytest.raises(DiskFullError), atomic_folder(tmp_path / "preset"):
        raise OSError(28, "No space left on device")
    assert names_beside(tmp_path / "preset") == []


def test_folders_that_are_not_presets_are_not_replaced(tmp_path):
    precious = tmp_path / "photos"
    precious.mkdir()
    (precious / "a.png").write_bytes(b"x")
    with pytest.raises(PresetError, match="not a preset"), atomic_folder(precious):
        pytest.fail("must not start")
    assert read_files(precious) == {"a.png": b"x"}
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(PresetError, match="is a file"), atomic_folder(file):
        pytest.fail("must not start")


def test_other_files_beside_a_config_are_not_lost(tmp_path):
    project = fill_preset(tmp_path / "project")
    (project / "src").mkdir()
    (project / "src" / "main.c").write_text("int main;")
    with pytest.raises(PresetError, match=r"src/main\.c"), atomic_folder(project):
        pytest.fail("must not start")
    assert (project / "src" / "main.c").exists()


def test_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "preset").mkdir()
    with atomic_folder(tmp_path / "preset") as folder:
        fill_preset(folder)
    assert (tmp_path / "preset" / "config.json").exists()


def test_link_to_a_folder_stays_a_link(tmp_path):
    real = fill_preset(tmp_path / "real")
    (tmp_path / "link").symlink_to(real)
    with atomic_folder(tmp_path / "link") as folder:
        fill_preset(folder, 3)
    assert (tmp_path / "link").is_symlink()
    assert read_files(real)["assets/words.txt"] == b"a\nb\nc3\n"


KILLED = """
import importlib, os, signal, sys
sys.path.insert(0, sys.argv[3])
module = importlib.import_module("keras_docs.hub.atomic_folder")
from hub_test_files import fill_preset

step, count = int(sys.argv[2]), 0

def counted(function):
    def call(*args, **options):
        global count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return call

with module.atomic_folder(sys.argv[1]) as folder:
    fill_preset(folder, 2)
    for owner, name in ((os, "rename"), (os, "fsync"), (module.shutil, "rmtree")):
        setattr(owner, name, counted(getattr(owner, name)))
"""


def test_kill_at_every_step_leaves_old_or_new(tmp_path):
    old = read_files(fill_preset(tmp_path / "old", 1))
    new = read_files(fill_preset(tmp_path / "new", 2))
    here = os.path.dirname(__file__)
    outcomes, step = [], 0
    while True:
        step += 1
        target = fill_preset(tmp_path / f"case{step}" / "preset", 1)
        run = subprocess.run(
            [sys.executable, "-c", KILLED, target, str(step), here],
            capture_output=True,
            text=True,
        )
        # What a reader finds, before anybody saves again.
        found = read_files(resolve_preset(target, parts=("backbone",)))
        assert found in (old, new), f"step {step}"
        outcomes.append(found == new)
        with atomic_folder(target) as folder:
            fill_preset(folder, 1)
        assert names_beside(target) == []
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
    assert outcomes == sorted(outcomes), "once new, always new"
    assert not outcomes[0] and outcomes[-1]
    # fsyncs of files and folders, three renames, one removal: all were tried.
    assert len(outcomes) > 10


def test_folder_of_a_living_process_is_left_alone(tmp_path):
    target = fill_preset(tmp_path / "preset")
    with atomic_folder(target) as folder:
        code = "import sys; from keras_docs.hub.atomic_folder import recover_folder;"
        code += "recover_folder(sys.argv[1])"
        subprocess.run([sys.executable, "-c", code, target], check=True)
        assert folder.is_dir()
        fill_preset(folder, 2)
    assert read_files(target)["assets/words.txt"] == b"a\nb\nc2\n"


def _save_often(target, seed):
    for _ in range(15):
        with atomic_folder(target) as folder:
            fill_preset(folder, seed)


def test_processes_that_save_at_once(tmp_path):
    target = tmp_path / "preset"
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_save_often, args=(target, seed)) for seed in (1, 2, 3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    complete = [read_files(fill_preset(tmp_path / str(s), s)) for s in (1, 2, 3)]
    assert read_files(target) in complete
    recover_folder(target)
    assert names_beside(target) == ["1", "2", "3"]


def test_without_locks_only_old_leftovers_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_module, "fcntl", None)
    target = fill_preset(tmp_path / "preset")
    leftover = tmp_path / ".preset.0123456789ab.saving"
    leftover.mkdir()
    recover_folder(target)
    assert leftover.exists()
    os.utime(leftover, (0, 0))
    recover_folder(target)
    assert not leftover.exists()
