"""Questions with answers, out of what pages of data sets are annotated with.

Of forms and agreements the wording is ours: "What is the …?". Tables bring their own.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_docs.datasets.field_labels import field_labels
from keras_docs.models.docformer_v2.field_question import field_question

Page = dict[str, Any]

# Of a page that is drawn from a part of an agreement.
PART = 250
MOST_VALUES = 3
MARKS = ("x", "✓")
NATURAL = "natural_pair"
# Between the values of one answer.
SEPARATOR = "; "
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve",
)  # fmt: skip
_NUMBERING = re.compile(r"^(\(\w\w?\)|\w\w?[.)])\s+")
_PUNCTUATION = ".,:;()[]\"'"


def of_form(page: Page, most: int, random: np.random.Generator) -> Page:
    """Asks for the values of some of a form's keys.

    Args:
        page: dict with `entities` and `links`.
        most: int, questions to ask at most.
        random: NumPy generator.
    """
    entities = page["entities"]
    values: dict[int, list[int]] = defaultdict(list)
    for head, tail in page["links"]:
        kinds = entities[head]["label"], entities[tail]["label"]
        if kinds == ("question", "answer"):
            values[head].append(tail)
    names = Counter(_name(entity["text"]) for entity in entities)
    answers = {}
    for key, found in values.items():
        name = _name(entities[key]["text"])
        text = " ".join(entities[i]["text"] for i in sorted(found)).strip()
        # A name that is there twice asks for two things.
        is_clear = names[name] == 1 and len(found) <= MOST_VALUES
        if name and text and is_clear and text.lower() not in MARKS:
            # People ask in small letters, whatever the form has.
            asked_for = name.lower() if random.random() < 0.5 else name
            answers[field_question(asked_for)] = text
    chosen = random.permutation(list(answers))[:most].tolist()
    return asked(page, [(question, answers[question]) for question in chosen])


def of_agreement(page: Page, random: np.random.Generator) -> Iterator[Page]:
    """Parts of an agreement's page that say a field's value, asked for it.

    Args:
        page: dict with `words` and `fields`.
        random: NumPy generator, draws where a part begins.
    """
    written = {name: _spellings(name, v) for name, v in page["fields"].items()}
    labels = field_labels(page["words"], written)
    for name in written:
        starts = [i for i, label in enumerate(labels) if label == f"B-{name}"]
        if not starts:
            continue
        end = starts[0] + 1
        while end < len(labels) and labels[end] == f"I-{name}":
            end += 1
        low = max(0, end - PART)
        first = int(random.integers(low, max(starts[0], low) + 1))
        part = slice(first, first + PART)
        text = " ".join(page["words"][starts[0] : end]).strip(_PUNCTUATION)
        words, boxes = page["words"][part], page["boxes"][part]
        one = asked({**page, "words": words, "boxes": boxes}, [])
        yield asked(one, [(field_question(name), text)])


def of_table(page: Page) -> Page:
    """The questions of a table as they come; of statements the natural pairs."""
    answers = [answer[0] for answer in page["answers"]]
    if "denotation" in page:
        answers = [SEPARATOR.join(values) for values in page["denotation"]]
    pairs = list(zip(page["questions"], answers, strict=True))
    if "form" in page:
        pairs = [
            pair
            for pair, form in zip(pairs, page["form"], strict=True)
            if form == NATURAL
        ]
    return asked(page, pairs)


def asked(page: Page, pairs: list[tuple[str, str]]) -> Page:
    """What a model for answers reads of a page, with questions."""
    found = {part: page[part] for part in ("words", "boxes", "images") if part in page}
    found["questions"] = [question for question, _ in pairs]
    found["answers"] = [[answer] for _, answer in pairs]
    return found


def _name(key: str) -> str:
    """A key without its number and colon."""
    return _NUMBERING.sub("", key.strip()).strip(".,:; ")


def _spellings(name: str, values: list[str]) -> list[str]:
    """How values may be written: dates and terms are so in many ways."""
    found = list(values)
    for value in values:
        date = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value)
        term = re.fullmatch(r"(\d+)[ _](\w+?)s?", value)
        if name == "effective_date" and date:
            found += _dates(*map(int, date.groups()))
        elif name == "term" and term:
            found += _terms(int(term[1]), term[2])
    return found


def _dates(year: int, month: int, day: int) -> list[str]:
    name = calendar.month_name[month]
    end = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return [
        *(f"{name} {day}, {year}", f"{name} {day:02}, {year}", f"{day} {name} {year}"),
        *(f"{name} {day}{end}, {year}", f"{day}{end} day of {name}, {year}"),
        *(f"{month}/{day}/{year}", f"{month:02}/{day:02}/{year}"),
    ]


def _terms(count: int, unit: str) -> list[str]:
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return [
        f"{start} {unit}{end}"
        for start in (f"{count}", number, f"{number} ({count})", f"{number}({count})")
        for end in ("s", "")
    ]
