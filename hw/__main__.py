"""``python -m hw``: the command ``hw``, also where its folder is not on the search path."""

from hw.cli import main

main()
