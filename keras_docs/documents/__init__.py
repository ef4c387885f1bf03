"""Pages: images, PDF, OCR, and the boxes of words."""
