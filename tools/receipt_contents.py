"""What receipts say: made-up shops, their goods, and what was paid.

No text of an annotated receipt is used; which parts receipts have, and how they call
them, was seen on training receipts of SROIE. Addresses and people are Faker's, of
Malaysia and other places where receipts are English; what is sold is drawn from cells
of public tables and from lists. Sums add up, as a reader of receipts must see.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import receipt_words as words
from receipt_draws import Line, Part, ReceiptDraws
from receipt_sums import Money, ReceiptSums

LONGEST_GOOD = 24


class Receipt(NamedTuple):
    """What one receipt says.

    Args:
        lines: list of lists of `Part`, from above.
        fields: dict of a field's name to its value.
    """

    lines: list[Line]
    fields: dict[str, str]


class ReceiptContents:
    """Draws what is on a receipt.

    Args:
        goods: list of strings, names of what is sold, besides those known here.
        seed: int.
    """

    def __init__(self, goods: Sequence[str], seed: int):
        try:
            from faker import Faker
        except ImportError:
            raise ImportError(
                "Made-up receipts need Faker: `pip install faker`."
            ) from None

        self._draws = ReceiptDraws(seed)
        self._goods = [" ".join(good.split())[:LONGEST_GOOD] for good in goods]
        self._sums = ReceiptSums(self._draws, self._goods)
        self._fakers = {name: Faker(name) for name in words.PLACES}
        for number, faker in enumerate(self._fakers.values()):
            faker.seed_instance(seed + number)

    def receipt(self) -> Receipt:
        """A receipt in capitals, as most are."""
        shares = words.PLACES
        place = str(self._draws.random.choice(list(shares), p=list(shares.values())))
        faker = self._fakers[place]
        money = self._money(place)
        company = self._company(faker, place)
        address, date = _address(faker), self._date()
        sums, total = self._sums.of(money)
        head = self._head(faker, company, address)
        facts = self._facts(faker, date)
        foot = self._foot(faker)
        if self._draws.chance(0.08):
            head, foot = self._moved(head, foot, address)
        lines = [*head, *facts, *sums, *foot]
        fields = {
            "company": company,
            "date": date,
            "address": " ".join(address),
            "total": total,
        }
        return Receipt(
            [
                [part._replace(text=part.text.upper()) for part in line]
                for line in lines
                if any(part.text for part in line)
            ],
            {name: value.upper() for name, value in fields.items()},
        )

    def _company(self, faker: Any, place: str) -> str:
        style = self._draws.random.random()
        form = self._draws.one_of(words.FORMS.get(place, words.FORMS[""]))
        if style < 0.25:
            name = faker.last_name()
        elif style < 0.35:
            name = f"{faker.last_name()} & {faker.last_name()}"
        elif style < 0.45 and self._goods:
            name = self._draws.one_of(self._goods)
        else:
            count = int(self._draws.random.integers(1, 4))
            name = " ".join(self._draws.one_of(words.NAMES) for _ in range(count))
        trade = self._draws.one_of(words.TRADES) if self._draws.chance(0.75) else ""
        order = [trade, name] if self._draws.chance(0.12) else [name, trade]
        return " ".join(" ".join([*order, form]).split())

    def _head(self, faker: Any, company: str, address: list[str]) -> list[Line]:
        """The shop's name, address and numbers, and what the paper is called."""
        draws = self._draws
        place = "left" if draws.chance(0.2) else "centre"
        size = float(draws.random.choice([1.0, 1.0, 1.2, 1.5]))
        lines: list[Line] = []
        if draws.chance(0.12):
            lines.append([Part(draws.number(7), place)])
        if draws.chance(0.12):
            sign = draws.one_of(words.NAMES) + " " + draws.one_of(words.TRADES)
            lines.append([Part(sign, place, 1.5)])
        names = self._wrapped(company) if draws.chance(0.3) else [company]
        number = f"({draws.number(6)}-{draws.letter()})"
        if draws.chance(0.3):
            names[-1] = f"{names[-1]} {number}"
            number = ""
        lines += [[Part(name, place, size)] for name in names]
        before, after = self._numbers(faker, number)
        lines += [[Part(text, place)] for text in [*before, *address, *after]]
        title = Part(
            draws.one_of(words.TITLES), draws.one_of(("centre", "centre", place))
        )
        return [*lines, [title]]

    def _numbers(self, faker: Any, number: str) -> tuple[list[str], list[str]]:
        """What stands before and after the address."""
        draws = self._draws
        before = [number] if draws.chance(0.6) else []
        if draws.chance(0.65):
            before.append(
                draws.keyed(draws.one_of(words.TAX_NUMBERS), draws.number(12))
            )
            if draws.chance(0.3):
                before[-1] = f"({before[-1]})"
        after = []
        if draws.chance(0.7):
            name = draws.one_of(words.PHONES)
            phone = draws.keyed(name, self._phone())
            if draws.chance(0.3):
                phone += "  " + draws.keyed("fax", self._phone())
            after.append(phone)
        if draws.chance(0.15):
            is_mail = draws.chance(0.4)
            after.append(faker.email() if is_mail else f"www.{faker.domain_name()}")
        if draws.chance(0.5):
            before, after = before[:1], before[1:] + after
        if draws.chance(0.3):
            after = draws.shuffled(after)
        return before, after

    def _facts(self, faker: Any, date: str) -> list[Line]:
        """The date among other facts of the sale."""
        lines: list[Line] = []
        if self._draws.chance(0.15):
            lines += self._customer(faker)
        parts = [self._dated(date)]
        for _ in range(int(self._draws.random.integers(0, 6))):
            key = self._draws.one_of(words.FACTS)
            value = faker.first_name() if key in words.PEOPLE else self._code()
            parts.append([self._draws.keyed(key, value)])
        parts = self._draws.shuffled(parts)
        while parts:
            first = parts.pop()
            if len(first) == 1 and parts and self._draws.chance(0.35):
                second = parts.pop()
                where = self._draws.one_of(("right", 0.55, 0.6))
                lines.append([Part(first[0]), Part(" ".join(second), where)])
            elif len(first) > 1 and self._draws.chance(0.5):
                where = self._draws.one_of((0.25, 0.4, "right"))
                lines.append([Part(first[0]), Part(" ".join(first[1:]), where)])
            else:
                lines.append([Part(" ".join(first))])
        return lines

    def _dated(self, date: str) -> list[str]:
        """The date, with what it is called and the time, if that is told."""
        draws = self._draws
        hour, minute, second = map(int, draws.random.integers((8, 0, 0), (23, 60, 60)))
        half, of_half = "pm" if hour > 11 else "am", (hour - 1) % 12 + 1
        time = draws.one_of(
            (
                f"{hour:02}:{minute:02}:{second:02}",
                f"{hour:02}:{minute:02}",
                f"{of_half}:{minute:02}:{second:02} {half}",
                f"{of_half:02}:{minute:02}{half}",
                "",
                "",
            )
        )
        key = draws.one_of(words.DATE_KEYS)
        colon = draws.one_of((":", " :", ": ", "")) if key else ""
        text = f"{time} {date}" if draws.chance(0.1) else f"{date} {time}"
        return [part for part in (key + colon, text.strip()) if part]

    def _customer(self, faker: Any) -> list[Line]:
        """Whom the bill is for, whose name and address are no shop's."""
        key = self._draws.one_of(words.CUSTOMERS)
        lines = [[Part(self._draws.keyed(key, ""))], [Part(faker.name())]]
        if self._draws.chance(0.7):
            lines += [[Part(line)] for line in _address(faker)]
        return lines

    def _foot(self, faker: Any) -> list[Line]:
        count = int(self._draws.random.integers(0, 5))
        chosen = self._draws.random.choice(words.THANKS, count, replace=False)
        place = "left" if self._draws.chance(0.2) else "centre"
        lines = [[Part(str(text), place)] for text in chosen]
        if self._draws.chance(0.12):
            lines.append([Part(f"www.{faker.domain_name()}", place)])
        return lines

    def _moved(
        self, head: list[Line], foot: list[Line], address: list[str]
    ) -> tuple[list[Line], list[Line]]:
        """The address below all else, as some shops have it."""
        known = set(address)
        moved = [line for line in head if line[0].text in known]
        return [line for line in head if line[0].text not in known], foot + moved

    def _money(self, place: str) -> Money:
        sign = {"en_MS": "RM", "en_GB": "£", "en_IN": "RS"}.get(place, "$")
        return Money(self._draws.one_of(("{}", "{}", "{}", sign + "{}", sign + " {}")))

    def _date(self) -> str:
        year, month, day = map(
            int, self._draws.random.integers((2009, 1, 1), (2025, 13, 29))
        )
        short, name = year % 100, calendar.month_abbr[month]
        forms = (
            (f"{day:02}/{month:02}/{year}", 8), (f"{day:02}-{month:02}-{short:02}", 3),
            (f"{day:02}-{month:02}-{year}", 3), (f"{day:02}/{month:02}/{short:02}", 3),
            (f"{day}/{month}/{year}", 1), (f"{day:02} {name} {year}", 1),
            (f"{year}-{month:02}-{day:02}", 1), (f"{day:02}.{month:02}.{year}", 1),
            (f"{month:02}/{day:02}/{year}", 1), (f"{day}-{name}-{year}", 1),
            (f"{name} {day}, {year}", 1), (f"{day:02} {name} {short:02}", 1),
        )  # fmt: skip
        shares = np.array([share for _, share in forms], float)
        return forms[
            int(self._draws.random.choice(len(forms), p=shares / shares.sum()))
        ][0]

    def _code(self) -> str:
        number = self._draws.number(int(self._draws.random.integers(1, 9)))
        return self._draws.one_of(
            (
                number,
                number,
                f"{self._draws.letter()}{number}",
                f"#{number}",
                f"{number[:2]}/{number}",
            )
        )

    def _phone(self) -> str:
        a, b = self._draws.number(2), self._draws.number(8)
        return self._draws.one_of(
            (
                f"0{a[0]}-{b}",
                f"0{a[0]}-{b[:4]} {b[4:]}",
                f"0{a}{b[1:]}",
                f"0{a}-{b[:3]} {b[3:7]}",
            )
        )

    def _wrapped(self, text: str) -> list[str]:
        parts = text.split()
        half = int(self._draws.random.integers(1, len(parts))) if len(parts) > 1 else 1
        halves = (" ".join(parts[:half]), " ".join(parts[half:]))
        return [one for one in halves if one]


def _address(faker: Any) -> list[str]:
    """An address on two or three lines."""
    parts = [part.strip(" ,") for part in faker.address().replace("\n", ",").split(",")]
    if len(parts) > 3:
        parts = [", ".join(parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return [f"{part}," for part in parts[:-1]] + parts[-1:]
