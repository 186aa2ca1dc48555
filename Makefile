# Tocsin. `make` alone prints this manual; every target says what it is for.
#
#   make run                        install what is needed, then start everything; Ctrl-C stops it
#   make run ARGS="--bind 0.0.0.0:8000 --no-sample"
#   make test                       the suite on SQLite
#
# PYTHON=/path/to/python3.12 chooses the interpreter (3.11 or newer). DATABASE_URL, TOCSIN_DATA_DIR and the others
# are read from the environment: docs/settings.md lists them.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
POSTGRES ?= postgres://postgres@127.0.0.1:5432/postgres
PY     := $(VENV)/bin/python
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-postgres check fix bench fresh e2e chaos schemathesis

help:  ## print this manual
	@sed -n '/^# /s/^# //p;/^#$$/s/.*//p' Makefile | sed -n '1,8p'
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

# --- For everybody --------------------------------------------------------------------------------------------------

install: $(VENV)/.installed  ## what it takes to run, pinned by requirements.lock

run: install  ## start everything in the foreground: migrate, first start, web server, task workers
	@exec $(PY) manage.py up $(ARGS)

# --- For developers -------------------------------------------------------------------------------------------------

install-dev: $(VENV)/.installed-dev  ## what it takes to test and check, pinned by requirements-dev.lock

test: install-dev  ## the suite on SQLite
	$(BIN)/pytest -n 2 $(ARGS)

test-postgres: install-dev  ## the suite and the races on PostgreSQL, at DATABASE_URL or the local server
	@export DATABASE_URL="$${DATABASE_URL:-$(POSTGRES)}"; \
	$(PY) -c 'import os, sys, psycopg; psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5).close()' 2>/dev/null \
	  || { echo "DATABASE_URL: no PostgreSQL answers at $${DATABASE_URL##*@}; start one or set the variable." >&2; exit 1; }; \
	exec $(BIN)/pytest -n 2 -m "not e2e and not chaos and not schemathesis" $(ARGS)

check: install-dev  ## everything that can be told without running it: style, types, contracts, settings, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	TOCSIN_BASE_URL=https://tocsin.example.org $(PY) manage.py check --deploy --fail-level WARNING

fix: install-dev  ## repair style where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

e2e: install-dev  ## whole processes, a real monitor, a real mail sink
	$(BIN)/pytest -m e2e $(ARGS)

chaos: install-dev  ## kill -9 while alerts come in: nothing is lost, nothing doubled
	$(BIN)/pytest -m chaos $(ARGS)

schemathesis: install-dev  ## the APIs' own schemas, tried out: no 5xx, no answer that breaks them
	$(BIN)/pytest -n 2 -m schemathesis $(ARGS)

bench: install-dev  ## measure, as ratios
	bench/run.sh $(ARGS)

fresh: install  ## throw the development data away and begin again
	$(PY) -c 'import shutil; from config import env, settings as s; shutil.rmtree(s.TOCSIN_DATA_DIR)'
	@exec $(PY) manage.py up $(ARGS)

# --- How it is installed --------------------------------------------------------------------------------------------
# uv where it is on the path or in the venv, or can be had from PyPI; else pip. A stamp remembers the lock file.

$(VENV)/.installed: requirements.lock
	@$(MAKE) --no-print-directory .venv-made
	@$(call install_lock,requirements.lock)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(call install_lock,requirements-dev.lock)
	@touch $@

define install_lock
echo "Installing $(1)"; \
uv=$$(command -v uv || command -v $(BIN)/uv || true); \
if [ -z "$$uv" ] && $(PY) -m pip --quiet --disable-pip-version-check install uv 2>/dev/null; then uv=$(BIN)/uv; fi; \
if [ -n "$$uv" ]; then "$$uv" pip install --quiet --require-hashes --python $(PY) -r $(1); \
else $(PY) -m pip --quiet --disable-pip-version-check install --require-hashes -r $(1); fi
endef

.PHONY: .venv-made
.venv-made:
	@[ -x $(PY) ] && exit 0; \
	found=$$($(PYTHON) -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null) || found=; \
	if [ -z "$$found" ]; then \
	  echo "Tocsin needs Python 3.11 or newer, and '$(PYTHON)' is not: give one with make PYTHON=/path/to/python3.11 run" >&2; exit 1; fi; \
	if command -v uv >/dev/null; then uv venv --quiet --python "$$found" $(VENV); \
	elif "$$found" -c 'import ensurepip' 2>/dev/null; then "$$found" -m venv $(VENV); \
	elif "$$found" -m pip --version >/dev/null 2>&1; then \
	  "$$found" -m venv --without-pip $(VENV) && "$$found" -m pip --quiet --python $(PY) install uv; \
	else echo "'$$found' has neither ensurepip nor pip: install uv, or the package python3-venv." >&2; exit 1; fi
