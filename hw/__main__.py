"""``python -m hw``: the command ``hw``, also where its folder is not on the search path."""

from hw.cli import main

if __name__ == "__main__":  # not in the processes that it starts
    main(prog_name="hw")
