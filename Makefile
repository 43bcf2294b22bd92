# `make help` lists the targets. Every target sets up what it needs; nothing else has to be run first.
PYTHON ?= python3
PROFILE ?= full
REPORTS ?= reports
NAME ?=
PARAMS ?=

BIN := .venv/bin
READY := .venv/.ready
QUICK := notebooks/params/quick.yaml

# A report is a notebook with its own defaults, or a notebook with a parameter file named <notebook>-<variant>.yaml.
# The scoreboard and the benchmarks train nothing: they show what others have written.
NOTEBOOKS := $(filter-out scoreboard benchmarks,$(basename $(notdir $(wildcard notebooks/*.ipynb))))
VARIANTS := $(basename $(notdir $(wildcard notebooks/params/*-*.yaml)))
TRAINED := $(NOTEBOOKS) $(VARIANTS)
NAMES := $(TRAINED) benchmarks
ALL := $(NAMES) scoreboard
EXPORTERS := $(wildcard hw/export/*.py hw/export/templates/*)
CODE := $(filter-out $(EXPORTERS),$(shell find hw -name '*.py' -o -name '*.toml'))

ifeq ($(filter $(PROFILE),full quick),)
$(error PROFILE must be full or quick, got $(PROFILE))
endif

# Threads that wait spin for a shorter time than they would by themselves: alone that costs nothing, beside other work it is
# what keeps them from taking the cores from one another.
export GOMP_SPINCOUNT ?= 10000

# Reports are made side by side and share the cores: two at a time, and shortened ones, too small for several threads, one on
# each core.
CORES := $(shell getconf _NPROCESSORS_ONLN)
JOBS ?= $(if $(filter quick,$(PROFILE)),$(CORES),2)
MAKEFLAGS += -j$(JOBS)
$(REPORTS)/%: export OMP_NUM_THREADS ?= $(shell echo $$(($(CORES) > $(JOBS) ? $(CORES) / $(JOBS) : 1)))

# A report from the future, made before the clock was put back, would seem newer than whatever is changed now: it is stale.
$(shell find $(REPORTS) -maxdepth 1 -type f -newermt now -exec touch -t 197001020000 {} + 2> /dev/null)

.DELETE_ON_ERROR:
TARGETS := help setup report lab new test lint bench gallery readme clean FORCE
.PHONY: $(TARGETS) $(NAMES)

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 28
	@for name in $(NAMES); do printf '%-28s%s\n' $$name "the report $(REPORTS)/$$name.html and .pdf"; done
	@echo 'Variables: PROFILE=quick (seconds instead of minutes), REPORTS=folder, PYTHON=interpreter,'
	@echo '           JOBS=2 (reports made at the same time), PARAMS="-p author Ada" (passed on to papermill)'

setup: $(READY)  ## create .venv with the exact tested versions
report: $(REPORTS)/index.html  ## run all notebooks and render them into HTML and PDF, with an index
lab: $(READY)  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir notebooks
new:  ## NAME=my_report: a working notebook of your own, which `make report` finds
	$(if $(shell echo '$(NAME)' | grep -xE '[a-z][a-z0-9_]*'),,$(error NAME must be lower-case letters, digits and _, got '$(NAME)'))
	$(if $(filter $(NAME),$(TARGETS) $(ALL) index),$(error NAME must be new, got $(NAME)))
	@sed 's/my_report/$(NAME)/; s/my-report/$(subst _,-,$(NAME))/' notebooks/template/report.ipynb > notebooks/$(NAME).ipynb
	@echo 'now edit notebooks/$(NAME).ipynb, and run make $(NAME)'
test: $(READY)  ## run the tests
	$(BIN)/pytest
lint: $(READY)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
bench: $(READY)  ## measure speed beside peers, into benchmarks/results.json (under an hour)
	$(BIN)/python benchmarks
gallery: report  ## copy the reports' PDFs and recorded numbers into reports/gallery, and write README's tables anew
	mkdir -p reports/gallery
	cp $(ALL:%=$(REPORTS)/%.pdf) reports/gallery
	$(BIN)/python -m hw.report.scoreboard $(REPORTS) > reports/gallery/results.json
	$(MAKE) --no-print-directory readme
readme: $(READY)  ## write README's tables anew from the code and reports/gallery/results.json
	$(BIN)/python tools/readme.py
clean:  ## remove the reports and the environment
	rm -rf .venv $(addprefix $(REPORTS)/,index.html .*.*.* $(ALL:%=%.*))

$(NAMES): %: $(REPORTS)/%.html $(REPORTS)/%.pdf

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Holds the profile and the parameters of the last build: its time changes only when they do.
$(REPORTS)/.settings: FORCE
	@mkdir -p $(@D)
	@echo '$(PROFILE) $(subst ','\'',$(PARAMS))' | cmp -s - $@ || echo '$(PROFILE) $(subst ','\'',$(PARAMS))' > $@

# Whatever is made gets its name when it is whole: a build that is killed leaves no half of it, and two builds at once do not
# write into the same file. PART is the name until then.
PART = $(REPORTS)/.$*.$$$$

# $(call run,papermill's arguments): a notebook that failed keeps its traceback as <name>.failed.ipynb.
define run
	@mkdir -p $(@D); echo "running $*"; start=$$(date +%s); \
	$(BIN)/papermill $< $(PART).ipynb --log-level WARNING $(if $(filter 1,$(JOBS)),,--no-progress-bar) $(1) && \
	mv $(PART).ipynb $@ && rm -f $(REPORTS)/$*.failed.ipynb && echo "$* took $$(($$(date +%s) - start)) s" || { \
		echo "report $* failed: the traceback is above" >&2; [ ! -e $(PART).ipynb ] || \
		{ mv $(PART).ipynb $(REPORTS)/$*.failed.ipynb; echo "and in $(REPORTS)/$*.failed.ipynb" >&2; }; exit 1; }
endef

# $(call render,format): by nbconvert.
define render
	@$(BIN)/jupyter nbconvert --log-level WARN --to homework-$(1) --output .$*.$$$$ $(2) $< && mv $(PART).$(1) $@
endef

.SECONDEXPANSION:
$(TRAINED:%=$(REPORTS)/%.ipynb): $(REPORTS)/%.ipynb: notebooks/$$(firstword $$(subst -, ,$$*)).ipynb \
		$$(wildcard notebooks/params/$$*.yaml) $(QUICK) $(CODE) $(REPORTS)/.settings $(READY)
	$(call run,$(patsubst %,-f %,$(wildcard notebooks/params/$*.yaml)) $(if $(filter quick,$(PROFILE)),-f $(QUICK)) $(PARAMS))

$(REPORTS)/benchmarks.ipynb: $(REPORTS)/%.ipynb: notebooks/%.ipynb benchmarks/results.json $(CODE) $(READY)
	$(call run,-p measured benchmarks/results.json)

$(REPORTS)/scoreboard.ipynb: $(REPORTS)/%.ipynb: notebooks/%.ipynb $(NAMES:%=$(REPORTS)/%.ipynb)
	$(call run,-p reports $(REPORTS))

$(REPORTS)/%.html: $(REPORTS)/%.ipynb $(EXPORTERS)
	$(call render,html,--HomeworkHTMLExporter.links=True)
$(REPORTS)/%.pdf: $(REPORTS)/%.ipynb $(EXPORTERS)
	$(call render,pdf)

$(REPORTS)/index.html: $(foreach name,$(ALL),$(REPORTS)/$(name).html $(REPORTS)/$(name).pdf)
	@cp $(REPORTS)/scoreboard.html $@.part && mv $@.part $@
	@echo "reports are in $(REPORTS)/: open $@"
