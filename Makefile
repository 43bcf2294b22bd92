# `make help` lists the targets. Each sets up what it needs; nothing else has to be run first.
# What they do is the command `hw` (hw/cli.py), which works without make, too.

PYTHON ?= python3
PROFILE ?= full
REPORTS ?= reports
JOBS ?=
PARAMS ?=
NAME ?=
MINUTES ?= 10
export REPORTS NAME

BIN = .venv/bin
READY = .venv/.ready
RUN = "$(BIN)/python" -m
QUICK_full =
QUICK_quick = --quick
QUICK = $(if $(filter $(PROFILE),full quick),$(QUICK_$(PROFILE)),$(error PROFILE must be full or quick, got $(PROFILE)))
OPTIONS = $(QUICK) --out "$$REPORTS" $(if $(JOBS),--jobs $(JOBS)) $(PARAMS)
NAMES := $(sort $(basename $(notdir $(wildcard notebooks/*.ipynb notebooks/params/*-*.yaml))))

.PHONY: help setup report lab new test fuzz lint bench gallery readme clean $(NAMES)

help:  ## list the targets
	@sed -nE 's/^([a-z]+):.*## /\1@/p' Makefile | tr '@' '\t' | expand -t 28
	@printf '%-28sthis report as HTML and PDF\n' $(NAMES)
	@echo 'Variables: PROFILE=quick (seconds instead of minutes), REPORTS=folder, PYTHON=interpreter,'
	@echo '           JOBS=2 (reports built at the same time), PARAMS="-p author Ada" (for `hw report`)'

setup: $(READY)  ## create .venv with the exact tested versions

report: $(READY)  ## run all notebooks and render them as HTML and PDF, with an index
	@$(RUN) hw report $(OPTIONS)

$(NAMES): $(READY)
	@$(RUN) hw report $@ $(OPTIONS)

new: $(READY)  ## NAME=my_report: a working notebook of your own, which `make report` finds
	@$(RUN) hw new -- "$$NAME"

lab: $(READY)  ## open JupyterLab on the notebooks
	$(RUN) jupyterlab --config tools/jupyter_config.py --notebook-dir notebooks

test: $(READY)  ## run the tests
	$(RUN) pytest

fuzz: $(READY)  ## MINUTES=10: random and huge notebooks through both exporters, until one fails
	@FUZZ=300 $(RUN) pytest tests/faults/test_hostile_notebooks.py
	@end=$$(($$(date +%s) + 60 * $(MINUTES))); while [ $$(date +%s) -lt $$end ]; do \
		FUZZ=300 $(RUN) pytest tests/export/test_anything.py || exit 1; \
	done

lint: $(READY)  ## check style, formatting, types and layers
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy hw
	"$(BIN)/lint-imports"

bench: $(READY)  ## measure speed beside peers, into benchmarks/results.json (under an hour)
	"$(BIN)/python" benchmarks

gallery: report  ## copy PDFs and recorded numbers into reports/gallery, and update the tables
	@$(RUN) tools.gallery "$$REPORTS"
	$(RUN) tools.readme

readme: $(READY)  ## update the tables of README and docs from the code and the gallery
	$(RUN) tools.readme
	"$(BIN)/python" tests/faults/table.py

clean:  ## remove the reports and the environment
	rm -rf .venv $(foreach name,index $(NAMES),"$(REPORTS)"/$(name).* "$(REPORTS)"/.$(name).*)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(RUN) pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@
