# One door to everything. A fresh machine needs Python 3.11 or later and make; the rest comes by itself, pinned and checked.

PYTHON ?= python3
UV     := $(or $(shell command -v uv),.local/uv/bin/uv)
READY  := .venv/.synced
RUN    := .venv/bin/python -m
EXPORT := --frozen --no-emit-project --no-annotate --no-header

define PYTHON_CHECK
$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
  "Python 3.11 or later with its venv module is needed:" \
  "install it (on Debian: python3-venv), or name one you have, as in 'make up PYTHON=python3.12'." >&2; exit 2; }
endef

.DEFAULT_GOAL := help
.PHONY: help demo up down status test bench check fmt contracts lock

help: ## say what can be asked for
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## show the platform at work, from nothing (CERTIFICATES=1000 SEED=7)
	@$(RUN) deploy.local.demo $(if $(CERTIFICATES),--certificates $(CERTIFICATES)) $(if $(SEED),--seed $(SEED)) $(ARGS)

up: $(READY) ## start the local stack (SERVERS_ONLY=1: without our services)
	@$(RUN) deploy.local up $(if $(SERVERS_ONLY),--servers-only)

down: $(READY) ## end what `make up` has started
	@$(RUN) deploy.local down

status: $(READY) ## list what runs: versions, ports, processes, memory
	@$(RUN) deploy.local status

test: $(READY) ## run the tests, on servers of their own (ARGS="-k name")
	@.venv/bin/pytest $(ARGS)

bench: $(READY) ## measure what the platform carries
	@$(RUN) tests.load.bench $(ARGS)

check: $(READY) ## lint, types, architecture, and whether the generated contracts are current
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/pyright --pythonpath .venv/bin/python
	@.venv/bin/lint-imports
	@$(RUN) contracts.generate --check
	@$(RUN) services.gateway.schema --check
	@$(RUN) contracts.compatibility

fmt: $(READY) ## format the code
	@.venv/bin/ruff check --fix --quiet
	@.venv/bin/ruff format

contracts: $(READY) ## generate the schemas that cross a boundary
	@$(RUN) contracts.generate
	@$(RUN) services.gateway.schema --write

lock: $(READY) ## lock the newest allowed packages and the servers' jars, each with its hash
	@$(UV) lock --upgrade
	@$(UV) export --quiet $(EXPORT) --output-file requirements.lock
	@$(RUN) deploy.local.jars

$(READY): requirements.lock pyproject.toml | $(UV)
	@$(PYTHON_CHECK)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.local/uv/bin/uv: deploy/local/uv.lock.txt
	@$(PYTHON_CHECK)
	@$(PYTHON) -m venv .local/uv
	@.local/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@
