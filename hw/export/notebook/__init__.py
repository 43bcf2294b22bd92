"""An executed notebook read into one tree: its cells, outputs, pictures, headings and numbers."""
