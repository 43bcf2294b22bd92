"""The table of faults in tests/README.md counts the cases."""

import re

from conftest import ROOT
from test_faulty_data import FAULTS, FILES, SPOILT
from test_faulty_parameters import PARAMETERS, misspelt, never_right
from test_killed_runs import BUILD_KILLS, SWEEP_KILLS


def test_the_table_of_faults_counts_the_cases():
    lines = (ROOT / "tests/README.md").read_text(encoding="utf-8").splitlines()
    table = [line.split("|")[1:3] for line in lines if re.match(r"\| [^|]+\| +\d+ \|", line)]
    cases = {
        "a parameter is": sum(len(never_right(parameter)) for _, parameter in PARAMETERS),
        "a parameter's name": sum(len(misspelt(parameter)) for _, parameter in PARAMETERS),
        "a mirror": len(FAULTS),
        "a cached file": len(SPOILT) * len(FILES),
        "a sweep is": SWEEP_KILLS,
        "a build is": BUILD_KILLS,
    }
    for start, count in cases.items():
        assert [int(cell) for name, cell in table if name.strip().startswith(start)] == [count], (
            start
        )
