"""The figure of a report by locale: what is drawn, not how it looks."""

import io

import pytest

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.metrics.nlu_report import nlu_report
from keras_docs.plots.plot_nlu_report import plot_nlu_report

pytestmark = pytest.mark.no_tensors

RIGHT = {"de-DE": 1, "en-US": 3, "ja-JP": 2}


@pytest.fixture(scope="module")
def report():
    gold = [
        LabelledUtterance("play", "play", [], locale)
        for locale in RIGHT
        for _ in "abcd"
    ]
    predicted = [
        {"intent": "play" if i < count else "set", "slots": []}
        for count in RIGHT.values()
        for i in range(4)
    ]
    return nlu_report(gold, predicted)


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure


def test_locales_upwards_with_scores_errors_and_means(report):
    figure = drawn(plot_nlu_report(report))
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["de-DE", "ja-JP", "en-US"]
    bars = {bars.get_label(): bars for bars in axes.containers}
    assert list(bars) == [
        "intent accuracy, mean 50.0", "slot F1, mean 0.0", "exact match, mean 50.0"
    ]  # fmt: skip
    markers, _, (whiskers,) = bars["exact match, mean 50.0"]
    assert markers.get_xdata().tolist() == [25, 50, 75]
    (left, _), (right, _) = whiskers.get_segments()[1]
    assert (left, right) == pytest.approx((50 - 1.96 * 25, 50 + 1.96 * 25))


def test_some_rows_of_a_report(report):
    (axes,) = drawn(plot_nlu_report(report.loc[["en-US"]])).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["en-US"]
    assert "exact match" in {bars.get_label() for bars in axes.containers}


def test_what_is_no_report(report):
    with pytest.raises(ValueError, match="NoneType without .*'exact_match'"):
        plot_nlu_report(None)
    with pytest.raises(ValueError, match="without .*'slot_f1_se'"):
        plot_nlu_report(report.drop(columns="slot_f1_se"))
    with pytest.raises(ValueError, match="without locales"):
        plot_nlu_report(report.loc[["mean"]])
