"""The question that stands for a field."""

from __future__ import annotations

# Training scripts and benchmarks ask in the same words.
FIELD_QUESTION = "What is the {field}?"


def field_question(field: str) -> str:
    """Asks for a field by its name.

    Args:
        field: string, such as `"total"` or `"invoice_date"`; `_` is a space.

    Returns:
        String.

    Raises:
        ValueError: it is no name.

    Example:
    ```python
    field_question("invoice_date")  # "What is the invoice date?"
    ```
    """
    name = " ".join(field.replace("_", " ").split()) if isinstance(field, str) else ""
    if not name:
        raise ValueError(
            "A field must be a name, such as 'total'. Received: "
            f"{field!r:.80}. A dict of names to questions is accepted as well."
        )
    return FIELD_QUESTION.format(field=name)
