# Nagara: every command of the project. `make` alone prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
UV := .uv/bin/uv
export DJANGO_SETTINGS_MODULE := nagara.config.settings
# An image may forbid byte code, which makes every start cost seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-dev run demo test check format bench messages lock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.uv/bin/uv:
	@echo "Setting up: the installer"
	@python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.run: requirements.lock pyproject.toml | .uv/bin/uv
	@echo "Setting up: libraries"
	@test -x $(PY) || $(UV) venv --quiet --python "$$(command -v python3)" .venv
	@$(UV) pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	@echo "Setting up: libraries for tests"
	@$(UV) pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements-dev.lock
	@touch $@

setup: .venv/.run ## Set everything up, start nothing
	@.venv/bin/nagara setup

setup-dev: .venv/.dev

run: setup demo ## Set up, load the demo world, serve it on PORT (8000)
	@.venv/bin/nagara serve

demo: setup ## Load the demo world into an empty NAGARA_DATA (var/)
	@.venv/bin/nagara demo

test: .venv/.dev ## Set up and run all checks and tests
	@.ci/checks
	@.ci/tests

check: .venv/.dev ## Formatting, lint, types, import contracts, migrations, translations
	@.ci/checks

format: .venv/.dev ## Format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench: .venv/.dev ## Measure, beside a baseline in the same run
	@$(PY) -m benchmarks

messages: .venv/.dev ## Collect the texts to translate
	@.venv/bin/nagara messages

lock: .uv/bin/uv ## Resolve the libraries anew
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Remove what set-up made (never var/)
	@rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache
