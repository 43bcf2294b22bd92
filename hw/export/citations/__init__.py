"""Citations: BibTeX files, author–year or CSL styles, and the list of references."""
