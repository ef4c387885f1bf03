"""Writes the tables, made from the result lines, into README.md."""

from __future__ import annotations

import ensemble_search
import floor
import from_text
import inference
import loading
import measuring
import other_peers
import scale
import training
import transformer


def main() -> None:
    benchmarks = (
        training,
        from_text,
        ensemble_search,
        inference,
        loading,
        floor,
        transformer,
        scale,
        other_peers,
    )
    measuring.write_tables(measuring.HERE / "README.md", benchmarks)
    if scale.PATH.is_file():
        scale.plot()


if __name__ == "__main__":
    main()
