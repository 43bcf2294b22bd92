"""Where a report comes from."""

import torch

import hw
from hw.report import environment


def test_provenance_names_code_data_and_settings_that_differ_from_the_defaults(small_garments):
    config = hw.ClassifierConfig(epochs=3, seeds=[4, 5])
    source = hw.provenance(small_garments, config, torch.device("cpu"))
    assert list(source) == [
        *("code", "versions", "machine", "device", "precision", "data", "seeds"),
        *("parameters", "finished", "wall time"),
    ]
    assert source["seeds"] == "4, 5"
    assert "epochs=3" in source["parameters"]
    assert "batch_size" not in source["parameters"]
    assert source["data"].startswith("synthetic, SHA-256")


def test_a_library_that_is_not_installed_is_told():
    assert environment.describe_environment(["no-such-library"])["versions"].endswith(
        "no no-such-library"
    )
