"""The tree as Typst code, and the PDF."""
