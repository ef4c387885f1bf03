"""Cards: what the Hub reads, what people read, from one record."""

import json

import pytest
from hub_test_files import fill_preset, read_files

from keras_docs.hub import (
    PresetFormatError,
    PresetIncompleteError,
    upload_preset,
    verify_manifest,
    write_manifest,
    write_model_card,
)

pytestmark = pytest.mark.no_tensors

RECORD = {
    "title": "Income of adults",
    "summary": "A TabTransformer that says whether a person earns over $50k.",
    "license": "apache-2.0",
    "language": "en",
    "pipeline_tag": "tabular-classification",
    "datasets": [
        {
            "name": "Census Income",
            "url": "https://archive.ics.uci.edu/dataset/20",
            "license": "CC BY 4.0",
            "hub_id": "scikit-learn/adult-census-income",
        },
        {"name": "Own | table"},
    ],
    "metrics": [
        {
            "dataset": "Census Income",
            "split": "test",
            "name": "ROC AUC",
            "value": 0.91234567,
            "peers": {"LightGBM": 0.92, "MLP": 0.9},
        },
        {"dataset": "Own | table", "name": "Accuracy", "value": 0.8},
    ],
    "command": "python tools/train_income.py --data DIR",
    "limits": ["Figures of 1994.", "Only the USA."],
    "snippet": "import json\nassert json.loads('[1]') == [1]",
}


@pytest.fixture
def folder(tmp_path):
    folder = fill_preset(tmp_path / "preset", manifest=False)
    (folder / "metadata.json").write_text('{"parameter_count": 12345}')
    return folder


def test_the_hub_reads_back_every_field(folder):
    from huggingface_hub import ModelCard

    path = write_model_card(folder, RECORD)
    card = ModelCard.load(path)
    data = card.data
    assert data.to_dict()["library_name"] == "keras-docs"
    assert data.tags == ["keras", "keras-docs", "tabular-classification"]
    assert data.pipeline_tag == "tabular-classification"
    assert data.license == "apache-2.0"
    assert data.language == "en"
    assert data.datasets == ["scikit-learn/adult-census-income"]
    assert data.model_name == "Income of adults"
    results = {r.metric_name: r for r in data.eval_results}
    auc = results["ROC AUC"]
    assert auc.metric_value == 0.91234567
    assert (auc.dataset_name, auc.dataset_split) == ("Census Income", "test")
    assert auc.task_type == "tabular-classification"
    assert results["Accuracy"].metric_value == 0.8


def test_people_read_results_limits_sizes_and_command(folder):
    text = write_model_card(folder, RECORD).read_text()
    assert "| Census Income | test | ROC AUC | 0.9123 | 0.92 | 0.9 |" in text
    assert "| Own \\| table |  | Accuracy | 0.8 |  |  |" in text
    assert "- Figures of 1994.\n- Only the USA." in text
    assert "python tools/train_income.py --data DIR" in text
    size = (folder / "model.safetensors").stat().st_size
    assert f"| backbone | {size / 1e6:.3f} MB |" in text
    assert "| parameters | 12,345 |" in text
    assert "[Census Income](https://archive.ics.uci.edu/dataset/20)" in text


def test_the_snippet_stands_in_the_card_as_it_runs(folder):
    text = write_model_card(folder, RECORD).read_text()
    code = text.split("```python\n")[1].split("\n```")[0]
    assert code == RECORD["snippet"]
    exec(compile(code, "card", "exec"), {})


def test_eval_results_are_what_the_client_reads(folder):
    import yaml
    from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries

    write_model_card(folder, RECORD)
    (path,) = (folder / ".eval_results").iterdir()
    stored = yaml.safe_load(path.read_text())
    (entry,) = parse_eval_result_entries(stored)
    assert eval_result_entries_to_yaml([entry]) == stored
    assert entry.task_id == "default"
    assert entry.dataset_id == "scikit-learn/adult-census-income"
    assert entry.value == 0.91234567
    assert entry.notes == "ROC AUC"


def test_writing_again_from_the_stored_record_changes_nothing(folder):
    write_model_card(folder, RECORD)
    before = read_files(folder)
    assert json.loads(before["card.json"]) == RECORD
    write_model_card(folder)
    assert read_files(folder) == before


def test_smallest_record(folder):
    from huggingface_hub import ModelCard

    names = ("title", "summary", "license", "pipeline_tag", "snippet")
    path = write_model_card(folder, {name: RECORD[name] for name in names})
    assert ModelCard.load(path).data.eval_results is None
    assert "## Results" not in path.read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "lacks 'title'"),
        ({"license": None}, "lacks 'license'"),
        ({"licence": "mit"}, "unknown field 'licence'"),
        ({"metrics": {}}, "'metrics'.*dict, expected list"),
        ({"metrics": [{"name": "x"}]}, "entry of 'metrics'.*dataset, name, value"),
        ({"datasets": ["x"]}, "entry of 'datasets'"),
        ({"datasets": [{"name": "x", "size": 3}]}, "entry of 'datasets'"),
    ],
)
def test_bad_records(folder, change, message):
    with pytest.raises(PresetFormatError, match=message):
        write_model_card(folder, {**RECORD, **change})
    assert not (folder / "card.json").exists()


def test_no_record(folder):
    with pytest.raises(PresetIncompleteError, match="card.json"):
        write_model_card(folder)


def test_card_goes_into_manifest_and_upload(hub, folder):
    write_model_card(folder, RECORD)
    write_manifest(folder, {}, {})
    assert ".eval_results/scikit_learn_adult_census_income.yaml" in (
        verify_manifest(folder).files
    )
    upload_preset("hf://alice/x", folder, token="token-alice")
    files = hub.repositories["alice/x"].find("main").files
    assert files["README.md"].data == (folder / "README.md").read_bytes()
