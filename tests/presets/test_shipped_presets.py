"""What ships: presets that load, answer as their card says, and stay small."""

import contextlib
import functools
import io

import numpy as np
import pandas as pd
import pytest

import keras_docs
from keras_docs import demo_page
from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.datasets.parse_annotated_utterance import parse_annotated_utterance
from keras_docs.hub import builtin_presets, preset_metadata, verify_manifest

PRESETS = builtin_presets()
MAX_BYTES = {
    "docformer_v2_tiny_docs": 40_000_000,
    "docformer_v2_tiny_forms": 25_000_000,
    "docformer_v2_tiny_receipts": 20_000_000,
    "multilingual_nlu": 40_000_000,
    "tab_transformer": 5_000_000,
    "xr_linear": 25_000_000,
}


def example_rows(name):
    return pd.read_csv(PRESETS[name] / "assets/example_rows.csv")


def test_all_presets_ship():
    assert set(PRESETS) >= {
        "docformer_v2_tiny_docs_en",
        "docformer_v2_tiny_forms_en",
        "docformer_v2_tiny_forms_links_en",
        "docformer_v2_tiny_receipts_en",
        "multilingual_nlu_tiny_massive",
        "tab_transformer_bank_marketing",
        "tab_transformer_diamonds",
        "tab_transformer_income",
        "tab_transformer_income_rtd",
        "tab_transformer_letter",
        "xr_linear_gnd_subjects_de",
        "xr_linear_yso_subjects_en",
    }


@pytest.mark.parametrize("name", PRESETS)
def test_preset_is_whole_and_small(name):
    verify_manifest(PRESETS[name])
    files = [path for path in PRESETS[name].rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    assert size <= next(most for kind, most in MAX_BYTES.items() if kind in name)


@pytest.mark.parametrize(
    ("name", "figure", "slack"),
    [
        # The card's figure is of the whole test part; the rows that ship are a sample
        # of 400, so the bound leaves four standard errors.
        ("tab_transformer_bank_marketing", "accuracy", 6.0),
        ("tab_transformer_income", "accuracy", 7.0),
        ("tab_transformer_letter", "accuracy", 4.0),
    ],
)
def test_classifier_is_as_good_as_its_card(name, figure, slack):
    rows = example_rows(name)
    model = keras_docs.TabTransformer.from_preset(name)
    answers = model.classify(rows)
    accuracy = 100 * np.mean(
        answers["label"].astype(str) == rows[model.preprocessor.target].astype(str)
    )
    metrics = {m["name"]: m["value"] for m in preset_metadata(name)["card"]["metrics"]}
    assert abs(accuracy - metrics[figure]) < slack


def test_regressor_is_as_good_as_its_card():
    rows = example_rows("tab_transformer_diamonds")
    model = keras_docs.TabTransformer.from_preset("tab_transformer_diamonds")
    error = model.predict(rows, verbose=0) - rows["price"].to_numpy()
    card = preset_metadata("tab_transformer_diamonds")["card"]
    metrics = {m["name"]: m["value"] for m in card["metrics"]}
    assert 0.5 < np.sqrt(np.mean(error**2)) / metrics["RMSE"] < 1.7


@pytest.mark.parametrize("name", [name for name in PRESETS if "xr_linear" in name])
def test_ranker_is_as_good_as_its_card(name):
    rows = example_rows(name)
    ranker = keras_docs.XRRanker.from_preset(name)
    truth = [labels.split("; ") for labels in rows["labels"]]
    found = ranker.evaluate(rows["text"], truth, ks=(1, 5))
    card = preset_metadata(name)["card"]
    metrics = {m["name"]: m["value"] for m in card["metrics"]}
    # 400 of the test rows: four standard errors.
    assert abs(100 * found["P@1"] - metrics["P@1"]) < 10
    assert abs(100 * found["P@5"] - metrics["P@5"]) < 5


@pytest.mark.costly
def test_pretrained_preset_takes_a_new_head():
    rows = example_rows("tab_transformer_income_rtd")
    with pytest.warns(UserWarning, match="new and untrained"):
        model = keras_docs.TabTransformerClassifier.from_preset(
            "tab_transformer_income_rtd"
        )
    before = model.evaluate(rows, verbose=0)[0]
    model.fit(rows, epochs=3, verbose=0)
    assert model.evaluate(rows, verbose=0)[0] < before


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.costly
def test_card_states_what_it_must_and_its_snippet_runs(name):
    card = (PRESETS[name] / "README.md").read_text()
    record = preset_metadata(name)["card"]
    for part in ("license:", "library_name: keras-docs", record["command"]):
        assert part in card
    assert record["snippet"] in card
    assert all(dataset["license"] for dataset in record["datasets"])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(record["snippet"], name, "exec"), {})
    assert printed.getvalue().strip()


