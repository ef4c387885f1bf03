"""Swapped slot values: from where they come, and where the slots are then."""

from collections import Counter

import numpy as np
import pytest

from keras_docs.datasets.labelled_utterance import LabelledUtterance
from keras_docs.training.swap_slot_values import swap_slot_values

pytestmark = pytest.mark.no_tensors


def record(pattern, intent="alarm_set", locale="en-US", **values):
    """`pattern` names its slots in braces."""
    text, slots = "", []
    for part in pattern.replace("}", "{").split("{"):
        value = values.get(part, part)
        if part in values:
            end = len(text) + len(value)
            slots.append({"type": part, "value": value, "start": len(text), "end": end})
        text += value
    return LabelledUtterance(text, intent, slots, locale, "7", "train")


RECORDS = [
    record("wake me at {time} on {date}!", time="five", date="Monday"),
    record("{date}: alarm", date="the day after tomorrow"),
    record("alarm {time}", time="noon"),
    record("a meeting at {time}", "calendar_set", time="quarter to three"),
    record("weck mich um {time}", locale="de-DE", time="fünf"),
    record("no slot"),
]


def test_values_stay_in_locale_intent_and_type():
    seen = Counter()
    for seed in range(200):
        found = swap_slot_values(RECORDS, share=1.0, seed=seed)
        seen[found[0].text] += 1
        assert found[3:] == RECORDS[3:]
        for old, new in zip(RECORDS, found, strict=True):
            assert [s["type"] for s in new.slots] == [s["type"] for s in old.slots]
            assert new[1:2] + new[3:] == old[1:2] + old[3:]
            for slot in new.slots:
                assert new.text[slot["start"] : slot["end"]] == slot["value"]
    assert set(seen) == {
        f"wake me at {time} on {date}!"
        for time in ("five", "noon")
        for date in ("Monday", "the day after tomorrow")
    }
    # Each in a quarter of 200 draws: six standard deviations are 37.
    assert all(abs(count - 50) < 37 for count in seen.values())


def test_each_value_as_often_however_often_it_is_there():
    records = [record("at {time}", time="five")] * 9 + [record("at {time}", time="six")]
    found = swap_slot_values(records * 200, share=1.0)
    share = np.mean([r.text == "at six" for r in found])
    assert abs(share - 0.5) < 6 * 0.5 / np.sqrt(2000)


def test_share_and_seed():
    records = [record("at {time}", time=str(n)) for n in range(1000)]
    found = swap_slot_values(records, share=0.3, seed=1)
    changed = sum(a != b for a, b in zip(found, records, strict=True))
    assert abs(changed - 300) < 6 * np.sqrt(1000 * 0.3 * 0.7)
    assert swap_slot_values(records, share=0.3, seed=1) == found
    assert swap_slot_values(records, share=0.3, seed=2) != found
    assert swap_slot_values(records, share=0.0) == records


def test_tuples_and_slots_out_of_order():
    slots = [{"type": "b", "start": 4, "end": 5}, {"type": "a", "start": 0, "end": 3}]
    (found,) = swap_slot_values([("aaa b", "x", slots)], share=1.0)
    assert [slot["value"] for slot in found.slots] == ["aaa", "b"]


@pytest.mark.parametrize(
    "spans", [[(3, 9)], [(2, 2)], [(-1, 2)], [(0, 3), (2, 4)]], ids=str
)
def test_refused_slots(spans):
    slots = [{"type": "t", "start": start, "end": end} for start, end in spans]
    with pytest.raises(ValueError, match="record 1"):
        swap_slot_values([("fine", "x", []), ("four", "x", slots)])


def test_refused_share():
    with pytest.raises(ValueError, match="share.*1.5"):
        swap_slot_values([], share=1.5)
