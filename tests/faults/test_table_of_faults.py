"""The table of faults in tests/README.md counts the cases."""

import pytest
from table import README, updated


def test_the_table_of_faults_counts_the_cases():
    text = README.read_text(encoding="utf-8")
    assert text == updated(text), "run `make readme`"


def test_a_row_that_nothing_counts_is_refused():
    text = README.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="nothing counts the cases of 'the moon is full'"):
        updated(f"{text}\n| the moon is full | 1 |\n")
    with pytest.raises(ValueError, match="has no row for the disk"):
        updated("\n".join(line for line in text.splitlines() if "the disk" not in line))
