# The few commands, the same for people and CI. Needs python3 (3.11 or newer) with venv, make and git.

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p $(NEW_ENOUGH) 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin

.PHONY: help run test check fix bench bench-quick screenshots clean

help:
	@echo "make run          start the daemon on port 7979 with a demonstration; Ctrl-C ends both"
	@echo "make test         run the whole test suite"
	@echo "make check        lint, types and formatting"
	@echo "make fix          repair formatting and what the linter can"
	@echo "make screenshots  take the pictures of the documentation anew"
	@echo "make bench        measure what is promised about speed; make bench-quick in short"

run: .venv/runs
	@$(BIN)/pypes demo --with-daemon

test: .venv/tests
	$(BIN)/pytest $(ARGS)

check: .venv/tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fix: .venv/tests
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/tests
	$(BIN)/python -m bench

bench-quick: .venv/tests
	$(BIN)/python -m bench --quick

screenshots: .venv/tests
	PYTHONPATH=tests $(BIN)/python -m ui.pictures

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# What `make run` needs is little, so that a newcomer waits for little; the rest comes with the tests.
.venv/runs: pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) $(NEW_ENOUGH) \
	  || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "the venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/tests: .venv/runs
	@echo "adding what tests need to .venv (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
