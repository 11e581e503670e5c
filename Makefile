# Two commands: `make demo` serves a demo commune, `make test` runs every test there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SOAK_MINUTES ?= 10
KILLS ?= 500
PHONE_RUNS ?= 25
PAGE_RUNS ?= 5000
CLIENT := $(shell find client_pwa -path client_pwa/node_modules -prune -o -type f -print 2>/dev/null)

# Debian's python3 can't put pip into a virtual environment unless python3-venv is installed: then pip does it.
MAKE_VENV = @$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
	{ $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }

.PHONY: demo test check lint types vitest pytest soak phones pages sabotage kills bench real-forms fill-forms oracle clean lock help
.DEFAULT_GOAL := help

help:
	@echo "make demo   set up and serve a demo commune at http://localhost:$(PORT)"
	@echo "make test   run every test (Python, TypeScript, browser)"
	@echo "make soak   the laws of sync for SOAK_MINUTES ($(SOAK_MINUTES)), with counts"
	@echo "make phones PHONE_RUNS ($(PHONE_RUNS)) communes of random phones, as they are, on a server as it is"
	@echo "make pages  PAGE_RUNS ($(PAGE_RUNS)) pulls with anything between two pages"
	@echo "make sabotage  every law shown failing under a named fault in the real code"
	@echo "make kills  the server killed KILLS ($(KILLS)) times under load, nothing lost"
	@echo "make bench  what bench/README.md lists, as JSON"
	@echo "make real-forms  what becomes of questionnaires that others use"
	@echo "make oracle  answers fuzzed into forms through our engine and an independent one"
	@echo "make fill-forms  each of these filled in a browser, from the first question to the last"
	@echo "make lock   pin the Python packages again"

$(VENV)/.run: requirements.lock pyproject.toml hatch_build.py
	$(MAKE_VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.client: $(VENV)/.run $(CLIENT)
	$(BIN)/python hatch_build.py
	@test -f $(VENV)/.linked || $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(VENV)/.linked $@

$(VENV)/.test: requirements-test.lock
	$(MAKE_VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

demo: $(VENV)/.client
	$(BIN)/thon demo --port $(PORT)

test: $(VENV)/.client $(VENV)/.test
	$(BIN)/python tests/find_chromium.py --install
	$(MAKE) --no-print-directory lint types
	$(MAKE) --no-print-directory -j2 vitest pytest

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python hatch_build.py npm run --silent lint

types:
	$(BIN)/mypy
	$(BIN)/python hatch_build.py npm run --silent check

vitest:
	$(BIN)/python hatch_build.py npm run --silent test

pytest:
	$(BIN)/python -m pytest tests -n 2 --dist loadfile --durations=25

# The long ones: not part of `make test`.
soak: $(VENV)/.client $(VENV)/.test
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES)

phones: $(VENV)/.client $(VENV)/.test
	PHONE_RUNS=$(PHONE_RUNS) PHONE_STEPS=40 $(BIN)/python hatch_build.py npm exec -- vitest run tests/random_phones.test.ts

pages: $(VENV)/.client $(VENV)/.test
	PAGE_RUNS=$(PAGE_RUNS) $(BIN)/python -m pytest tests/test_laws_pages_at_random.py

sabotage: $(VENV)/.client $(VENV)/.test
	$(BIN)/python -m tests.sabotage

kills: $(VENV)/.client $(VENV)/.test
	$(BIN)/python -m tests.kills --times $(KILLS)

bench: $(VENV)/.client $(VENV)/.test
	$(BIN)/python -m bench

oracle: $(VENV)/.client $(VENV)/.test
	$(BIN)/python -m tests.oracle

fill-forms: $(VENV)/.client $(VENV)/.test
	$(BIN)/python tests/find_chromium.py --install
	$(BIN)/python -m tests.fill_forms

real-forms: $(VENV)/.run
	$(BIN)/python -m tests.real_forms

lock:
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --no-emit-index-url --no-emit-find-links --no-header --no-annotate --universal --python-version 3.11 --generate-hashes \
	  requirements.in -o requirements.lock
	$(BIN)/uv pip compile -q --no-emit-index-url --no-emit-find-links --no-header --no-annotate --universal --python-version 3.11 --generate-hashes \
	  requirements-test.in -o requirements-test.lock

clean:
	rm -rf $(VENV) client_pwa/node_modules server/client demo-data
