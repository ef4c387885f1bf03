"""Takes text and slots out of an utterance with slots in brackets."""

from __future__ import annotations

import re

_SLOT = re.compile(r"\[\s*([^\s:\[\]]+)\s*:\s*([^\[\]]*?)\s*\]")


def parse_annotated_utterance(
    annot_utt: str, utt: str | None = None
) -> tuple[str, list[dict]]:
    """Parses the form of MASSIVE's `annot_utt`, `wake me at [time : five am]`.

    Args:
        annot_utt: string; a slot is `[type : value]`.
        utt: string, the utterance without brackets. The offsets count its characters.
            It may have other spaces than `annot_utt`: ja-JP, zh-CN and zh-TW of MASSIVE
            have spaces around slots in `annot_utt` only. Default: `annot_utt` without
            its brackets.

    Returns:
        The utterance, and its slots: list of dicts `{"type", "value", "start", "end"}`,
        as in `LabelledUtterance`.

    Raises:
        ValueError: a bracket is open, nested, or holds no type and value, or `utt` has
            other characters than `annot_utt`.

    Example:
    ```python
    text, slots = parse_annotated_utterance("wake me at [time : five am]")
    text  # "wake me at five am"
    slots  # [{"type": "time", "value": "five am", "start": 11, "end": 18}]
    ```

    Reference: FitzGerald et al., "MASSIVE: A 1M-Example Multilingual Natural Language
    Understanding Dataset with 51 Typologically-Diverse Languages", ACL 2023,
    https://arxiv.org/abs/2204.08582.
    """
    if "[" not in annot_utt and "]" not in annot_utt:
        pieces, slots = [annot_utt], []
    else:
        pieces, slots = _split(annot_utt)
    text = "".join(pieces)
    if utt is None or utt == text:
        return text, slots
    return utt, _move(slots, text, utt, annot_utt)


def _split(annot_utt: str) -> tuple[list[str], list[dict]]:
    pieces: list[str] = []
    slots: list[dict] = []
    # `done` counts characters of `annot_utt`, `length` those of the plain text.
    done = length = 0
    for match in _SLOT.finditer(annot_utt):
        before, value = annot_utt[done : match.start()], match[2]
        start = length + len(before)
        length, done = start + len(value), match.end()
        pieces += before, value
        slots.append({"type": match[1], "value": value, "start": start, "end": length})
        if not value:
            raise _malformed(annot_utt)
    pieces.append(annot_utt[done:])
    if any("[" in piece or "]" in piece for piece in pieces[::2]):
        raise _malformed(annot_utt)
    return pieces, slots


def _move(slots: list[dict], text: str, utt: str, annot_utt: str) -> list[dict]:
    """The slots of `text` in `utt`, which differs from it by spaces."""
    old = [i for i, character in enumerate(text) if not character.isspace()]
    new = [i for i, character in enumerate(utt) if not character.isspace()]
    if [text[i] for i in old] != [utt[i] for i in new]:
        raise ValueError(
            "`utt` must be `annot_utt` without brackets, up to spaces. Received: "
            f"utt={utt!r:.120}, annot_utt={annot_utt!r:.120}."
        )
    place = dict(zip(old, new, strict=True))
    moved = []
    for slot in slots:
        start, end = place[slot["start"]], place[slot["end"] - 1] + 1
        moved.append({**slot, "value": utt[start:end], "start": start, "end": end})
    return moved


def _malformed(annot_utt: str) -> ValueError:
    return ValueError(
        "`annot_utt` must have its slots as `[type : value]`, without brackets inside. "
        f"Received: {annot_utt!r:.120}."
    )
