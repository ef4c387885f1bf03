"""Cuts texts into words and numbers these, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

_options = {"cache": True, "nogil": True}

# FNV-1a, over characters in place of bytes.
_OFFSET, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
_HALF = np.uint64(32)


@njit(**_options)
def number_words(
    codes, ends, is_word, shortest, learn, slots, hashes, starts, chars, num_words, ids
):
    """Finds the number of each word of some texts.

    Gives what `keras_docs.models.xr.term_dictionary.TermDictionary` gives. The words
    that are known are in an open-addressing hash table: `slots` maps a hash to a
    number, and `chars[starts[n]:starts[n + 1]]` is word n.

    Args:
        codes: uint32 array (characters,), code points of all texts.
        ends: int64 array (texts,), where each text ends.
        is_word: bool array (0x110000,), which characters make up words.
        shortest: int, characters of a word at least.
        learn: bool, whether words that are not known get the next number. The arrays
            of words must then have room for as many as `ids` has.
        slots: int32 array, a power of two of them, less than half in use; -1 is free.
        hashes: uint64 array, hash of each word.
        starts: int64 array, where in `chars` each word starts, and the last ends.
        chars: uint32 array, code points of the words.
        num_words: int, how many words are known.
        ids: int32 array, is filled with the numbers; words that are not known are left
            out.

    Returns:
        int64 array (texts,), numbers written for each text; and how many words are
        known now.
    """
    counts = np.zeros(len(ends), np.int64)
    written = position = 0
    for text in range(len(ends)):
        before = written
        while position < ends[text]:
            if not is_word[codes[position]]:
                position += 1
                continue
            start, hashed = position, _OFFSET
            while position < ends[text] and is_word[codes[position]]:
                hashed = (hashed ^ np.uint64(codes[position])) * _PRIME
                position += 1
            if position - start < shortest:
                continue
            hashed ^= hashed >> _HALF
            word = codes[start:position]
            slot = _find_slot(word, hashed, slots, hashes, starts, chars)
            if slots[slot] < 0:
                if not learn:
                    continue
                slots[slot] = num_words
                hashes[num_words] = hashed
                starts[num_words + 1] = starts[num_words] + len(word)
                chars[starts[num_words] : starts[num_words + 1]] = word
                num_words += 1
            ids[written] = slots[slot]
            written += 1
        counts[text] = written - before
    return counts, num_words


@njit(**_options)
def place_words(hashes, slots):
    """Fills a hash table with words that are all different.

    Args:
        hashes: uint64 array, hash of each word.
        slots: int32 array, as in `number_words`, all -1.
    """
    mask = np.uint64(len(slots) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = number


@njit(**_options)
def _find_slot(word, hashed, slots, hashes, starts, chars):
    mask = np.uint64(len(slots) - 1)
    slot = hashed & mask
    while slots[slot] >= 0:
        number = slots[slot]
        if hashes[number] == hashed and _is_word(word, chars, starts, number):
            break
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(**_options)
def _is_word(word, chars, starts, number):
    return np.array_equal(chars[starts[number] : starts[number + 1]], word)
