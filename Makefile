# Southbound. `make help` lists what can be made; the steps themselves are scripts in .ci.

# A toolchain in /opt/swift is found without being on the PATH.
ifeq ($(shell command -v swift 2>/dev/null),)
export PATH := /opt/swift/usr/bin:$(PATH)
endif

.DEFAULT_GOAL := help
.PHONY: help setup build test check fmt protos demo conformance interop fuzz sanitize bench bench-rpc bench-compile bench-lsp accept modules demo-containers clean

help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing: Debian packages, a Python environment for the tests
	@.ci/setup

build: setup ## Build everything, for debugging
	swift build

test: setup ## Build, then run all tests
	@.ci/test

check: setup ## Check format, generated code, protos and compose file
	@.ci/check

fmt: ## Format the Swift sources in place
	@.ci/format

accept: setup ## Take what the compiler prints now as the golden files and the page of errors
	SOUTHBOUND_ONLY=Language,LanguageTests SOUTHBOUND_ACCEPT=1 swift test --filter 'The table of errors'

protos: setup ## Generate the code that is made from Protos
	@.ci/protos .

demo: setup ## Deploy the website example through four processes, and verify each state
	swift build
	.build/debug/southbound-demo

conformance: setup ## Judge the HTTP/2 server by h2spec, if that is installed
	@.ci/conformance

interop: setup ## Run the gRPC interop cases with PyPI's grpcio in both directions; one table a pairing
	@.ci/interop

SECONDS ?= 60

fuzz: setup ## Fuzz each parser of foreign bytes for SECONDS=60
	@.ci/fuzz $(SECONDS)

sanitize: setup ## Run the tests of the wire under the thread and the address sanitizer
	@.ci/sanitize

bench: setup ## Measure; prints tables
	swift build -c release
	@.ci/bench

bench-rpc: setup ## Measure RPC beside nghttpd and PEERS='NAME=COMMAND with {port}', each pinned to a core
	SOUTHBOUND_ONLY=rpc-bench-server,rpc-bench-client \
	  swift build -c release --static-swift-stdlib --scratch-path .build-rpc
	@.ci/bench-rpc $(if $(PEERS),"$(PEERS)")

bench-compile: setup ## Measure the compiler on generated models; INMANTA=VENV compares
	SOUTHBOUND_ONLY=southbound-bench-models swift build -c release
	@.ci/bench-compile $(INMANTA)

bench-lsp: setup ## Measure the language server: from a keystroke to its answer
	SOUTHBOUND_ONLY=southbound swift build -c release
	@.ci/bench-lsp

modules: setup ## Try published modules: parse, types, a small main; one table an interpreter
	SOUTHBOUND_ONLY=southbound swift build
	@.venv-tests/bin/python .ci/modules

demo-containers: ## Build the four images with buildah, and deploy the website example through them
	@Docker/demo

clean: ## Remove what was built and the Python environment
	rm -rf .build .build-* .venv-tests
