"""Makes small files of pages of public data sets, to train and measure on.

    python tools/prepare_documents.py --data DIR --out pages --workers 8
    python tools/prepare_documents.py --data DIR --out pages --sets wtq,tabfact

`--data` has a folder for each set: `funsd`, `sroie`, `docbank` with `images` and
`annotations.jsonl.xz`; `kleister_nda` with `words.jsonl.xz` and `pdf`; `wtq` with
`questions.tar.xz` and `tables.tar.xz`; `tabfact` with `statements.jsonl.xz`,
`split_ids.json.xz` and `tables.tar.xz`. Images are stretched and stored in grey, a few
KB each. Tables are drawn as pages, and so are the forms of the set `forms`, which are
made up of the others. The receipts of the set `receipts` are made up, too, by Faker
(`pip install faker`); they have words and boxes, and no image. `prepared_pages.load`
reads the result.
"""

from __future__ import annotations

import argparse
import functools
import json
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import prepared_pages
from form_contents import FormContents
from receipt_contents import ReceiptContents
from receipt_layout import receipt_record

from keras_docs.datasets.document_files import json_file, table_files, table_rows
from keras_docs.datasets.read_docbank import read_docbank
from keras_docs.datasets.read_funsd import read_funsd
from keras_docs.datasets.read_kleister_nda import read_kleister_nda
from keras_docs.datasets.read_sroie import read_sroie
from keras_docs.datasets.read_tabfact import read_tabfact
from keras_docs.datasets.read_wtq import read_wtq
from keras_docs.documents.form_page import form_page
from keras_docs.documents.page_image import open_image
from keras_docs.documents.read_pages import read_pages
from keras_docs.documents.table_page import table_page

ANNOTATIONS = "annotations.jsonl.xz"
DPI = 100
TABLE_FONT = "DejaVuSans.ttf"
TEXTS = 2000
WTQ_FILES = {"train": "training.tsv", "test": "pristine-unseen-tables.tsv"}
# TabFact's form of a CSV file.
HASHES = {"delimiter": "#", "quoting": 3}

Page = dict[str, Any]
# A page, and what draws or reads its image.
Source = tuple[Page, Callable[[Page, int], tuple[Page, bytes | None]]]


def main() -> None:
    options = arguments()
    for name in options.sets:
        started = time.perf_counter()
        for split, sources in SETS[name](Path(options.data) / name, options).items():
            sources = sources[: options.limit]
            pages = finished(sources, options)
            path = prepared_pages.save(options.out, name, split, pages)
            size = path.stat().st_size / 1e6
            seconds = time.perf_counter() - started
            print(
                f"{name} {split}: {len(sources)} pages, {size:.2f} MB, {seconds:.0f} s",
                flush=True,
            )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of the sets' folders")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--sets", default=",".join(SETS), help="comma-separated")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--quality", type=int, default=40, help="of WebP, to 100")
    parser.add_argument("--forms", type=int, default=8000, help="forms to make up")
    parser.add_argument("--receipts", type=int, default=14000, help="to make up")
    parser.add_argument("--fonts", help="folder of .ttf; default: those of matplotlib")
    parser.add_argument("--limit", type=int, help="pages of a split at most")
    options = parser.parse_args()
    if options.fonts:
        options.fonts = sorted(map(str, Path(options.fonts).glob("*.ttf")))
    options.sets = options.sets.split(",")
    unknown = set(options.sets) - set(SETS)
    if unknown:
        parser.error(f"unknown sets {sorted(unknown)}; there are {', '.join(SETS)}")
    return options


def finished(
    sources: Sequence[Source], options: argparse.Namespace
) -> Iterator[tuple[Page, bytes | None]]:
    """The pages with their images, in order."""
    finish = functools.partial(_finish, quality=options.quality)
    if options.workers == 1:
        yield from map(finish, sources)
        return
    with ProcessPoolExecutor(options.workers) as pool:
        yield from pool.map(finish, sources, chunksize=16)


def _finish(source: Source, quality: int) -> tuple[Page, bytes | None]:
    page, image = source
    return image(page, quality)


def without_image(page: Page, quality: int) -> tuple[Page, None]:
    return page, None


def from_file(page: Page, quality: int, path: str) -> tuple[Page, bytes]:
    return page, prepared_pages.encoded_image(open_image(path), quality)


def from_pdf(page: Page, quality: int, path: str) -> tuple[Page, bytes]:
    found = read_pages(path, pages=[page["page"]], dpi=DPI)[0]
    return page, prepared_pages.encoded_image(found["image"], quality)


def from_table(
    page: Page, quality: int, table: list[list[str]], fonts: list[str] | None
) -> tuple[Page, bytes]:
    sans = [font for font in fonts or () if Path(font).name == TABLE_FONT]
    drawn = table_page(table, font=sans[0] if sans else None)
    image = prepared_pages.encoded_image(drawn.pop("image"), quality)
    del drawn["cells"]
    return page | drawn, image


def from_form(
    page: Page, quality: int, sections: list, fonts: list[str] | None
) -> tuple[Page, bytes]:
    drawn = form_page(sections, fonts=fonts, seed=page["page"])
    image = prepared_pages.encoded_image(drawn.pop("image"), quality)
    return page | drawn, image


