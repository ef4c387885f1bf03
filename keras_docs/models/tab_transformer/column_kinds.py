"""The typing rules: which kind of feature a raw column is.

The first rule that fits decides (an entry of `columns` overrides all):

1. dtype date or time                                     -> date
2. dtype boolean or categorical                           -> categorical
3. whole numbers or text, and the name says postal code   -> postal_code
4. whole numbers, at most `max_integer_categories` values -> categorical
5. other numbers                                          -> numeric
6. text that is all IPv4/IPv6 addresses                   -> ip_address
7. text that is all numbers, none like "007"              -> rule 4 or 5
8. text that is all ISO 8601 dates                        -> date
9. text, mostly distinct and mostly of three or more words -> text
10. other text                                            -> categorical
"""

import ipaddress
import re

from keras_docs.models.tab_transformer.columns import (
    Column,
    DateColumn,
    LabelColumn,
    NumberColumn,
    parse_date,
    parse_number,
)

KINDS = (
    "categorical",
    "numeric",
    "date",
    "text",
    "postal_code",
    "ip_address",
    "ignore",
)

_POSTAL_NAME = re.compile(
    r"(^|[^a-z])(zip([_ -]?codes?)?|postal([_ -]?codes?)?|post[_ -]?codes?|plz)"
    r"([^a-z]|$)"
)
_LEADING_ZERO = re.compile(r"[+-]?0\d")


def infer_kind(column: Column, max_integer_categories: int) -> str:
    """Returns the kind of one column with at least one known value."""
    if isinstance(column, DateColumn):
        return "date"
    if isinstance(column, LabelColumn) and (column.declared or column.boolean):
        return "categorical"
    if isinstance(column, NumberColumn):
        return _number_kind(column, max_integer_categories)
    if _names_postal_code(column.name):
        return "postal_code"
    words = column.words
    if all(parse_ip(word) for word in words):
        return "ip_address"
    if _spell_numbers(words):
        numbers = NumberColumn(column.name, column.numbers())
        return _number_kind(numbers, max_integer_categories)
    if all(parse_date(word) for word in words):
        return "date"
    return "text" if _is_free_text(column) else "categorical"


def parse_ip(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a word spells, or None."""
    if "." not in word and ":" not in word:
        return None
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


def _number_kind(column: NumberColumn, max_integer_categories: int) -> str:
    if not column.is_integer():
        return "numeric"
    if _names_postal_code(column.name):
        return "postal_code"
    few = column.num_distinct() <= max_integer_categories
    return "categorical" if few else "numeric"


def _names_postal_code(name: str) -> bool:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return bool(_POSTAL_NAME.search(snake))


def _spell_numbers(words: list[str]) -> bool:
    return all(
        parse_number(word) is not None and not _LEADING_ZERO.match(word)
        for word in words
    )


def _is_free_text(column: LabelColumn) -> bool:
    known = int((~column.missing()).sum())
    long = sum(len(word.split()) >= 3 for word in column.words)
    return len(column.words) > known / 2 and long > len(column.words) / 2
