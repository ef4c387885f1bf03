"""From margins to scores, against the formulas."""

import numpy as np
import pytest

from keras_docs.models.xr.post_processors import POST_PROCESSORS, post_processor

pytestmark = pytest.mark.no_tensors

MARGINS = np.array([-3.0, -0.4, 0.0, 0.7, 1.0, 2.5], "float32")


@pytest.mark.parametrize("name", POST_PROCESSORS)
def test_formula(name):
    margins, kind = MARGINS.astype("float64"), name.removeprefix("log_")
    if kind == "noop":
        expected = margins
    elif kind == "sigmoid":
        expected = 1 / (1 + np.exp(-margins))
    else:
        expected = np.exp(-(np.maximum(0, 1 - margins) ** int(kind[1])))
    if name.startswith("log_"):
        expected = np.log(expected)
    processor = post_processor(name)
    found = processor.scores(processor.log_values(MARGINS))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_names_of_pecos_are_known():
    assert post_processor("log-l3-hinge") is POST_PROCESSORS["log_l3_hinge"]
    with pytest.raises(ValueError, match="`post_processor`.*l3_hinge.*'l5-hinge'"):
        post_processor("l5-hinge")
