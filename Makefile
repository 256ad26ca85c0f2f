# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

# All generated files are in build/. Of the caller's home folder only the settings of pip, git and pyenv are read.
BUILD := $(CURDIR)/build
BIN := $(BUILD)/venv/bin
NODE ?= node1

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export ANSIBLE_COLLECTIONS_PATH := $(BUILD)/collections
export ANSIBLE_HOME := $(BUILD)/home/.ansible
export ANSIBLE_SSH_CONTROL_PATH_DIR := $(BUILD)/cp
export ANSIBLE_NOCOWS := 1
export HYPOTHESIS_STORAGE_DIRECTORY := $(BUILD)/cache/hypothesis
export MOLECULE_GLOB := molecule/*/molecule.yml
export PIP_CACHE_DIR := $(BUILD)/cache/pip
export PYTHONDONTWRITEBYTECODE := 1
export PYTHONUNBUFFERED := 1
export XDG_CACHE_HOME := $(BUILD)/cache

# The environment of every tool after `setup`: a home folder of its own, to which `setup` copies the user's pip settings.
GIT_SETTINGS := $(firstword $(wildcard $(HOME)/.gitconfig $(HOME)/.config/git/config))
IN_VENV := env HOME=$(BUILD)/home PATH="$(BIN):$(PATH)" \
	PYTHONPATH=$(BUILD)/collections:$(CURDIR)/tests:$(CURDIR)/tests/support/bytecode \
	PYENV_ROOT=$(or $(PYENV_ROOT),$(HOME)/.pyenv) $(if $(GIT_SETTINGS),GIT_CONFIG_GLOBAL=$(GIT_SETTINGS))

# Print the command without its environment, and run it as make's own child, so that it ends when make is killed.
run = @echo "== $(1)"; exec $(IN_VENV) $(1)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## Install what is missing: apt packages (as root), build/venv, the collection's link
	@command -v python3 >/dev/null || { echo "Python is missing. Run: sudo apt-get install --yes python3, then the same make command again."; exit 1; }
	@python3 tests/bootstrap/setup.py

.PHONY: demo
demo: setup ## Boot an array and two nodes, break their devices, and audit them
	$(call run,tests/demo/run)

# One runner for all tests; tests/bootstrap/parts.py lists their parts.
test_run = @exec $(IN_VENV) python tests/bootstrap/test_run.py $(1)

.PHONY: check
check: setup ## Test what changed, in three minutes at most: lint, unit tests, and an audit of the lab
	$(call test_run,--changed)

.PHONY: test
test: setup ## Test everything: lint, sanity, unit tests, the page in Chromium, AWX's stub, the lab; KEEP_GOING=1: do not stop at a failure
	$(call test_run)

.PHONY: test-matrix
test-matrix: setup ## Run sanity, unit tests and an audit of the lab on every ansible-core, and on the oldest Python of hosts
	$(call run,python tests/bootstrap/matrix.py)

.PHONY: mutation
mutation: setup ## Check that a test fails for each broken rule of the core (an hour; MODULES=verdict for one module)
	$(call run,pip install --quiet --disable-pip-version-check cosmic-ray)
	$(call run,python tests/mutation/run.py $(MODULES))

.PHONY: lint
lint: setup ## Run ruff, yamllint, REUSE, ansible-lint; check changelog, documentation and artifact
	$(call test_run,lint)

.PHONY: sanity
sanity: setup ## Run ansible-test sanity of the newest ansible-core
	$(call test_run,sanity)

.PHONY: unit
unit: setup ## Run the unit tests, also on the oldest ansible-core, and the modules on every installed Python from 3.6 on; TESTS=path for some
	$(call test_run,$(or $(TESTS),unit))

.PHONY: browser
browser: setup ## Test the report in Chromium: its use, hostile values, accessibility (axe-core); TESTS=tests/browser/test_hostile.py for some
	$(call test_run,$(or $(TESTS),browser))

.PHONY: awx
awx: setup ## Test the playbook sanops.multipath.awx against a stub of AWX's API (the first run fetches awx.awx, 56 MB)
	$(call test_run,awx)

.PHONY: scenario
scenario: setup ## Run the cases on the lab, or some: TESTS=tests/scenarios/test_audit.py::TestVerdicts
	$(call test_run,$(or $(TESTS),scenario))

.PHONY: bench
bench: setup ## Measure the speed beside that of peers: all, or BENCH=node, fleet, scale, slices, lookups, removal or page; see docs/performance.md
	@python3 tests/bootstrap/browser.py
	@$(IN_VENV) python -m perf $(BENCH) $(if $(SHARE),--share $(SHARE))

.PHONY: molecule
molecule: setup ## Run all cases on the lab with molecule, or SCENARIO=audit
	$(call test_run,molecule$(addprefix -,$(SCENARIO)))

.PHONY: ee
ee: setup ## Build the execution environment with podman and test it; INVENTORY=path: also audit that inventory in it
	@$(IN_VENV) python tests/bootstrap/ee.py $(INVENTORY)

.PHONY: ee-lock
ee-lock: setup ## Renew the lock files of the execution environment (ee/)
	@$(IN_VENV) python tests/bootstrap/ee_lock.py

.PHONY: lab-build
lab-build: setup ## Build the images of the lab's machines
	@$(IN_VENV) python -m lab build

.PHONY: lab-up
lab-up: setup ## Boot the lab
	@$(IN_VENV) python -m lab up

.PHONY: lab-status
lab-status: setup ## Show what the lab is doing
	@$(IN_VENV) python -m lab status

.PHONY: lab-ssh
lab-ssh: setup ## Open a shell on a machine of the lab: NODE=node1, node2 or array
	@$(IN_VENV) python -m lab ssh $(NODE)

.PHONY: lab-down
lab-down: setup ## Stop the lab and all its processes
	@$(IN_VENV) python -m lab down

.PHONY: clean
clean: ## Stop the lab and remove build/
	@if [ -d build/lab ] && [ -x $(BIN)/python ]; then $(IN_VENV) python -m lab down; fi
	rm -rf build
