"""Feature engineering: the parts of dates, texts, postal codes and IP addresses."""

import numpy as np
import pandas as pd
import pytest

from keras_docs.models.tab_transformer.tab_transformer_preprocessor import (
    TabTransformerPreprocessor,
)

pytestmark = pytest.mark.no_tensors


def adapted(table, **settings):
    return TabTransformerPreprocessor(**settings).adapt(table)


def test_date_parts():
    dates = ["2024-02-29T13:30:00", "1969-12-31", None, "2023-07-02 06:00:00"]
    preprocessor = adapted({"d": dates}, numeric_encodings=("standard",))
    codes = preprocessor({"d": dates})["categorical"]
    words = [
        [
            vocabulary[code - 1] if code else None
            for code, vocabulary in zip(row, preprocessor.vocabularies, strict=True)
        ]
        for row in codes
    ]
    assert preprocessor.categorical_names == [
        "d month",
        "d weekday",
        "d hour",
        "d is missing",
    ]
    assert words == [
        ["2", "Thu", "13", "no"],
        ["12", "Wed", "0", "no"],
        [None, None, None, "yes"],
        ["7", "Sun", "6", "no"],
    ]
    days = np.array([19782.5625, -1.0, 19540.25])
    expected = (days - days.mean()) / days.std()
    got = preprocessor({"d": dates})["continuous"][:, 0]
    np.testing.assert_allclose(got[[0, 1, 3]], expected, rtol=1e-6)
    assert got[2] == 0


def test_time_zones_keep_the_wall_clock():
    naive = pd.date_range("2024-01-01", periods=50, freq="7h")
    preprocessor = adapted({"d": naive})
    zoned = pd.DataFrame({"d": naive.tz_localize("Asia/Tokyo")})
    for stream, expected in preprocessor({"d": naive}).items():
        np.testing.assert_array_equal(preprocessor(zoned)[stream], expected)


def test_text_parts():
    notes = ["call me 24 7", "no", None, "please do not ever call again"]
    preprocessor = adapted(
        {"n": notes}, columns={"n": "text"}, numeric_encodings=("standard",)
    )
    assert preprocessor.continuous_names == [
        "n characters (standard)",
        "n words (standard)",
        "n digit share (standard)",
    ]
    measured = np.array([[12, 4, 3 / 12], [2, 1, 0], [29, 6, 0]])
    expected = (measured - measured.mean(0)) / measured.std(0)
    got = preprocessor({"n": notes})["continuous"]
    np.testing.assert_allclose(got[[0, 1, 3]], expected, rtol=1e-5)


def test_postal_codes_as_numbers_get_their_zeros_back():
    preprocessor = adapted({"zip": [1234, 1299, 90210, 90211]})
    assert preprocessor.vocabularies == [
        ["012", "902"],
        ["01234", "01299", "90210", "90211"],
    ]
    as_text = preprocessor({"zip": ["01234", "90299"]})["categorical"]
    as_floats = preprocessor({"zip": [1234.0, np.nan]})["categorical"]
    assert as_text.tolist() == [[1, 1], [2, 0]]
    assert as_floats.tolist() == [[1, 1], [0, 0]]


def test_rare_postal_codes_share_the_slot():
    codes = [f"{i:05d}" for i in range(10000, 10300)] + ["99999"] * 5
    preprocessor = adapted({"zip": codes}, max_categories=4)
    assert preprocessor.cardinalities == [5, 5]
    assert "99999" in preprocessor.vocabularies[1]


def test_ip_address_parts():
    preprocessor = adapted(
        {"ip": ["10.0.0.1", "10.9.0.1", "8.8.8.8", "2001:db8::1", None]}
    )
    assert preprocessor.categorical_names == ["ip /8", "ip /16", "ip is private"]
    assert preprocessor.vocabularies[2] == ["no", "yes"]
    private = preprocessor({"ip": ["192.168.0.1", "8.1.1.1", "nonsense"]})[
        "categorical"
    ]
    assert private.tolist() == [[0, 0, 2], [private[1, 0], 0, 1], [0, 0, 0]]
    assert private[1, 0] > 0
