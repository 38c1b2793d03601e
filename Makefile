# Everything a newcomer needs: `make run` to use the emulator, `make test` and `make check` to work on it.
# Wants only Python 3.11 or newer with its venv module; everything else is installed into .venv from the lock files.
# `make check` and `make format` also want Node 18 or newer with npm: the dashboard's tools go into node_modules.

VENV       := .venv
UV_VERSION := 0.13.8

# The first interpreter that is new enough. Set PYTHON=... to use another one.
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$candidate; break; fi; done)

# Parallel test processes (0: run in one process), and free arguments for `serve` (run) or pytest (test).
WORKERS ?= 2
ARGS    ?=

BIN   := $(VENV)/bin
UV    := $(BIN)/uv --quiet --no-progress
PIP   := $(UV) pip install --python $(BIN)/python
CODE  := emulator tests

# A stamp says what has been installed, so that a second call has nothing to do.
HAS_UV    := $(VENV)/.has-uv-$(UV_VERSION)
HAS_RUN   := $(VENV)/.has-run
HAS_TOOLS := $(VENV)/.has-tools
HAS_JS    := node_modules/.has-tools

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run install test coverage check deps bench format lock evidence screenshots vendor clean distclean python

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: $(HAS_RUN) ## Serve on http://127.0.0.1:7333 (flags: make run ARGS="--port 8000")
	@exec $(BIN)/ark-emulator serve $(ARGS)

install: $(HAS_TOOLS) ## Install everything needed to work on the project into .venv

# The tests start hundreds of programs: where no bytecode may be kept, each of them would compile everything anew.
test: $(HAS_TOOLS) ## Run the whole test suite (one part: make test ARGS=tests/core)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) $(ARGS)

# Not part of `make test`: a measured test takes about twice as long.
coverage: $(HAS_TOOLS) ## Measure branch coverage of the core and the dialects by their own tests; fails below the floor
	@mkdir -p build
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) tests/core tests/dialects $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(HAS_TOOLS) $(HAS_JS) ## Lint, check the formatting and the types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	npm run --silent check

deps: $(HAS_TOOLS) ## Test the HTTP layer with the oldest and the newest dependencies that are allowed
	$(BIN)/python -m tools.deps $(ARGS)

bench: $(HAS_TOOLS) ## Measure speed and size against bare aiohttp (one row: make bench ARGS="'POST create'")
	$(BIN)/python -m tests.bench.speed $(ARGS)

format: $(HAS_TOOLS) $(HAS_JS) ## Format the code and apply the safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm run --silent format

# The smaller lock is bound to the larger one, so that `make run` and `make test` never disagree on a version.
# The build group is in both: installing the project without build isolation needs it.
COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

lock: $(HAS_UV) ## Write the lock files anew (newer versions: make lock ARGS=--upgrade)
	$(BIN)/$(COMPILE) $(ARGS) --group test --group check --group build --extra fast --extra redis -o requirements.lock
	$(BIN)/$(COMPILE) --no-annotate --group build --extra fast --extra redis -c requirements.lock -o requirements-run.lock

evidence: $(HAS_TOOLS) ## Run the published clients and renew docs/evidence.md; needs node, npm, go, javac and mvn
	$(BIN)/pytest -n 0 tests/sdk --write-evidence
	$(BIN)/python tests/docs/test_evidence_page.py

screenshots: $(HAS_TOOLS) ## Take the pictures of docs/images from the real dashboard anew (needs Chromium)
	$(BIN)/python -m tools.screenshots

vendor: ## Copy the dashboard's libraries from npm anew (needs npm; what it writes is committed)
	$(if $(PYTHON),$(PYTHON),python3) tools/vendor.py

clean: ## Remove caches and build results
	rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv and node_modules too
	rm -rf $(VENV) node_modules

python: # Print the interpreter that would be used; .ci/run asks for it.
	@echo $(PYTHON)

$(HAS_UV):
	@if [ -z "$(PYTHON)" ]; then \
		echo "Ark Emulator needs Python 3.11 or newer, and none was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Ark Emulator needs Python 3.11 or newer; $(PYTHON) is older or does not run." >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$(PYTHON) cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; fi
	@echo "Preparing $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@rm -f $(VENV)/.has-*
	@touch $@

$(HAS_RUN): requirements-run.lock pyproject.toml emulator/ark_emulator/__init__.py $(HAS_UV)
	@echo "Installing what the emulator needs to run"
	@$(PIP) --require-hashes -r requirements-run.lock
	@$(PIP) --no-deps --no-build-isolation --reinstall-package ark-emulator --editable .
	@touch $@

$(HAS_TOOLS): requirements.lock $(HAS_RUN)
	@echo "Installing the test and check tools"
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

$(HAS_JS): package.json package-lock.json
	@if ! node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null || ! command -v npm >/dev/null; then \
		echo "The dashboard's tools need Node 18 or newer with npm. On Debian and Ubuntu: sudo apt install nodejs npm" >&2; \
		exit 1; fi
	@echo "Installing the dashboard's formatter and type checker"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
