"""What forms say: keys and values out of public tables, agreements, and a list of keys.

No annotated form is used. Names, places and phrases are cells of WikiTableQuestions'
and TabFact's tables, parties and fields of Kleister's agreements, and words of both;
numbers and dates are drawn by lot. `keras_docs.form_page` draws the result.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Section = dict[str, Any]

# Keys that business forms usually have, by the kind of their values.
KEYS = {
    "date": (
        "date", "date of birth", "due date", "date received", "effective date",
        "delivery date", "date submitted", "starting date", "completion date",
        "date of issue", "expiry date", "date required", "period ending", "time",
    ),
    "person": (
        "name", "requested by", "approved by", "supervisor", "from", "to", "attention",
        "contact", "contact person", "prepared by", "signature", "title", "manager",
        "initiated by", "submitted by", "representative", "authorized by", "author",
        "witness", "reviewed by", "copies to", "cc", "applicant", "project leader",
    ),
    "organisation": (
        "company", "department", "supplier", "customer", "division", "account",
        "manufacturer", "bank", "employer", "agency", "firm", "organization", "client",
        "vendor", "brand", "school", "sponsor", "laboratory",
    ),
    "place": (
        "address", "city", "state", "country", "location", "place of birth", "region",
        "street", "ship to", "market", "area", "office", "branch", "county",
    ),
    "phone": (
        "telephone", "phone", "phone no", "telephone number", "fax", "fax number",
        "fax no", "mobile", "extension",
    ),
    "number": (
        "order no", "invoice number", "project code", "quantity", "number of pages",
        "account number", "item no", "no", "code", "reference", "zip code", "age",
        "page", "job number", "contract no", "sample no", "lot", "weight", "size",
        "total number", "volume", "copies", "case no", "file",
    ),
    "money": (
        "amount", "total", "price", "budget", "cost", "estimated cost", "unit price",
        "balance", "fee", "subtotal", "total cost", "salary", "tax", "payment",
    ),
    "phrase": (
        "subject", "comments", "remarks", "description", "purpose", "reason", "product",
        "objective", "notes", "project name", "type", "method", "material", "re",
        "summary", "results", "instructions", "conditions", "message", "position",
        "conclusion", "action", "explanation", "project title", "media",
    ),
}  # fmt: skip
CHOICES = (
    "yes", "no", "new", "renewal", "cash", "credit card", "cheque", "male", "female",
    "urgent", "confidential", "approved", "rejected", "other", "mail", "by hand",
    "regular", "domestic", "foreign", "none", "daily", "weekly", "monthly", "original",
    "copy", "not applicable", "for review", "please reply", "permanent", "temporary",
)  # fmt: skip
TOPICS = (
    "project", "order", "travel", "expense", "product", "customer", "test", "sales",
    "budget", "personnel", "supply", "service", "research", "patent", "safety",
    "training", "marketing", "vehicle", "purchase", "shipping", "membership", "event",
    "fax", "sample", "equipment", "payment", "quality", "contract", "account",
)  # fmt: skip
KINDS = (
    "form", "request", "report", "record", "application", "sheet", "summary", "order",
    "approval", "authorization", "cover sheet", "memorandum", "notice", "information",
    "registration", "questionnaire", "agreement", "data", "details", "list",
)  # fmt: skip
# What keys go on with.
BESIDES = (
    "(if any)", "(please print)", "and number", "and address", "of the product",
    "(check one)", "for this period", "to be completed", "per unit", "of last order",
    "(see reverse)", "and title", "in full", "used", "(estimated)", "by", "as of",
)  # fmt: skip
# What a column's name says about its cells.
COLUMNS = {
    "person": ("name", "player", "winner", "director", "artist", "author", "driver"),
    "organisation": ("team", "club", "company", "school", "network", "label", "party"),
    "place": ("city", "country", "location", "venue", "place", "state", "nation"),
}
LONGEST_CELL = 60


class FormContents:
    """Draws what is on a form.

    Args:
        tables: list of (caption, rows), the first row being the header.
        agreements: list of dicts of a field's name to its values.
        texts: list of lists of words, to take phrases from.
        seed: int.
    """

    def __init__(
        self,
        tables: Sequence[tuple[str, Sequence[Sequence[str]]]],
        agreements: Sequence[dict[str, list[str]]],
        texts: Sequence[Sequence[str]],
        seed: int,
    ):
        self._random = np.random.default_rng(seed)
        self._tables = [(c, rows) for c, rows in map(_usable, tables) if rows]
        self._agreements = agreements
        self._texts = texts
        self._pools = _pools(self._tables, agreements)

    def form(self) -> list[Section]:
        """Sections as `keras_docs.form_page` takes them."""
        chance = self._random.random
        key_style = self._key_style()
        emptiness = chance() * 0.4
        value_style = self._one_of((str, str, str.upper, str.title, capitalised))
        makers = (self._pairs, self._pairs, self._record, self._table, self._choices)
        sections: list[Section] = []
        if chance() < 0.3:
            sections.append({"text": self._value("organisation")})
        if chance() < 0.8:
            sections.append({"header": self._cased(self._title(), chance() < 0.5)})
        for _ in range(self._random.integers(1, 8)):
            section = self._one_of(makers)()
            section["pairs"] = [
                (key_style(key, i), self._filled(value, emptiness, value_style))
                for i, (key, value) in enumerate(section["pairs"])
            ]
            if chance() < 0.4:
                section["header"] = self._cased(self._title(), chance() < 0.4)
            if chance() < 0.25:
                section["text"] = self._phrase(4, 50)
            sections.append(section)
        if chance() < 0.4:
            sections.append({"text": self._footer()})
        return sections

    def _pairs(self) -> Section:
        """Usual keys, each at most once."""
        chosen: dict[str, str] = {}
        for _ in range(self._random.integers(2, 11)):
            kind = self._one_of(tuple(KEYS))
            key = self._one_of(KEYS[kind])
            if self._random.random() < 0.2:
                key = f"{key} {self._one_of(BESIDES)}"
            chosen[key] = self._value(kind)
        return {"pairs": list(chosen.items())}

    def _record(self) -> Section:
        """A row of a table, or an agreement's fields."""
        if self._agreements and self._random.random() < 0.15:
            fields = self._one_of(self._agreements)
            pairs = [(name.replace("_", " "), v[0]) for name, v in fields.items()]
            return {"pairs": pairs}
        _, rows = self._one_of(self._tables)
        row = self._one_of(rows[1:])
        pairs = [(k, v) for k, v in zip(rows[0], row, strict=False) if k.strip()]
        return {"pairs": pairs[: self._random.integers(3, 10)]}

    def _table(self) -> Section:
        _, rows = self._one_of(self._tables)
        columns = [i for i, key in enumerate(rows[0]) if key.strip()]
        columns = columns[: self._random.integers(2, 6)]
        start = int(self._random.integers(1, len(rows)))
        part = rows[start : start + self._random.integers(1, 9)]
        pairs = [
            (rows[0][i], [row[i] if i < len(row) else "" for row in part])
            for i in columns
        ]
        return {"pairs": pairs}

    def _choices(self) -> Section:
        count = self._random.integers(2, 7)
        keys = self._random.choice(CHOICES, count, replace=False)
        mark = self._one_of(("X", "x", "X"))
        ticked = self._random.random(count) < 0.4
        ticked[0] = True
        order = self._random.permutation(count)
        return {"pairs": [(str(keys[i]), mark if ticked[i] else "") for i in order]}

    def _value(self, kind: str) -> str:
        random = self._random
        if kind == "date":
            return self._date()
        if kind == "phone":
            a, b, c = (int(n) for n in random.integers((200, 200, 0), (999, 999, 9999)))
            form = self._one_of(("({}) {}-{:04}", "{}-{}-{:04}", "{} {} {:04}"))
            return form.format(a, b, c)
        if kind == "number":
            number = int(10 ** (random.random() * 6))
            form = self._one_of(("{}", "{}", "{:,}", "{:05}", "{}-A", "No. {}", "B{}"))
            return form.format(number)
        if kind == "money":
            amount = 10 ** (random.random() * 6)
            return self._one_of(("${:,.2f}", "{:,.2f}", "$ {:,.0f}")).format(amount)
        if kind == "phrase":
            return self._phrase(1, 6 if random.random() < 0.6 else 40)
        return self._one_of(self._pools[kind])

    def _date(self) -> str:
        year, month, day = map(int, self._random.integers((1960, 1, 1), (2024, 13, 29)))
        name = calendar.month_name[month]
        forms = (
            f"{name} {day}, {year}", f"{day} {name} {year}", f"{month}/{day}/{year}",
            f"{month}-{day}-{year % 100:02}", f"{name[:3]}. {day}, {year}",
            f"{month:02}/{day:02}/{year % 100:02}", f"{year}-{month:02}-{day:02}",
        )  # fmt: skip
        return self._one_of(forms)

    def _phrase(self, least: int, most: int) -> str:
        words = self._one_of(self._texts)
        count = int(self._random.integers(least, most + 1))
        start = int(self._random.integers(0, max(len(words) - count, 1)))
        return " ".join(words[start : start + count])

    def _title(self) -> str:
        if self._random.random() < 0.4:
            caption = self._one_of(self._tables)[0]
            if caption:
                return caption
        return f"{self._one_of(TOPICS)} {self._one_of(KINDS)}"

    def _footer(self) -> str:
        number = self._random.integers(1, 10**8)
        forms = (f"Page 1 of {number % 9 + 1}", f"{number}", f"Form {number % 9999}")
        return self._one_of(forms)

    def _cased(self, text: str, is_upper: bool) -> str:
        return text.upper() if is_upper else capitalised(text)

    def _key_style(self) -> Any:
        """How all keys of a form are written: case, colon, number."""
        is_upper = self._random.random() < 0.4
        end = self._one_of((":", ":", ":", ":", "", "", ".", " :"))
        number = self._one_of(("", "", "", "", "", "({}) ", "{}. "))

        def styled(key: str, place: int) -> str:
            return number.format(place + 1) + self._cased(key.strip(), is_upper) + end

        return styled

    def _filled(self, value: str | list[str], emptiness: float, style: Any) -> Any:
        if isinstance(value, list):
            return [style(text) for text in value]
        return "" if self._random.random() < emptiness else style(value)

    def _one_of(self, choices: Sequence[Any]) -> Any:
        return choices[int(self._random.integers(0, len(choices)))]


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, and no other changed."""
    return text[:1].upper() + text[1:]


def _usable(
    table: tuple[str, Sequence[Sequence[str]]],
) -> tuple[str, list[list[str]]]:
    """A table without long cells, on one line each; no rows if nothing is left."""
    caption, rows = table
    if len(rows) < 2 or len(rows[0]) < 2:
        return caption, []
    short = [[" ".join(cell.split())[:LONGEST_CELL] for cell in row] for row in rows]
    return caption, short if sum(bool(key) for key in short[0]) > 1 else []


def _pools(
    tables: Iterable[tuple[str, list[list[str]]]], agreements: Iterable[dict]
) -> dict[str, list[str]]:
    pools: dict[str, set[str]] = {kind: set() for kind in COLUMNS}
    for _, rows in tables:
        for column, name in enumerate(rows[0]):
            words = set(name.casefold().split())
            for kind, known in COLUMNS.items():
                if words & set(known):
                    cells = (row[column] for row in rows[1:] if column < len(row))
                    pools[kind].update(c for c in cells if any(map(str.isalpha, c)))
    for fields in agreements:
        pools["organisation"].update(fields.get("party", ()))
        pools["place"].update(fields.get("jurisdiction", ()))
    # In an order that doesn't depend on hashes.
    return {kind: sorted(pool) for kind, pool in pools.items()}
