# The project's commands. `make help` lists them.

CARGO ?= cargo
# Built as one workspace and run from here: `cargo run -p` would build the dependencies again with other features.
BIN = $(shell $(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug
# What the local world builds or fetches is kept outside the clone, by version.
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mergeaudit/tools
DENY_VERSION = 0.20.2
DENY = $(CACHE)/cargo-deny-$(DENY_VERSION)/bin/cargo-deny
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Bring up the local world, merge something unreviewed, and show finding, counter and page (DEMO_EXIT=1: then tear down)
	$(CARGO) build --quiet --workspace --bins
	$(BIN)/mergeaudit-demo

.PHONY: test
test: lint tools ## Everything that proves the product, from unit to end to end
	$(CARGO) test --workspace --no-fail-fast
	DEMO_EXIT=1 $(MAKE) --no-print-directory demo
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --quiet

.PHONY: lint
lint: $(DENY) ## Formatting, clippy, and the licences and sources of dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(DENY) --log-level error check bans licenses sources

$(DENY):
	@echo "building cargo-deny $(DENY_VERSION) … (a few minutes the first time)"
	env -u CARGO_TARGET_DIR $(CARGO) install --quiet --locked --debug --root $(CACHE)/cargo-deny-$(DENY_VERSION) cargo-deny@$(DENY_VERSION)

.PHONY: tools
tools: ## Build the local world's tools (kube-apiserver, etcd, …) once; about 10 minutes the first time
	$(CARGO) build --quiet --workspace --bins
	$(BIN)/mergeaudit-cluster tools

.PHONY: cluster
cluster: ## Start a control plane and print its KUBECONFIG; stays until Ctrl-C
	$(CARGO) build --quiet --workspace --bins
	$(BIN)/mergeaudit-cluster up

.PHONY: generate
generate: ## Rewrite the generated files (crds/, tables in the README)
	UPDATE=1 $(CARGO) test --quiet --test generated
	UPDATE=1 $(CARGO) test --quiet --test chart manifests
