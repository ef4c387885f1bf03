"""`answer` and `extract` of the model that writes."""

import docformer_examples
import numpy as np
import page_examples
import pytest
from pdf_examples import TEXT, pdf

import keras_docs

PAGE = page_examples.page("Total amount due: 12.50 EUR")
OTHER = page_examples.page("Invoice No. 4711 Date: 12 May 1998")


@pytest.fixture(scope="module")
def random_model():
    return model()


def model(**kwargs):
    settings = {"sequence_length": 64, "answer_length": 6, **kwargs}
    return keras_docs.DocFormerV2Seq2SeqLM(
        docformer_examples.backbone(
            vocabulary_size=page_examples.tokenizer().vocabulary_size(),
            image_shape=None,
            dropout=0.0,
        ),
        page_examples.preprocessor(**settings),
    )


def say(model, answers):
    """Lets a model answer by rule: a dict of a word that is seen to (text, sure)."""
    detokenize = model.preprocessor.tokenizer.detokenize

    def generate_windows(windows, max_length=None, batch_size=8):
        inputs = windows.features
        seen = [detokenize(row) for row in inputs["encoder_token_ids"]]
        found = [
            next((said for word, said in answers.items() if word in text), ("", 0.01))
            for text in seen
        ]
        return [text for text, _ in found], np.log([sure for _, sure in found])

    model.generate_windows = generate_windows
    return model


def test_is_what_generate_writes(random_model):
    question = "What is the total?"
    found = random_model.answer(PAGE, question)
    (text,), scores = random_model.generate(
        {**PAGE, "questions": question}, return_scores=True
    )
    assert found["question"] == question and found["answer"] == text
    sure = np.exp(scores["log_probability"][0])
    assert found["confidence"] == pytest.approx(sure, rel=1e-4)
    assert found["page"] == 0 and "error" not in found
    shorter = random_model.answer(PAGE, question, max_length=3)["answer"]
    assert text.startswith(shorter)


def test_questions_and_pages(random_model):
    questions = ["Total?", "Date?"]
    first, second = random_model.answer(PAGE, questions)
    assert [first["question"], second["question"]] == questions
    of_pages = random_model.answer([PAGE, OTHER], "Total?")
    assert of_pages[0]["answer"] == first["answer"]
    both = random_model.answer([PAGE, OTHER], questions)
    assert both[0][0]["answer"] == first["answer"]
    assert both[0][1]["answer"] == second["answer"]
    assert both[1][0]["answer"] == of_pages[1]["answer"]


def test_where_the_answer_is_written():
    asked = say(model(), {"Total": ("12.50 eur", 0.5)})
    found = asked.answer(PAGE, "What is to pay?")
    assert found["words"] == [3, 4] and found["boxes"] == PAGE["boxes"][3:]
    assert found["confidence"] == pytest.approx(0.5)
    elsewhere = say(model(), {"Total": ("yes", 0.5)}).answer(PAGE, "Is it paid?")
    assert elsewhere["words"] == [] and elsewhere["boxes"] == []


def test_the_best_page_of_a_document():
    asked = say(model(), {"Total": ("12.50", 0.5), "4711": ("4711", 0.9)})
    found = asked.answer([[PAGE, OTHER, PAGE]], "What?")[0]
    assert found["answer"] == "4711" and found["page"] == 1 and found["words"] == [2]
    # Of equals, the first.
    assert asked.answer([[PAGE, PAGE]], "What?")[0]["page"] == 0
    path = pdf(["BT /F1 24 Tf 60 700 Td (due 12) Tj ET", "", TEXT])
    found = asked.answer(path, "What?")
    assert found["page"] == 2 and found["words"] == [2]


def test_the_best_window_of_a_long_page():
    asked = say(
        model(sequence_length=40, stride=8),
        {"4711": ("May", 0.9), "du": ("12.50", 0.5)},
    )
    words = PAGE["words"] * 6 + OTHER["words"] + PAGE["words"] * 2
    long = page_examples.page(" ".join(words))
    found = asked.answer(long, "What?")
    assert found["answer"] == "May"
    assert found["words"] == [words.index("May")]


def test_fields():
    asked = say(
        model(sequence_length=96), {"invoice": ("4711", 0.9), "Tot": ("12", 0.2)}
    )
    found = asked.extract(PAGE, ["invoice_number", "total"], threshold=0.5)
    assert found["invoice_number"]["value"] == "4711"
    assert found["total"]["value"] is None
    assert found["total"]["confidence"] == pytest.approx(0.2)
    assert set(found["total"]) == {"value", "confidence", "page", "words", "boxes"}
    own = asked.extract([PAGE], {"number": "Which invoice?", "sum": "Sum?"})[0]
    assert own["number"]["value"] == "4711" and own["sum"]["value"] == "12"


def test_fields_are_asked_for_by_name():
    from keras_docs.models.docformer_v2.field_question import field_question

    assert field_question("invoice_date") == "What is the invoice date?"
    for wrong in ("", "_", 3):
        with pytest.raises(ValueError, match="A field must be a name"):
            field_question(wrong)


def test_what_can_not_be_answered(random_model, tmp_path):
    wrong = PAGE | {"boxes": [[0, 0, 9999, 9]] * 5}
    with pytest.raises(ValueError, match="Page 1: word 0 "):
        random_model.answer([PAGE, wrong], "Total?")
    with pytest.raises(ValueError, match="Document 0, page 1: word 0 "):
        random_model.answer([[PAGE, wrong]], "Total?")
    good, bad = random_model.answer([PAGE, wrong], "Total?", on_error="skip")
    assert "error" not in good and bad["error"].startswith("Page 1: word 0")
    assert bad["answer"] == "" and bad["confidence"] == 0
    # The rest of a document is read, and the record tells that it is the rest.
    (part,) = random_model.answer([[wrong, PAGE]], "Total?", on_error="skip")
    assert part["answer"] == good["answer"] and part["page"] == 1
    assert part["error"].startswith("Document 0, page 0: word 0")
    fields = random_model.extract([wrong], ["total"], on_error="skip")
    assert fields[0]["total"]["value"] is None
    assert fields[0]["total"]["error"].startswith("Page 0: word 0")
    empty = random_model.answer({"words": [], "boxes": []}, "Total?")
    assert (empty["answer"], empty["confidence"]) == ("", 0.0)
    with pytest.raises(ValueError, match="has no `words`"):
        random_model.answer({"images": np.zeros((4, 4), "uint8")}, "Total?")
    with pytest.raises(ValueError, match=r"gone\.pdf"):
        random_model.answer(tmp_path / "gone.pdf", "Total?")


@pytest.mark.parametrize("question", ["", [], [""], [1]])
def test_no_question(random_model, question):
    with pytest.raises(ValueError, match="`question` must be"):
        random_model.answer(PAGE, question)


def test_fields_that_are_none(random_model):
    for fields in ("total", [], {}):
        with pytest.raises(ValueError, match="`fields` must be a list of names"):
            random_model.extract(PAGE, fields)
    without = keras_docs.DocFormerV2Seq2SeqLM(docformer_examples.backbone())
    with pytest.raises(ValueError, match="`answer` needs a preprocessor"):
        without.answer(PAGE, "Total?")
