"""Markdown as Jupyter, MyST and Quarto read it, to HTML."""
