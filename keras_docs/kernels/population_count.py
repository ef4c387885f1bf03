"""The number of one bits of an integer, as one processor instruction."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic


@intrinsic
def population_count(typing_context, value):
    """Counts the one bits of an int64; only for code that Numba compiles."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate
