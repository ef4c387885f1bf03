"""Agreement with the answers of ten people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keras_docs.metrics.precision_recall_f1 import check_pairs

_NUMBER_NAMES = "zero one two three four five six seven eight nine ten"
_NUMBERS = {
    "none": "0",
    **{name: str(value) for value, name in enumerate(_NUMBER_NAMES.split())},
}
_ARTICLES = {"a", "an", "the"}
_SIGNS = ';/[]"{}()=+\\_-><@`,?!'
_THOUSANDS = re.compile(r"(?<=\d),+(?=\d)")
# A period is a sign unless a digit follows.
_PERIOD = re.compile(r"\.(?!\d)")
# People leave the apostrophe out. Those that are words without it are not here.
_CONTRACTED = (
    "ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't "
    "isn't mightn't mustn't needn't shouldn't wasn't weren't won't wouldn't "
    "could've might've must've should've would've i've they've we've you've "
    "he's how's she's somebody's someone's that's there's what's when's where's "
    "who's why's i'm they're you're what're who're there're i'd he'd it'd "
    "that'd there'd they'd who'd you'd it'll that'll they'll what'll who'll "
    "you'll y'all let's o'clock"
)
_CONTRACTIONS = {word.replace("'", ""): word for word in _CONTRACTED.split()}
_ENOUGH = 3


def vqa_accuracy(
    gold: Sequence[Sequence[str] | str], predicted: Sequence[str]
) -> float:
    """The accuracy of VQA and TextVQA.

    With `n` people who gave the predicted answer, it scores min(n / 3, 1), averaged
    over leaving one of the people out each time. With one accepted answer it scores 1
    if it is the same, which is the exact match of OCR-VQA.

    Before that, texts are lower-cased; articles and most punctuation marks are taken
    away; numbers up to ten become digits, and contractions get their apostrophe back.

    Args:
        gold: list, for each question, of the answers that people gave (ten, in VQA and
            TextVQA), or of one string.
        predicted: list of strings.

    Returns:
        Float from 0 to 1, the mean over questions.

    Raises:
        ValueError: the lists are empty or differ in length, or a question has no
            answer.

    Example:
    ```python
    vqa_accuracy([["two"] * 2 + ["three"] * 8], ["2"])  # 0.6
    ```

    Reference: Antol et al., "VQA: Visual Question Answering", ICCV 2015,
    https://arxiv.org/abs/1505.00468; its evaluation, https://visualqa.org/evaluation.
    """
    check_pairs(gold, predicted, "question")
    total = 0.0
    for i, (given, answer) in enumerate(zip(gold, predicted, strict=True)):
        given = [given] if isinstance(given, str) else list(given)
        if not given:
            raise ValueError(
                f"`gold` must have an answer for each question. Question {i} has none."
            )
        answer = _normalized(answer)
        same = [_normalized(text) == answer for text in given]
        if len(same) == 1:
            total += same[0]
            continue
        count = sum(same)
        scores = [min((count - own) / _ENOUGH, 1.0) for own in same]
        total += sum(scores) / len(scores)
    return total / len(gold)


def _normalized(text: str) -> str:
    whole = text = " ".join(text.lower().split())
    has_thousands = _THOUSANDS.search(whole) is not None
    for sign in _SIGNS:
        # Between letters a sign separates words; at the end of one it does not.
        is_apart = f"{sign} " in whole or f" {sign}" in whole
        text = text.replace(sign, "" if is_apart or has_thousands else " ")
    words = _PERIOD.sub("", text).split()
    words = [_NUMBERS.get(word, word) for word in words if word not in _ARTICLES]
    return " ".join(_CONTRACTIONS.get(word, word) for word in words)
