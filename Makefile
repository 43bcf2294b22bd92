# `make help` lists the targets. Every target sets up what it needs; nothing else has to be run first.
PYTHON ?= python3
PROFILE ?= full
REPORTS ?= reports
PARAMS ?=

BIN := .venv/bin
READY := .venv/.ready
QUICK := notebooks/params/quick.yaml

# A report is a notebook with its own defaults, or a notebook with a parameter file named <notebook>-<variant>.yaml.
NOTEBOOKS := $(filter-out scoreboard,$(basename $(notdir $(wildcard notebooks/*.ipynb))))
VARIANTS := $(basename $(notdir $(wildcard notebooks/params/*-*.yaml)))
NAMES := $(NOTEBOOKS) $(VARIANTS)
EXPORTERS := $(wildcard hw/report/exporters.py hw/report/document.py hw/report/markup.py hw/report/templates/*)
CODE := $(filter-out $(EXPORTERS),$(shell find hw -name '*.py' -o -name '*.toml'))

ifeq ($(filter $(PROFILE),full quick),)
$(error PROFILE must be full or quick, got $(PROFILE))
endif

.DELETE_ON_ERROR:
.PHONY: help setup report lab test lint bench gallery readme clean FORCE $(NAMES)

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 28
	@for name in $(NAMES); do printf '%-28s%s\n' $$name "the report $(REPORTS)/$$name.html and .pdf"; done
	@echo 'Variables: PROFILE=quick (seconds instead of minutes), REPORTS=folder, PYTHON=interpreter,'
	@echo '           PARAMS="-p author Ada" (passed on to papermill)'

setup: $(READY)  ## create .venv with the exact tested versions
report: $(REPORTS)/index.html  ## run all notebooks and render them into HTML and PDF, with an index
lab: $(READY)  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir notebooks
test: $(READY)  ## run the tests
	$(BIN)/pytest
lint: $(READY)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
bench: $(READY)  ## measure speed beside peers
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done
gallery: report  ## copy the reports' PDFs and recorded numbers into reports/gallery, and write README's tables anew
	mkdir -p reports/gallery
	cp $(foreach name,$(NAMES) scoreboard,$(REPORTS)/$(name).pdf) reports/gallery
	$(BIN)/python -m hw.report.scoreboard $(REPORTS) > reports/gallery/results.json
	$(MAKE) --no-print-directory readme
readme: $(READY)  ## write README's tables anew from the code and reports/gallery/results.json
	$(BIN)/python -m hw.report.readme
clean:  ## remove the reports and the environment
	rm -rf .venv $(addprefix $(REPORTS)/,index.html scoreboard.* $(foreach name,$(NAMES),$(name).*))

$(NAMES): %: $(REPORTS)/%.html $(REPORTS)/%.pdf

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Holds the profile and the parameters of the last build: its time changes only when they do.
$(REPORTS)/.settings: FORCE
	@mkdir -p $(@D)
	@echo '$(PROFILE) $(subst ','\'',$(PARAMS))' | cmp -s - $@ || echo '$(PROFILE) $(subst ','\'',$(PARAMS))' > $@

# $(call run,name,papermill's arguments): the executed notebook gets its name when it is whole; one that failed keeps its
# traceback as <name>.failed.ipynb.
define run
	@echo "running $(1)"
	@$(BIN)/papermill $< $(REPORTS)/$(1).failed.ipynb --log-level WARNING $(2) \
		|| { echo "report $(1) failed: the traceback is above and in $(REPORTS)/$(1).failed.ipynb" >&2; exit 1; }
	@mv $(REPORTS)/$(1).failed.ipynb $@
endef

.SECONDEXPANSION:
$(NAMES:%=$(REPORTS)/%.ipynb): $(REPORTS)/%.ipynb: notebooks/$$(firstword $$(subst -, ,$$*)).ipynb \
		$$(wildcard notebooks/params/$$*.yaml) $(QUICK) $(CODE) $(REPORTS)/.settings $(READY)
	$(call run,$*,$(patsubst %,-f %,$(wildcard notebooks/params/$*.yaml)) $(if $(filter quick,$(PROFILE)),-f $(QUICK)) $(PARAMS))

$(REPORTS)/scoreboard.ipynb: notebooks/scoreboard.ipynb $(NAMES:%=$(REPORTS)/%.ipynb)
	$(call run,scoreboard,-p reports $(REPORTS))

$(REPORTS)/%.html: $(REPORTS)/%.ipynb $(EXPORTERS)
	@$(BIN)/jupyter nbconvert --log-level WARN --to homework-html --HomeworkHTMLExporter.links=True $<
$(REPORTS)/%.pdf: $(REPORTS)/%.ipynb $(EXPORTERS)
	@$(BIN)/jupyter nbconvert --log-level WARN --to homework-pdf $<

$(REPORTS)/index.html: $(REPORTS)/scoreboard.html $(REPORTS)/scoreboard.pdf \
		$(foreach name,$(NAMES),$(REPORTS)/$(name).html $(REPORTS)/$(name).pdf)
	@cp $< $@
	@echo "reports are in $(REPORTS)/: open $@"
