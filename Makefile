# The doors to this house. Everything is installed into .venv, nothing anywhere else.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST_ARGS ?=
BENCH_ARGS ?=
BROWSER_ARGS ?=
SCALE_ARGS ?=
SOAK_ARGS ?=
# One more than two cores have use for: those whose tests share an Airflow wait for it half of the time.
TEST_PROCESSES ?= 3
# Many container images switch the cache of bytecode off. Every process of Airflow then compiles 2,000 modules anew.
unexport PYTHONDONTWRITEBYTECODE
# The object stores, each with an environment that has its extra and no other.
STORES := s3 gcs azure
# The versions of Airflow beside the newest, which `make test` has: each as what is installed of it, and the day whose
# packages it is installed with. Airflow sets no upper bounds, and breaks with what is published years later.
AIRFLOW ?= 2.11 3.0 3.1 3.2
PINS_2.11 := apache-airflow==2.11.0 requests==2.32.3 --exclude-newer 2025-06-15
PINS_3.0 := apache-airflow==3.0.6 apache-airflow-providers-fab --exclude-newer 2025-09-05
PINS_3.1 := apache-airflow==3.1.8 --exclude-newer 2026-04-01
PINS_3.2 := apache-airflow==3.2.2 apache-airflow-providers-fab --exclude-newer 2026-06-01
PINS_3.3 := apache-airflow==3.3.*

# The first interpreter that really runs (a pyenv shim may not), is new enough and can make an environment.
FIND_PYTHON = for python in python3.13 python3.12 python3.11 python3.10 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 \
	&& { echo $$python; break; }; done
PYTHON ?= $(shell $(FIND_PYTHON))

.DEFAULT_GOAL := help
.PHONY: help demo ui test test-fast test-matrix test-stores test-browser test-scale test-wheel reliability soak bench bench-forecasts lint hooks dist release-notes clean
.SUFFIXES:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'Options: PYTHON=python3.12 (3.10 or newer), AIRFLOW=3.1, PYTEST_ARGS="-k windows", BENCH_ARGS=--write, SOAK_ARGS="--seed 7"'

demo: $(INSTALLED) ## Load every usage family for a few days in a real Airflow, and ask the lake questions
	@$(BIN)/python scripts/demo.py

ui: $(INSTALLED) ## Open a real Airflow with the demo's lake of thirteen months, and say where
	@exec $(BIN)/python scripts/ui.py

test: lint ## Check style and types, then run the tests
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) $(PYTEST_ARGS)

test-fast: $(INSTALLED) ## Run the tests that need no Airflow and no patience (under a minute)
	@$(BIN)/python -m pytest -p tests.fast -n $(TEST_PROCESSES) $(PYTEST_ARGS)

reliability: $(INSTALLED) ## Bring about every fault in full and print what came of it (three minutes)
	@$(BIN)/python scripts/reliability.py

soak: $(INSTALLED) ## Play simulated weeks of loads against an oracle that knows the rules
	@$(BIN)/python scripts/soak.py $(SOAK_ARGS)

test-matrix: $(INSTALLED) $(AIRFLOW:%=.venv-airflow-%/.installed) ## Test each version of Airflow from 2.11 on, with a real scheduler of its own
	@$(BIN)/python -m pytest -s -p no:cacheprovider scripts/test_matrix.py --airflow '$(AIRFLOW)' $(PYTEST_ARGS)

test-stores: $(STORES:%=.venv-%/.installed) ## Test each object store's extra by itself against servers on this machine
	@for store in $(STORES); do \
		LDUSAGE_STORES=$$store .venv-$$store/bin/python -m pytest tests/stores $(PYTEST_ARGS) || exit 1; done

test-browser: .venv-browser/.installed ## Use a real Airflow's pages in headless Chromium, as a person does
	@sh tests/browser/chromium.sh
	@LDUSAGE_BROWSER=yes sh tests/browser/alone.sh .venv-browser/bin/python -m pytest tests/browser $(BROWSER_ARGS)

test-scale: .venv-scale/.installed ## Run 200 mapped loads on two Celery workers, and kill one of them
	@sh tests/scale/servers.sh
	@LDUSAGE_SCALE=yes sh tests/browser/alone.sh .venv-scale/bin/python -m pytest -rs tests/scale $(SCALE_ARGS)

bench: $(INSTALLED) .venv-bench/.installed ## Measure a load, also from far away, beside pandas, Polars, awswrangler and others (three quarters of an hour)
	@.venv-bench/bin/python -m benchmarks --airflow $(BIN)/python $(BENCH_ARGS)

