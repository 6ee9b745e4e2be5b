# The development manual: `make help` lists it. Needed are make and Python 3.11 or newer, nothing else;
# every target sets up what it uses, once, under .venv and .oracles.

PYTHON ?= python3
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEMO := demo

# Each program that judges from outside has an environment of its own, .oracles/NAME, made from its pins:
# tests/oracles/NAME-constraints.txt, which `make lock` makes of NAME.in, or NAME-npm.txt.
ORACLE_PINS := $(patsubst %.in,%-constraints.txt,$(wildcard tests/oracles/*.in))
ORACLES := $(patsubst tests/oracles/%-constraints.txt,.oracles/%/.installed,$(ORACLE_PINS)) \
	$(patsubst tests/oracles/%-npm.txt,.oracles/%/.installed,$(wildcard tests/oracles/*-npm.txt))

# What pages use in the browser. Where there is no npm they do without: charts are tables, forms load whole pages.
VENDORED := archive/web/static/vendor/.installed
WITH_NPM := $(if $(shell command -v npm),$(VENDORED))

# What a service needs, and nothing to develop with: the same pins, fewer of them.
SERVICE_PINS := deploy/constraints.txt
PREFIX := /usr/local/lib/stet

# Only `make lock` runs it, in an environment of its own.
UV := uv==0.13.9
LOCKER := .oracles/uv
COMPILE := $(LOCKER)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint lock oracles vendor install clean

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

demo: $(INSTALLED) $(WITH_NPM) ## play the story of two pretend outlets, and leave its pages in ./demo
	@if [ -e $(DEMO) ] && ! grep -qs '^# The home of the demo' $(DEMO)/stet.toml; then \
		echo "stet: ./$(DEMO) is not a home that 'make demo' left; move it away first" >&2; exit 2; fi
	@rm -rf $(DEMO)
	@$(BIN)/stet demo --folder $(DEMO)
	@echo; echo "The pages are in $(CURDIR)/$(DEMO)/pages"

test: lint ## all checks, then all tests
	$(BIN)/python -m pytest -n auto

lint: $(INSTALLED) ## the checks without the tests: style, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

oracles: $(ORACLES) ## programs that judge our WARC files from outside, for tests/oracles

vendor: $(VENDORED) ## what pages use in the browser, from npm; they work without it

install: $(WITH_NPM) ## into PREFIX, to run it as a service: docs/running.md
	@.ci/venv $(PREFIX) $(SERVICE_PINS)
	@$(PREFIX)/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps \
		--no-build-isolation --force-reinstall .
	@echo "installed: $(PREFIX)/bin/stet"

lock: $(LOCKER)/.installed ## pin anew what pyproject.toml asks for; pins that still fit stay
	@$(COMPILE) --extra dev pyproject.toml -o constraints.txt >/dev/null
	@$(COMPILE) --extra postgresql -c constraints.txt pyproject.toml deploy/build.in -o $(SERVICE_PINS) >/dev/null
	@for pins in $(ORACLE_PINS); do $(COMPILE) $${pins%-constraints.txt}.in -o $$pins >/dev/null || exit 1; done
	@for pins in constraints.txt $(SERVICE_PINS) $(ORACLE_PINS); do \
		{ echo "# Made by 'make lock': exact versions with hashes, and no index address."; cat $$pins; } > $$pins.new \
		&& mv $$pins.new $$pins; done

clean: ## remove all that was made here, the demo's home included
	@if grep -qs '^# The home of the demo' $(DEMO)/stet.toml; then rm -rf $(DEMO); fi
	rm -rf $(VENV) .oracles archive/web/static/vendor dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find archive crawler scheduler tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): constraints.txt pyproject.toml .ci/venv
	@.ci/venv $(VENV) constraints.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

.oracles/%/.installed: tests/oracles/%-constraints.txt .ci/venv
	@.ci/venv $(@D) $<
	@touch $@

.oracles/%/.installed: tests/oracles/%-npm.txt .ci/npm
	@.ci/npm $(@D) $<
	@touch $@

$(VENDORED): archive/web/npm.txt .ci/npm
	@.ci/npm $(@D) $<
	@touch $@

$(LOCKER)/.installed: Makefile
	@$(PYTHON) -m venv --clear $(LOCKER)
	@$(LOCKER)/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	@touch $@
