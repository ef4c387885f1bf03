"""What is bought, what it costs together, and how it is paid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import receipt_words as words
from receipt_draws import Line, Part, ReceiptDraws

MOST_ITEMS = 14
# Of goods and services.
TAX = 0.06


class Money(NamedTuple):
    """How a receipt writes amounts.

    Args:
        form: string, with `{}` for the number.
    """

    form: str

    @property
    def is_bare(self) -> bool:
        return self.form == "{}"

    def text(self, amount: float) -> str:
        return self.form.format(f"{amount:,.2f}")


class ReceiptSums:
    """Draws the part of a receipt that has amounts.

    Args:
        draws: a `ReceiptDraws`.
        goods: list of strings, names of what is sold, besides those known here.
    """

    def __init__(self, draws: ReceiptDraws, goods: Sequence[str]):
        self._draws = draws
        self._goods = goods

    def of(self, money: Money) -> tuple[list[Line], str]:
        """Goods, what they cost together, and how it was paid; and the total.

        Args:
            money: how amounts are written.
        """
        draws = self._draws
        items, cost = self._items(money)
        where = draws.one_of((0.0, 0.0, 0.3, 0.45))
        ends = draws.one_of(("", "", ":", " :"))
        unit = draws.one_of(("", "", "", " rm", " (rm)")) if money.is_bare else ""
        rows = _Rows(draws, money, where, unit, ends)
        cost = self._before_total(rows, cost)
        total = money.text(cost)
        size = float(draws.random.choice([1.0, 1.0, 1.3]))
        name = draws.one_of(words.TOTALS)
        key = Part(name + unit + ends, where, size)
        rows.lines.append([key, Part(total, "right", size)])
        if draws.chance(0.15):
            others = [one for one in words.TOTALS if one != name]
            rows.add(draws.one_of(others), cost)
        self._payment(rows, cost)
        lines = rows.lines
        if draws.chance(0.3):
            line = [Part(draws.keyed(draws.one_of(words.COUNTS), str(len(items))))]
            lines.insert(int(draws.random.integers(0, len(lines) + 1)), line)
        if draws.chance(0.4):
            lines += self._tax_summary(cost)
        return items + lines, total

    def _before_total(self, rows: _Rows, cost: float) -> float:
        """What is added to the goods' sum and taken off; what is to be paid."""
        draws = self._draws
        tax = round(cost * TAX / (1 + TAX), 2)
        style = draws.random.random()
        if style < 0.35:
            rows.add(draws.one_of(words.SUBTOTALS), cost - tax)
            rows.add(draws.one_of(words.TAXES), tax)
        elif style < 0.5:
            rows.add(draws.one_of(words.SUBTOTALS), cost)
        if draws.chance(0.12):
            off = round(cost * float(draws.random.integers(1, 5)) / 20, 2)
            rows.add(draws.one_of(words.DISCOUNTS), -off)
            cost = round(cost - off, 2)
        if draws.chance(0.1):
            service = round(cost * 0.1, 2)
            rows.add(draws.one_of(words.SERVICES), service)
            cost = round(cost + service, 2)
        paid = round(round(cost * 20) / 20, 2)
        if draws.chance(0.45):
            if draws.chance(0.6):
                rows.add(draws.one_of(words.BEFORE_ROUNDING), cost)
            rows.add(draws.one_of(words.ROUNDINGS), f"{paid - cost:,.2f}")
            cost = paid
        return cost

    def _payment(self, rows: _Rows, cost: float) -> None:
        draws = self._draws
        if draws.chance(0.15):
            return
        if draws.chance(0.25):
            name = draws.one_of(words.CARDS)
            number = f"XXXXXXXXXXXX{draws.number(4)}"
            amount = Part(rows.money.text(cost), "right")
            rows.lines.append([Part(name + rows.ends, rows.where), amount])
            if draws.chance(0.4):
                rows.lines.append([Part(number)])
            return
        step = float(draws.random.choice([0.05, 1, 5, 10, 50, 100]))
        given = max(round(math.ceil(cost / step) * step, 2), cost)
        for names, amount in ((words.CASH, given), (words.CHANGES, given - cost)):
            key = draws.one_of(names) + rows.unit + rows.ends
            value = Part(rows.money.text(amount), "right")
            rows.lines.append([Part(key, rows.where), value])

    def _tax_summary(self, cost: float) -> list[Line]:
        draws = self._draws
        tax = round(cost * TAX / (1 + TAX), 2)
        code = draws.one_of(("sr", "s", "t", "sr 6%"))
        amount = Part(draws.one_of(("amount(rm)", "amount", "amt (rm)")), 0.5)
        amounts = [Part(f"{cost - tax:,.2f}", 0.55), Part(f"{tax:,.2f}", "right")]
        of_tax = Part(draws.one_of(("tax(rm)", "tax", "gst (rm)")), "right")
        kind = draws.one_of((f"{code} @ 6%", f"{code} = 6%", f"{code} (6%)"))
        lines = [[Part("gst summary"), amount, of_tax], [Part(kind), *amounts]]
        if draws.chance(0.3):
            lines.append([Part("zrl @ 0%"), Part("0.00", 0.55), Part("0.00", "right")])
        if draws.chance(0.2):
            lines.append([Part("total"), *amounts])
        return lines

    def _items(self, money: Money) -> tuple[list[Line], float]:
        """What was bought, a line or two each, and the sum."""
        draws = self._draws
        lines: list[Line] = []
        head = draws.one_of(words.HEADS)
        if draws.chance(0.6):
            lines.append([Part(text, place) for text, place in head])
        style = int(draws.random.integers(0, 5))
        code = draws.one_of(("", "", "", " SR", " S", " *S", " T", " ZRL"))
        cost = 0.0
        # Most buy little.
        for _ in range(1 + int(draws.random.exponential(3)) % MOST_ITEMS):
            count = 1 + int(draws.random.exponential(1)) % 20
            price = float(draws.one_of((0.05, 0.1, 0.1, 0.01)))
            price = round(round(10 ** draws.random.uniform(0, 2) / price) * price, 2)
            cost = round(cost + count * price, 2)
            amount = Part(f"{money.text(count * price)}{code}", "right")
            lines += self._item(style, count, f"{price:,.2f}", amount)
        return lines, cost

    def _item(self, style: int, count: int, each: str, amount: Part) -> list[Line]:
        good = self._good()
        number = self._draws.number(13 if self._draws.chance(0.5) else 5)
        styles: list[list[Line]] = [
            [[Part(good), Part(str(count), 0.5), Part(each, 0.65), amount]],
            [[Part(good)], [Part(number), Part(f"{count} X {each}", 0.4), amount]],
            [[Part(f"{count} {good}"), amount]],
            [[Part(f"{number[:4]} {good}"), amount]],
            [[Part(good)], [Part(f"{count}X", 0.05), Part(each, 0.3), amount]],
        ]
        return styles[style]

    def _good(self) -> str:
        draws = self._draws
        if self._goods and draws.chance(0.5):
            return draws.one_of(self._goods)
        good = draws.one_of(words.GOODS)
        return f"{good} {draws.one_of(words.GOODS)}" if draws.chance(0.2) else good


class _Rows:
    """Lines of a name and an amount, all in one style."""

    def __init__(
        self, draws: ReceiptDraws, money: Money, where: float, unit: str, ends: str
    ):
        self.money, self.where, self.unit, self.ends = money, where, unit, ends
        self.lines: list[Line] = []
        self._draws = draws

    def add(self, name: str, amount: float | str) -> None:
        """Adds one; a string is written as it is."""
        text = amount if isinstance(amount, str) else self.money.text(amount)
        value = [Part(text, "right")]
        if self._draws.chance(0.08) and text.startswith("RM "):
            value = [Part("RM", 0.6), Part(text[3:], "right")]
        self.lines.append([Part(name + self.unit + self.ends, self.where), *value])
