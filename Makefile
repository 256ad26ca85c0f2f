# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything generated lies in build/; the home folder of whoever calls make is read for pip's, git's and pyenv's settings only.
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

# The environment of every tool after `setup`: a home folder of its own, with the user's settings (pip's are copied there by `setup`).
GIT_SETTINGS := $(firstword $(wildcard $(HOME)/.gitconfig $(HOME)/.config/git/config))
IN_VENV := env HOME=$(BUILD)/home PATH="$(BIN):$(PATH)" PYTHONPATH=$(BUILD)/collections:$(CURDIR)/tests \
	PYENV_ROOT=$(or $(PYENV_ROOT),$(HOME)/.pyenv) $(if $(GIT_SETTINGS),GIT_CONFIG_GLOBAL=$(GIT_SETTINGS))

# Say what is run without its environment, and run it: as make's own child, so that it learns when make is killed.
run = @echo "== $(1)"; exec $(IN_VENV) $(1)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## Install what is missing: apt packages (as root), build/venv, the collection's link
	@command -v python3 >/dev/null || { echo "Python is missing. Run: sudo apt-get install --yes python3, then the same make command again."; exit 1; }
	@python3 tests/bootstrap/setup.py

.PHONY: demo
demo: setup ## Boot an array and two nodes, break things, and audit them
	$(call run,tests/demo/run)

# All that is tested goes through one runner; tests/bootstrap/parts.py says what it runs.
test_run = @exec $(IN_VENV) python tests/bootstrap/test_run.py $(1)

.PHONY: check
check: setup ## The inner loop, three minutes at most: lint and unit tests of what changed, and an audit of the lab
	$(call test_run,--changed)

.PHONY: test
test: setup ## Everything: lint, sanity, unit tests, the page in Chromium, AWX's stub, and all cases on the lab; KEEP_GOING=1 runs on after a failure
	$(call test_run)

.PHONY: test-matrix
test-matrix: setup ## sanity, unit tests and an audit of the lab on every ansible-core, and on the oldest Python of hosts
	$(call run,python tests/bootstrap/matrix.py)

.PHONY: mutation
mutation: setup ## Break each rule of the pure core, and see a test turn red (an hour; MODULES=verdict for one)
	$(call run,pip install --quiet --disable-pip-version-check cosmic-ray)
	$(call run,python tests/mutation/run.py $(MODULES))

.PHONY: lint
lint: setup ## ruff, yamllint, REUSE, changelog, documentation, artifact, ansible-lint
	$(call test_run,lint)

.PHONY: sanity
sanity: setup ## ansible-test sanity, of the newest ansible-core
	$(call test_run,sanity)

.PHONY: unit
unit: setup ## Unit tests, also on the oldest ansible-core, and the modules on every Python from 3.6 on that is at hand; TESTS=path for some
	$(call test_run,$(or $(TESTS),unit))

.PHONY: browser
browser: setup ## The report in Chromium: what a person does with it, what a hostile one tries, and axe-core; TESTS=tests/browser/test_hostile.py for some
	$(call test_run,$(or $(TESTS),browser))

.PHONY: awx
awx: setup ## The playbook sanops.multipath.awx against a stub of AWX's API (the first run fetches awx.awx, 56 MB)
	$(call test_run,awx)

.PHONY: scenario
scenario: setup ## The cases on the lab, or some: TESTS=tests/scenarios/test_audit.py::TestVerdicts
	$(call test_run,$(or $(TESTS),scenario))

.PHONY: bench
bench: setup ## Measure against peers, side by side: all, or BENCH=node, fleet, scale, slices, lookups, removal or page; see docs/performance.md
	@python3 tests/bootstrap/browser.py
	@$(IN_VENV) python -m perf $(BENCH) $(if $(SHARE),--share $(SHARE))

.PHONY: molecule
molecule: setup ## All cases of the scenarios on the lab, as molecule runs them, or SCENARIO=audit
	$(call run,python tests/bootstrap/scenarios.py $(SCENARIO))

.PHONY: ee
ee: setup ## Build the execution environment with podman and test it; INVENTORY=path also audits that inside it
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
lab-down: setup ## Stop the lab; nothing of it keeps running
	@$(IN_VENV) python -m lab down

.PHONY: clean
clean: ## Stop the lab and remove build/
	@if [ -d build/lab ] && [ -x $(BIN)/python ]; then $(IN_VENV) python -m lab down; fi
	rm -rf build
