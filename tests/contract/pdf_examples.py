"""PDF files made byte by byte."""

TEXT = "BT /F1 24 Tf 60 700 Td (Total due) Tj 300 -400 Td (12.50) Tj ET"


def pdf(contents=(TEXT,), extra="", encrypt=""):
    """A PDF with a page for each content stream."""
    pages = [5 + 2 * i for i in range(len(contents))]
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(pages)} /Kids "
        f"[{' '.join(f'{p} 0 R' for p in pages)}] >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for number, content in zip(pages, contents, strict=True):
        objects[number] = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Contents {number + 1} 0 R {extra} "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects[number + 1] = (
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
        )
    text, places = "%PDF-1.4\n", {}
    for number, body in sorted(objects.items()):
        places[number] = len(text)
        text += f"{number} 0 obj\n{body}\nendobj\n"
    start, count = len(text), max(objects) + 1
    text += f"xref\n0 {count}\n0000000000 65535 f \n"
    for number in range(1, count):
        kind = "n" if number in places else "f"
        text += f"{places.get(number, 0):010d} 00000 {kind} \n"
    text += f"trailer\n<< /Size {count} /Root 1 0 R {encrypt} >>\n"
    return (text + f"startxref\n{start}\n%%EOF\n").encode()
