# Platemark. `make help` lists the targets; each does its own set-up, once.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PYTHON_STAMP := $(VENV)/.lock-installed
PACKAGE_STAMP := $(VENV)/.package-installed
# npm writes this file itself at the end of a complete installation.
NODE_STAMP := node_modules/.package-lock.json
CONTRACTS_STAMP := .cache/contracts.stamp
PLUGINS := ledger/gate/plugins
HOST_STAMPS := .tools/octoprint/.installed .tools/moonraker/.installed
SOURCES := $(wildcard contracts/src/*.sol contracts/src/*/*.sol)

# How much of ledger/ the tests must reach, branches counted (percent).
COVERAGE := 90

# Whatever the environment says: hundreds of processes start in the tests, and without bytecode on
# disk each would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=

# For tests that share nothing and wait for no clock: a process for each core, and 4 at most.
CORES := -n auto --maxprocesses=4

# Runs of each fuzz test of the contracts in `make prove`; `make prove RUNS=1000000` takes hours.
RUNS := 10000

# Stamps lie in the folder that they vouch for: who deletes a folder deletes its stamp.

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(PYTHON_STAMP) $(PACKAGE_STAMP) $(NODE_STAMP) $(CONTRACTS_STAMP) ## Install everything that the others need (they do it themselves)

.PHONY: demo
demo: setup ## Play the whole way, from a design file to its audit, in the terminal
	@$(BIN)/python scripts/demo.py

.PHONY: test
test: setup ## Run all tests, the quick ones first, and print the coverage
	@rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest $(CORES) --dist worksteal tests/unit
	$(BIN)/python -m coverage run -m pytest $(CORES) --dist loadfile tests/contracts
	$(BIN)/python -m coverage run -m pytest tests \
	    --ignore=tests/unit --ignore=tests/contracts --ignore=tests/hosts
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report --include='ledger/*' --fail-under=$(COVERAGE)

.PHONY: test-unit
test-unit: setup ## Run the tests that need no chain and no service
	$(BIN)/python -m pytest $(CORES) --dist worksteal tests/unit

.PHONY: test-hosts
test-hosts: setup hosts ## Print on a real OctoPrint and a real Moonraker, and try the ways around the gate
	PLATEMARK_REQUIRE_HOSTS=1 $(BIN)/python -m pytest tests/hosts

.PHONY: test-contracts
test-contracts: $(CONTRACTS_STAMP) ## Run the forge tests, 10,000 runs of each fuzz test, with a fixed seed
	@$(BIN)/python scripts/prove.py test

.PHONY: prove
prove: $(CONTRACTS_STAMP) ## Prove the contracts at length (RUNS of each fuzz test: 10,000)
	@$(BIN)/python scripts/prove.py --runs $(RUNS)

.PHONY: check
check: setup ## Check style, types, layers, lock files and generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_locks.py
	$(BIN)/python scripts/gen_cli_docs.py --check
	$(BIN)/python scripts/gen_api_docs.py --check

.PHONY: format
format: setup ## Put the Python sources into the one style
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: lock
lock: setup ## Resolve the dependencies anew and write the lock files
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	    --quiet --output-file requirements.lock
	for pin in halmos==0.3.3 slither-analyzer==0.11.6; do \
	    echo $$pin | $(BIN)/uv pip compile - --universal --python-version 3.11 \
	        --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	        --quiet --output-file contracts/$${pin%%[-=]*}.lock || exit 1; \
	done
	for host in octoprint moonraker; do \
	    $(BIN)/uv pip compile scripts/hosts/$$host.in --universal --python-version 3.11 \
	        --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
	        --quiet --output-file scripts/hosts/$$host.lock || exit 1; \
	done
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: kubo
kubo: ## Build the real IPFS node with Go into .tools/bin
	@sh scripts/build_kubo.sh

.PHONY: hosts
hosts: $(HOST_STAMPS) ## Install OctoPrint and Moonraker with our plugins, each in its own environment
	@for host in octoprint moonraker; do \
	    for part in release $$host; do \
	        rm -rf .tools/$$host/source && cp -R $(PLUGINS)/$$part .tools/$$host/source && \
	        .tools/$$host/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	            --no-build-isolation --force-reinstall .tools/$$host/source || exit 1; \
	    done; \
	done

.PHONY: bench
bench: setup ## Measure hashing and sealing of a large file, and the gate on a running stack
	@$(BIN)/python scripts/bench.py
	@$(BIN)/python scripts/bench_gate.py

.PHONY: gas
gas: setup ## Print what each operation costs on chain, one JSON line each
	@$(BIN)/python scripts/gas.py

.PHONY: clean
clean: ## Remove what was installed or built here (keys and data stay)
	rm -rf $(VENV) node_modules .cache .tools build dist *.egg-info .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: require
require:
	@sh scripts/require.sh

# `require` stands behind the bar: it must pass first, but its running makes nothing stale.
$(PYTHON_STAMP): requirements.lock | require
	$$(sh scripts/require.sh python) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(PACKAGE_STAMP): pyproject.toml $(PYTHON_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.tools/%/.installed: scripts/hosts/%.lock | require
	$$(sh scripts/require.sh python) -m venv .tools/$*
	.tools/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(NODE_STAMP): package-lock.json package.json | require
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(CONTRACTS_STAMP): $(SOURCES) ledger/artifacts.py scripts/solc $(NODE_STAMP) $(PACKAGE_STAMP)
	$(BIN)/python -c "from ledger import artifacts; artifacts.load()"
	@mkdir -p $(@D)
	@touch $@
