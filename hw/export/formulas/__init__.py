"""Formulas: taken out of Markdown, TeX to MathML, MathML to Typst."""
