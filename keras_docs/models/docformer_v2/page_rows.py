"""What becomes a row of a model's arrays."""

from __future__ import annotations

from keras_docs.models.docformer_v2.checked_page import CheckedPage
from keras_docs.models.docformer_v2.page_samples import PageSample
from keras_docs.models.docformer_v2.page_windows import Window

# A sample, its page, and the window that the row shows.
PageRow = tuple[PageSample, CheckedPage, Window]
