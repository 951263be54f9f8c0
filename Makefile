# Every daily task. `make help` lists them; each installs what it needs first (scripts/setup, quick when all is there).
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

COLLECTION := ansible_collections/certwright/fleet
VENV       := .venv
VENV_NEW   := .venv-2.21
stage      := scripts/stage
# Tests mostly wait: for a CA, a job, a kill at the right moment.
export RUST_TEST_THREADS ?= 6

.PHONY: help
help: ## This list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

##  Getting ready and building

.PHONY: setup
setup: ## Install everything that building and testing needs (Debian packages, Rust target, Python environments)
	@scripts/setup

.PHONY: build
build: ## Build product and lab for development (target/debug)
	@scripts/setup rust
	cargo build --workspace

.PHONY: release
release: ## Build the static binary: dist/ and the collection's plugins/plugin_utils/bin/
	@scripts/setup rust
	scripts/build-release

.PHONY: release-aarch64
release-aarch64: ## The same for 64-bit Arm (optional; brings its own linker)
	@scripts/setup rust cross
	scripts/build-release aarch64

.PHONY: collection
collection: release ## Build the collection archive that Galaxy takes, into dist/
	@scripts/setup ansible
	scripts/build-collection dist

##  Testing

.PHONY: test
test: ## Everything: what CI runs
	@scripts/stage --start
	@$(stage) setup           scripts/setup
	@$(stage) lint,release    $(MAKE) --no-print-directory --jobs 2 --output-sync lint release
	@$(stage) test-rust       $(MAKE) --no-print-directory test-rust
	@$(stage) sanity          $(MAKE) --no-print-directory sanity
	@$(stage) test-ansible    $(MAKE) --no-print-directory test-ansible
	@$(stage) molecule        $(MAKE) --no-print-directory molecule
	@$(stage) demo            $(MAKE) --no-print-directory demo
	@scripts/stage --report

.PHONY: test-rust
test-rust: ## Rust tests of product and lab, with Pebble, certbot, lego and a public SCM client
	@scripts/setup rust conformance
	cargo test --workspace

.PHONY: matrix
matrix: ## Every fault at every call on a BIG-IP (a quarter of an hour; the tests run a selection)
	@scripts/setup rust
	CERTWRIGHT_EVERY_CELL=1 cargo test --test faults -- --nocapture bigip_cells

.PHONY: test-lab
test-lab: ## Only the tests of the lab
	@scripts/setup rust conformance
	cargo test --package certwright-lab

.PHONY: test-ansible
test-ansible: release lab ## The collection through ansible: ssh, become, secrets, check mode, both ansible-core versions
	@scripts/setup ansible
	$(VENV)/bin/pytest --quiet --numprocesses 2 --dist loadfile --durations 5 tests/ansible

.PHONY: molecule
molecule: release lab ## The roles, on hosts, BIG-IPs, firewalls and domains: converge, idempotence, renewal, rollback, no needless writes
	@scripts/setup ansible
	scripts/molecule test --scenario-name site
	scripts/molecule test --scenario-name f5
	scripts/molecule test --scenario-name panos
	scripts/molecule test --scenario-name domains

.PHONY: lint
lint: ## Formats and lints: Rust, Python, YAML, roles, licences, changelog
	@scripts/setup rust ansible
	scripts/lint

.PHONY: sanity
sanity: ## ansible-test sanity on both ansible-core versions
	@scripts/setup ansible
	@$(MAKE) --no-print-directory --jobs 2 --output-sync sanity-$(VENV) sanity-$(VENV_NEW)

sanity-%:
	scripts/sanity $*

##  Showing

.PHONY: demo
demo: release lab ## A small estate on a real nginx and Apache, from nothing to HTTPS; leaves nothing running
	@scripts/setup ansible
	scripts/demo

.PHONY: figures
figures: release lab ## Measure sizes, times, memory and API calls, as docs/figures.md has them
	@scripts/setup ansible conformance
	$(VENV)/bin/python scripts/figures

.PHONY: docs
docs: build ## Write the modules' documentation stubs from the Rust options
	target/debug/certwright doc --write $(COLLECTION)/plugins
	scripts/link-actions

.PHONY: lab
lab:
	@scripts/setup rust
	@cargo build --quiet --package certwright-lab

.PHONY: clean
clean: ## Remove what was built (target/, dist/, .cache/ and the Python environments)
	rm -rf target dist .cache .venv .venv-* $(COLLECTION)/plugins/plugin_utils/bin $(COLLECTION)/tests/output