bench-forecasts: .venv-bench/.installed ## Measure how far off forecasts are, against a straight line and statsforecast (ten minutes)
	@.venv-bench/bin/python -m benchmarks.forecasts $(BENCH_ARGS)

lint: $(INSTALLED) ## Check style (ruff) and types (mypy)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

hooks: $(INSTALLED) ## Run every pre-commit hook on every file: workflows against their schema, YAML, blanks, style
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure

dist: .venv-dist/.installed ## Build the sdist and the wheel into dist/, and check them (twine)
	@rm -rf dist
	@.venv-dist/bin/python -m build
	@.venv-dist/bin/twine check --strict dist/*

test-wheel: dist ## Install the wheel alone into each Airflow from 2.11 on, and load with it (three minutes)
	@$(foreach airflow,$(sort $(AIRFLOW) 3.3),.venv-dist/bin/python scripts/wheel_alone.py $(airflow) $(PINS_$(airflow)) &&) true

release-notes: ## Check that TAG=v1.2.3 can be released, and print its part of the changelog
	@$(PYTHON) scripts/release_notes.py "$(TAG)"

clean: ## Remove .venv and everything else that was made here
	rm -rf $(VENV) $(STORES:%=.venv-%) .venv-airflow-* .venv-bench .venv-browser .venv-dist .venv-scale .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment of a target, $(@D), with nothing but uv: pip does not find versions of Airflow and the cloud clients
# that fit together in reasonable time.
define ENVIRONMENT
	@test -n "$(PYTHON)" || { echo "No Python 3.10 or newer with venv found: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(@D)/bin/uv || { $(PYTHON) -m venv --clear $(@D) && $(@D)/bin/python -m pip install --quiet 'uv>=0.8'; }
endef

$(INSTALLED): pyproject.toml
	$(ENVIRONMENT)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[s3]' --group dev --group demo
	@touch $@

# Without Airflow, since the peers' dependencies need not fit Airflow's; what is measured inside Airflow runs in .venv.
.venv-bench/.installed: pyproject.toml
	$(ENVIRONMENT)
	@.venv-bench/bin/uv pip install --quiet --python .venv-bench/bin/python --group bench \
		fsspec msgspec pyarrow 'requests>=2.32.3,<3' tenacity 'urllib3>=2.3'
	@touch $@

.venv-dist/.installed: pyproject.toml
	$(ENVIRONMENT)
	@.venv-dist/bin/uv pip install --quiet --python .venv-dist/bin/python --group dist
	@touch $@

# The newest Airflow, and what drives a browser. axe-core, which finds what keeps people out of a page, comes from npm.
.venv-browser/.installed: pyproject.toml
	@command -v npm >/dev/null || { echo "Testing pages needs npm, for axe-core." >&2; exit 1; }
	$(ENVIRONMENT)
	@.venv-browser/bin/uv pip install --quiet --python .venv-browser/bin/python --editable '.[s3]' --group browser
	@npm install --silent --no-audit --no-fund --prefix .venv-browser/axe axe-core@4
	@touch $@

# The newest Airflow, and what it needs to run on several workers.
.venv-scale/.installed: pyproject.toml
	$(ENVIRONMENT)
	@.venv-scale/bin/uv pip install --quiet --python .venv-scale/bin/python --editable . --group scale
	@touch $@

.venv-airflow-%/.installed: pyproject.toml
	@test -n "$(PINS_$*)" || { echo "Airflow $* is not in the Makefile: AIRFLOW='2.11 3.0 3.1 3.2 3.3'" >&2; exit 1; }
	$(ENVIRONMENT)
	@.venv-airflow-$*/bin/uv pip install --quiet --python .venv-airflow-$*/bin/python --editable '.[s3]' --group matrix $(PINS_$*)
	@touch $@

# Azurite, an Azure Blob server, comes from npm.
.venv-%/.installed: pyproject.toml
	@test $* != azure || command -v npm >/dev/null || { echo "Testing Azure needs npm, for Azurite." >&2; exit 1; }
	$(ENVIRONMENT)
	@.venv-$*/bin/uv pip install --quiet --python .venv-$*/bin/python --editable '.[$*]' --group stores-$*
	@test $* != azure || npm install --silent --no-audit --no-fund --prefix .venv-azure/azurite azurite
	@touch $@