@pytest.mark.costly
def test_nlu_is_as_good_as_its_card():
    name = "multilingual_nlu_tiny_massive"
    rows = example_rows(name)
    records = []
    for row in rows.itertuples():
        text, slots = parse_annotated_utterance(row.annotated, row.text)
        records.append(LabelledUtterance(text, row.intent, slots, row.locale))
    model = keras_docs.MultilingualNLU.from_preset(name)
    report = keras_docs.nlu_report(records, model.parse(rows["text"]))
    card = preset_metadata(name)["card"]
    metrics = {m["name"]: m["value"] for m in card["metrics"]}
    # 20 rows of each of 52 locales, translations of the same 20 utterances.
    for figure, column in (
        ("intent accuracy", "intent_accuracy"),
        ("exact match", "exact_match"),
    ):
        assert abs(100 * report.loc["mean", column] - metrics[figure]) < 15


def test_forms_are_labelled_as_the_card_says():
    page = demo_page.read_page(PRESETS["docformer_v2_tiny_forms_en"])
    model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_forms_en")
    given = {name: page[name] for name in ("words", "boxes", "images")}
    found = {(e["label"], tuple(e["words"])) for e in model.label(given)["entities"]}
    truth = {(e["label"], tuple(e["words"])) for e in page["entities"]}
    # F1 of 95 % over all forms; this one has fifteen entities.
    assert 2 * len(found & truth) / (len(found) + len(truth)) > 0.7


def receipt_page(lines):
    """Lines of letters of one width, as a cash register prints them."""
    words, boxes = [], []
    for number, line in enumerate(lines):
        top, left = 100 + 800 * number // len(lines), 100
        for word in line.split(" "):
            if word:
                words.append(word)
                boxes.append([left, top, left + 18 * len(word), top + 25])
            left += 18 * (len(word) + 1)
    return {"words": words, "boxes": boxes}


def test_receipts_are_read_as_the_card_says():
    """Shops and goods that the program which made up receipts does not know."""
    truth = [
        {
            "company": "BLUE HERON BICYCLES LTD",
            "address": "14 MILL LANE, NORWICH, NR3 1AB",
            "date": "17/02/2021",
            "total": "61.40",
        },
        {
            "company": "KEDAI BASIKAL TUAH SDN BHD",
            "address": "NO. 8, JALAN KENANGA 2, 75200 MELAKA",
            "date": "03-11-2019",
            "total": "45.90",
        },
    ]
    pages = [
        receipt_page(
            [
                f"      {one['company']}",
                f"   {one['address']}",
                "TEL: 06-284 5511",
                "          TAX INVOICE",
                f"DATE: {one['date']}   14:05",
                "CASHIER: MARY",
                "1 INNER TUBE                12.00",
                "1 CHAIN LUBE                 9.90",
                f"TOTAL                       {one['total']}",
                "CASH                       100.00",
                "          THANK YOU",
            ]
        )
        for one in truth
    ]
    model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_receipts_en")
    right = [
        any(e["label"] == field and e["text"] == value for e in record["entities"])
        for one, record in zip(truth, model.label(pages), strict=True)
        for field, value in one.items()
    ]
    # 97 % of the fields of made-up receipts, 66 to 69 % of SROIE's.
    assert np.mean(right) > 0.7


def test_links_of_forms_are_as_the_card_says():
    page = demo_page.read_page(PRESETS["docformer_v2_tiny_forms_links_en"])
    model = keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_forms_links_en")
    found = {tuple(link["link"]) for link in model.link(page)}
    truth = {tuple(link) for link in page["links"]}
    assert 2 * len(found & truth) / (len(found) + len(truth)) > 0.4


@functools.cache
def docs_model():
    return keras_docs.DocFormerV2.from_preset("docformer_v2_tiny_docs_en")


@pytest.mark.costly
def test_agreements_are_read_as_the_card_says():
    """Wordings that agreements have, and values that none of them need have had."""
    texts = [
        "This Agreement is entered into as of {date} by and between {party}, Inc. and "
        "Contoso Ltd. It is governed by the laws of the State of {state}.",
        "THIS AGREEMENT, dated {date}, is made by {party}, Inc. and Contoso Ltd. and "
        "shall be construed in accordance with the laws of {state}.",
    ]
    values = [
        {"date": "May 12, 2014", "party": "Northwind Traders", "state": "New York"},
        {"date": "June 3, 2011", "party": "Harbour Foods", "state": "Delaware"},
    ]
    fields = {"effective date": "date", "jurisdiction": "state"}
    model, right = docs_model(), []
    for text in texts:
        for value in values:
            page = keras_docs.form_page([{"text": text.format(**value)}], seed=0)
            found = model.extract(page, list(fields))
            for field, name in fields.items():
                right.append(found[field]["value"] == value[name])
    # ANLS of 81 % over all fields of real agreements.
    assert np.mean(right) > 0.6


@pytest.mark.costly
def test_what_ships_in_8_bits_can_be_trained():
    model = docs_model()
    new = model.dequantize()
    kernel = new.backbone.encoder_layers[0].attention.query_key_value.kernel
    assert kernel.trainable and kernel.dtype == "float32"
    page = keras_docs.form_page([{"text": "It is dated June 3, 2011."}], seed=0)
    question = "What is the effective date?"
    answers = [m.answer(page, question)["answer"] for m in (model, new)]
    assert answers[0] == answers[1]
