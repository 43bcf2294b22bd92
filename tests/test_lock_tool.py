"""The pinned versions: their hashes, and what `make audit` refuses."""

import re
import subprocess

from conftest import ROOT
from packaging.utils import canonicalize_name

from tools.lock import lock

LEFT_TO_THE_MACHINE = {"torch", "torchvision"}


def _pins(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.+]+)", text, re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


def test_every_pinned_version_that_setup_installs_has_hashes_and_is_the_same():
    constraints = _pins("constraints.txt")
    hashed = _pins("requirements.txt")
    assert not LEFT_TO_THE_MACHINE & hashed.keys()
    different = {name: pin for name, pin in hashed.items() if constraints.get(name, pin) != pin}
    assert different == {}, "run `make lock`"
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\w)", text.partition("\n\n")[2] or text)
    lacking = [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert lacking == []


def test_every_dependency_is_among_the_hashes():
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    hashed = _pins("requirements.txt").keys() | LEFT_TO_THE_MACHINE
    wanted = {"click", "papermill", "nbconvert", "typst", "pytest", "ruff"}
    wanted |= {
        canonicalize_name(requirement.name)
        for text in requires("papermill") or []
        if not (requirement := Requirement(text)).marker or requirement.marker.evaluate()
    }
    assert wanted <= hashed


def test_what_the_machine_decides_on_is_left_out_of_the_hashes():
    text = "numpy==1 \\\n    --hash=sha256:a\ntorch==2 \\\n    --hash=sha256:b\n"
    text += "nvidia-cublas==3 ; sys_platform == 'linux' \\\n    --hash=sha256:c\nzipp==4\n"
    assert lock(text).split("\n", 2)[2] == "numpy==1 \\\n    --hash=sha256:a\nzipp==4\n"


def test_make_audit_fails_on_what_could_not_be_looked_up_and_on_licences_of_the_gpl():
    command = ["make", "--dry-run", "audit", "READY=pyproject.toml"]
    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
    assert 'pip-audit" --strict' in plan
    assert re.search(r'pip-licenses" .*--fail-on "GPL;', plan)
    assert re.search(r'pip-licenses" .*--allow-only "MIT;BSD;', plan)