def funsd(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    return _of_images(read_funsd, folder / ANNOTATIONS)


def sroie(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    return _of_images(read_sroie, folder / ANNOTATIONS)


def docbank(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    pages = [_image_source(page) for page in read_docbank(folder / ANNOTATIONS)]
    return {"train": pages}


def _of_images(read: Callable, path: Path) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    segments = [page["boxes"] for page in read(path, boxes="segment")]
    for page, boxes in zip(read(path), segments, strict=True):
        page[prepared_pages.SEGMENT_BOXES] = boxes
        found.setdefault(page["split"], []).append(_image_source(page))
    return found


def _image_source(page: Page) -> Source:
    path = page.pop("image", None)
    return page, functools.partial(from_file, path=path) if path else without_image


def kleister_nda(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    names = {"dev-0": "dev", "test-A": "unlabelled", "extra": "unlabelled"}
    for page in read_kleister_nda(folder / "words.jsonl.xz"):
        path = page.pop("path", None)
        read = functools.partial(from_pdf, path=path) if path else without_image
        split = names.get(page["split"], page["split"])
        found.setdefault(split, []).append((page, read))
    return found


def wtq(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    found = {}
    with tempfile.TemporaryDirectory() as aside:
        with tarfile.open(folder / "questions.tar.xz") as archive:
            archive.extractall(aside, filter="data")
        for split, name in WTQ_FILES.items():
            path = Path(aside) / "data" / name
            records = read_wtq(path, tables=folder / "tables.tar.xz")
            found[split] = _of_tables(records, ("denotation",), options)
    return found


def tabfact(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    records = read_tabfact(folder / "statements.jsonl.xz")
    parts = ("label", "form", "simple")
    found = {
        split: _of_tables([r for r in records if r["split"] == split], parts, options)
        for split in ("train", "val", "test")
    }
    known = {record["table_id"] for record in records}
    train = set(json_file(folder / "split_ids.json.xz")["train"])
    files = table_files(folder / "tables.tar.xz")
    more = []
    for name, content in sorted(files.items()):
        name = Path(name).name
        if name in train and name not in known:
            page = {"id": name, "split": "unlabelled"}
            table = table_rows(content, name, **HASHES)
            more.append(_table_source(page, table, options))
    return {**found, "unlabelled": more}


def forms(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    """Forms made up of what tables and agreements of the training parts say.

    What is held out of these makes the part `dev`. The agreements are to be prepared
    before.
    """
    tables = _captioned_tables(folder.parent, options)
    agreements = prepared_pages.load(options.out, "kleister_nda", "train", images=False)
    found = {}
    for split, count in {"train": options.forms, "dev": options.forms // 20}.items():
        is_dev = split == "dev"
        own = [t for t in tables if _is_held_out(str(t[1])) == is_dev]
        pages = [p for p in agreements if _is_held_out(p["id"]) == is_dev]
        fields = [p["fields"] for p in pages if p["page"] == 0]
        texts = [p["words"] for p in pages if p["words"]][:TEXTS]
        contents = FormContents(own, fields, texts, seed=count)
        found[split] = [
            (
                {"id": f"{split}-{i}", "split": split, "page": i},
                functools.partial(
                    from_form, sections=contents.form(), fonts=options.fonts
                ),
            )
            for i in range(min(count, options.limit or count))
        ]
    return found


def receipts(folder: Path, options: argparse.Namespace) -> dict[str, list[Source]]:
    """Receipts that sell what tables of the training parts tell of, among other things.

    A twentieth of them is the part `dev`.
    """
    tables = _captioned_tables(folder.parent, options)
    cells = {cell for _, rows in tables for row in rows[1:] for cell in row}
    goods = sorted(cell for cell in cells if any(map(str.isalpha, cell)))
    contents = ReceiptContents(goods, seed=options.receipts)
    random = np.random.default_rng(options.receipts)
    records = [
        receipt_record(contents.receipt(), f"receipt-{i}", random)
        for i in range(options.receipts)
    ]
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / "receipts.jsonl"
        path.write_text("\n".join(map(json.dumps, records)), "utf-8")
        sources = _of_images(read_sroie, path)
    found: dict[str, list[Source]] = {"train": [], "dev": []}
    # Not the shops that SROIE's reader holds out, which are a fifth.
    for page, draw in (source for part in sources.values() for source in part):
        page["split"] = "dev" if _is_held_out(page["id"]) else "train"
        found[page["split"]].append((page, draw))
    return found


def _captioned_tables(
    data: Path, options: argparse.Namespace
) -> list[tuple[str, list[list[str]]]]:
    """Tables of the training parts, with captions where they have such."""
    facts = tabfact(data / "tabfact", options)["train"]
    tables = [(page["caption"], draw.keywords["table"]) for page, draw in facts]
    more = wtq(data / "wtq", options)["train"]
    return tables + [("", draw.keywords["table"]) for _, draw in more]


def _is_held_out(text: str) -> bool:
    return prepared_pages.draw(text) < prepared_pages.HELD_OUT


def _of_tables(
    records: list[Page], parts: tuple[str, ...], options: argparse.Namespace
) -> list[Source]:
    """A page for each table, with all questions about it, and `parts` of each."""
    pages: dict[str, Page] = {}
    tables = {}
    for record in records:
        name = record["table_id"]
        if name not in pages:
            pages[name] = {"id": name, "split": record["split"], "questions": []}
            pages[name] |= {"answers": [], "caption": record.get("caption", "")}
            pages[name] |= {part: [] for part in parts}
            tables[name] = record["table"]
        pages[name]["questions"].append(record["question"])
        pages[name]["answers"].append(record["answers"])
        for part in parts:
            pages[name][part].append(record.get(part))
    return [_table_source(page, tables[name], options) for name, page in pages.items()]


def _table_source(
    page: Page, table: list[list[str]], options: argparse.Namespace
) -> Source:
    draw = functools.partial(from_table, table=table, fonts=options.fonts)
    return page, draw


SETS = {
    "funsd": funsd,
    "sroie": sroie,
    "docbank": docbank,
    "kleister_nda": kleister_nda,
    "wtq": wtq,
    "tabfact": tabfact,
    "forms": forms,
    "receipts": receipts,
}


if __name__ == "__main__":
    main()
