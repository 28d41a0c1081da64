# `make run` serves the hotline on this machine; `make test` checks all of it. Needs Python 3.11 or newer.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.version_info >= (3, 11) and print(sys.argv[1])' $(p) 2>/dev/null)))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --constraint constraints.txt
RUN_STAMP := .venv/.requirements
DEV_STAMP := .venv/.requirements-dev

.PHONY: help .venv run demo test lint bench chaos screenshots clean
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z.-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(RUN_STAMP) ## Serve the hotline: http://127.0.0.1:8000 (PORT and DATA_DIR can be set)
	@exec $(BIN)/python -m hotline run

demo: export DATA_DIR ?= var/demo
demo: $(RUN_STAMP) ## The same with a believable data set, in var/demo
	@$(BIN)/python -m hotline demo
	@exec $(BIN)/python -m hotline run

test: $(DEV_STAMP) ## Lint, types, import contracts and all tests
	@sh scripts/install_browser.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

bench: $(DEV_STAMP) ## Benchmarks, into bench/results (ONLY="speech whole_path" for some)
	@sh scripts/install_ffmpeg.sh
	@$(BIN)/python -m bench.run $(ONLY)

chaos: $(DEV_STAMP) ## The long fault runs
	@$(BIN)/python scripts/chaos.py
	@$(BIN)/python -m scripts.calls 1000
	@$(BIN)/python -m scripts.odd_recordings

screenshots: $(DEV_STAMP) ## Refresh docs/images
	@sh scripts/install_browser.sh
	@$(BIN)/python scripts/screenshots.py

.venv: $(RUN_STAMP) ## Only the virtual environment that `make run` needs

$(RUN_STAMP): requirements.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or set PYTHON=/path/to/python3"; exit 1; }
	@echo "Making .venv with $(PYTHON): a minute or two the first time"
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PIP) --requirement requirements.txt
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.txt requirements-sherpa.txt
	$(PIP) --requirement requirements-dev.txt
	@touch $@

clean: ## Remove the virtual environment and caches, never var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
