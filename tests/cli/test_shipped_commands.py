"""The command line, run in this process."""

import io
import json

import pandas as pd
import pytest
from rich.console import Console

from keras_docs import cli, demo
from keras_docs.hub import builtin_presets


def test_presets_are_listed(capsys):
    assert cli.main(["presets"]) == 0
    printed = capsys.readouterr().out
    for name in builtin_presets():
        assert name in printed


@pytest.mark.costly
def test_demo_shows_an_answer_for_each_preset():
    printed = io.StringIO()
    demo.run(Console(file=printed, width=200))
    for name in builtin_presets():
        assert name in printed.getvalue()
    assert "predicted income" in printed.getvalue()
    assert "30th day of April, 2009" in printed.getvalue()


def test_predict_writes_a_table(tmp_path):
    folder = builtin_presets()["tab_transformer_income"]
    output = tmp_path / "answers.csv"
    arguments = ["predict", "tab_transformer_income"]
    arguments += [str(folder / "assets/example_rows.csv"), "--output", str(output)]
    assert cli.main(arguments) == 0
    answers = pd.read_csv(output)
    assert len(answers) == len(pd.read_csv(folder / "assets/example_rows.csv"))
    assert answers["probability"].between(0.5, 1).all()


def test_predict_parses_texts(tmp_path):
    name = "multilingual_nlu_tiny_massive"
    rows = pd.read_csv(builtin_presets()[name] / "assets/example_rows.csv").head(20)
    table, output = tmp_path / "texts.csv", tmp_path / "answers.csv"
    rows[["text"]].to_csv(table, index=False)
    assert cli.main(["predict", name, str(table), "--output", str(output)]) == 0
    answers = pd.read_csv(output)
    assert answers["text"].tolist() == rows["text"].tolist()
    for text, slots in zip(answers["text"], answers["slots"], strict=True):
        for slot in json.loads(slots):
            assert text[slot["start"] : slot["end"]] == slot["value"]
    rows[["intent"]].to_csv(table, index=False)
    with pytest.raises(SystemExit):
        cli.main(["predict", name, str(table)])


def test_an_unknown_preset_is_named(capsys, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["predict", "no_such_preset", str(table)])
    assert stopped.value.code == 2
    assert "no_such_preset" in capsys.readouterr().err
