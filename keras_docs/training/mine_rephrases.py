"""Finds what users say instead of what fails."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from keras_docs.training.absorption_probabilities import absorption_probabilities
from keras_docs.training.dialogue_turn import DialogueTurn
from keras_docs.training.rephrase import Rephrase

# What follows an attempt: success with it, giving up, or another utterance's text.
SUCCESS, FAILURE = object(), object()


def mine_rephrases(
    dialogues: Iterable[Sequence[Any]],
    *,
    min_support: int = 2,
    min_confidence: float = 0.5,
    max_gap: float = 45.0,
    is_rephrase: Callable[[str, str], bool] | None = None,
) -> list[Rephrase]:
    """Pairs of a defective utterance and its successful rephrase, from dialogues.

    All users' attempts make one absorbing Markov chain (Ponnusamy et al. 2020): an
    utterance leads to the next attempt, to success with it, or to giving up, each with
    the share of times that it did. The rephrase of an utterance is the one that most
    probably ends the chain in success, over any number of attempts: who says `a` and
    then `b` and gives up, and another who says `b` and then `c` and succeeds, together
    show that `a` means `c`. An utterance that most probably succeeds itself has none.

    Attempts are turns that follow each other, up to and with the first success. Where
    `success` is not known, a turn has failed if another attempt follows, and has
    succeeded if none does.

    A group of n utterances that attempts connect is solved as dense matrices of n rows
    and columns: n² memory, n³ time. `is_rephrase` and `max_gap` keep groups small.

    Args:
        dialogues: list of dialogues of one user each: lists of strings, of tuples
            (text, success, time), or of `DialogueTurn`.
        min_support: int, dialogues in which the utterance was said without success.
        min_confidence: float, the probability to succeed with the rephrase.
        max_gap: float, seconds. A turn that comes later, by its `time`, is no attempt
            at the same.
        is_rephrase: function of two texts, whether the second may be an attempt at the
            same as the first. Default: it always may, which suits dialogues about one
            thing or turns with known `success`.

    Returns:
        List of `Rephrase`, those with the most support times confidence first.
        Utterances that differ in case or spaces are the same; the commonest is shown.

    Raises:
        ValueError: a dialogue is no list of turns, times fall, or a threshold is no
            number of its kind.

    Example:
    ```python
    dialogues = [["wake me fife", "alarm at five"]] * 3
    mine_rephrases(dialogues)
    # [Rephrase("wake me fife", "alarm at five", support=3, confidence=1.0)]
    ```

    Reference: Ponnusamy et al. 2020, "Feedback-Based Self-Learning in Large-Scale
    Conversational AI Agents", https://arxiv.org/abs/1911.02557.
    """
    if min_support < 1 or not 0 < min_confidence <= 1 or not max_gap > 0:
        raise ValueError(
            "`min_support` must be 1 or more, `min_confidence` above 0 and at most 1, "
            f"and `max_gap` above 0. Received: {min_support!r}, {min_confidence!r} and "
            f"{max_gap!r}."
        )
    follows: dict[str, Counter] = defaultdict(Counter)
    failures: Counter = Counter()
    forms: dict[str, Counter] = defaultdict(Counter)
    for number, dialogue in enumerate(dialogues):
        failed = set()
        for text, what, spoken in _steps(
            _turns(dialogue, number), max_gap, is_rephrase
        ):
            follows[text][what] += 1
            forms[text][spoken] += 1
            # Saying the same again is no other attempt.
            if what is not SUCCESS and what != text:
                failed.add(text)
        failures.update(failed)
    found = []
    for texts in _components(follows):
        found += _rephrases(texts, follows, failures)
    return sorted(
        (
            pair._replace(
                defective=forms[pair.defective].most_common(1)[0][0],
                rephrase=forms[pair.rephrase].most_common(1)[0][0],
            )
            for pair in found
            if pair.support >= min_support and pair.confidence >= min_confidence
        ),
        key=lambda pair: (-pair.support * pair.confidence, pair.defective),
    )


def _turns(dialogue: Any, number: int) -> list[DialogueTurn]:
    turns = []
    for turn in [] if isinstance(dialogue, str) else dialogue:
        turn = (turn,) if isinstance(turn, str) else turn
        if not isinstance(turn, tuple | list) or not 1 <= len(turn) <= 3:
            raise _malformed(number, turn)
        turn = DialogueTurn(*turn)
        if not isinstance(turn.text, str) or turn.success not in (True, False, None):
            raise _malformed(number, turn)
        times = [turns[-1].time if turns else None, turn.time]
        if None not in times and times[1] < times[0]:
            raise ValueError(
                f"The times of dialogue {number} fall from {times[0]} to {times[1]}. "
                "Sort its turns by time."
            )
        turns.append(turn)
    if isinstance(dialogue, str):
        raise _malformed(number, dialogue)
    return turns


def _malformed(number: int, turn: Any) -> ValueError:
    return ValueError(
        f"Dialogue {number} must be a list of texts or of (text, success, time), with "
        f"`success` True, False or None. Received: {turn!r:.120}."
    )


def _steps(turns: list[DialogueTurn], max_gap: float, is_rephrase: Any):
    """(text, what follows, text as spoken) for each attempt."""
    for turn, following in zip(turns, [*turns[1:], None], strict=True):
        goes_on = following is not None and not turn.success
        if goes_on and None not in (turn.time, following.time):
            goes_on = following.time - turn.time <= max_gap
        if goes_on and is_rephrase is not None:
            goes_on = is_rephrase(turn.text, following.text)
        text = _normalized(turn.text)
        if goes_on:
            yield text, _normalized(following.text), turn.text
        else:
            yield text, FAILURE if turn.success is False else SUCCESS, turn.text


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split())


def _components(follows: dict[str, Counter]) -> list[list[str]]:
    """Utterances that some chain of attempts connects: no others share a rephrase."""
    beside: dict[str, set[str]] = defaultdict(set)
    for text, counts in follows.items():
        for other in counts.keys() - {SUCCESS, FAILURE}:
            beside[text].add(other)
            beside[other].add(text)
    components, seen = [], set()
    for text in follows:
        if text in seen:
            continue
        component, waiting = [], [text]
        seen.add(text)
        while waiting:
            component.append(waiting.pop())
            waiting += beside[component[-1]] - seen
            seen |= beside[component[-1]]
        components.append(component)
    return components


def _rephrases(
    texts: list[str], follows: dict[str, Counter], failures: Counter
) -> list[Rephrase]:
    if len(texts) == 1:
        return []
    place = {text: i for i, text in enumerate(texts)}
    size = len(texts)
    transient, absorbing = np.zeros((size, size)), np.zeros((size, size + 1))
    for text, row in place.items():
        total = follows[text].total()
        for what, count in follows[text].items():
            if what is SUCCESS:
                absorbing[row, row] = count / total
            elif what is FAILURE:
                absorbing[row, size] = count / total
            else:
                transient[row, place[what]] = count / total
    # Of each start, the probabilities to succeed with each utterance.
    success = absorption_probabilities(transient, absorbing)[:, :size]
    best = success.argmax(axis=1)
    return [
        Rephrase(text, texts[best[i]], failures[text], float(success[i, best[i]]))
        for i, text in enumerate(texts)
        if best[i] != i and failures[text]
    ]
