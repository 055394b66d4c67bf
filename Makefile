# The front door.  CMake does the building; each target here works alone on a fresh
# Debian 12, since it first sees that what it needs is installed.

PREFIX       ?= /usr/local
DESTDIR      ?=
STINT_WERROR ?= OFF
FUZZ_SECONDS ?= 30
JOBS         ?= $(shell nproc)

CONFIGURE = cmake -DSTINT_WERROR=$(STINT_WERROR) --preset
BUILD     = cmake --build -j $(JOBS) --preset
DEMO      = build/release/bin/stint run examples/diabetes.yaml --run-dir runs/diabetes

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-lint demo test test-long asan tsan bench fuzz lint wasm-check format docs install clean

help:
	@echo 'make demo       build, run the example on real data, print the verdict and the report'
	@echo 'make test       build with assertions and run every test of seconds'
	@echo 'make test-long  the same and every test of minutes'
	@echo 'make asan tsan  the tests of `make test` under the sanitizers'
	@echo 'make bench      measure against the targets and, where installed, the peers'
	@echo 'make fuzz       every fuzzer for FUZZ_SECONDS (now $(FUZZ_SECONDS))'
	@echo 'make lint       layering, format, clang-tidy, WebAssembly, scripts, docs'
	@echo 'make wasm-check compile what is meant for every platform for wasm32; part of lint'
	@echo 'make format     rewrite the C sources in the house format'
	@echo 'make docs       write docs/config.md and docs/stint.1 from the tables they tell of'
	@echo 'make install    into PREFIX (now $(PREFIX)), under DESTDIR'
	@echo 'make setup      install what a build needs; the targets above do it themselves'
	@echo 'make clean      remove what was built, not runs/'

setup:
	@tools/setup

setup-lint:
	@tools/setup --lint

demo: setup
	@$(CONFIGURE) release >/dev/null
	@$(BUILD) release --target stint_command
	$(DEMO)

test: setup
	@$(CONFIGURE) debug >/dev/null
	@$(BUILD) debug
	@tools/run_tests debug --label-exclude long

test-long: setup
	@$(CONFIGURE) debug >/dev/null
	@$(BUILD) debug
	@tools/run_tests debug

asan tsan: setup
	@$(CONFIGURE) $@ >/dev/null
	@$(BUILD) $@
	@tools/run_tests $@ --label-exclude long

bench: setup
	@$(CONFIGURE) release >/dev/null
	@$(BUILD) release
	bench/run $(BENCH_ARGS)

fuzz: setup-lint
	@$(CONFIGURE) fuzz >/dev/null
	@$(BUILD) fuzz
	@tools/run_fuzzers $(FUZZ_SECONDS)

# The debug configuration: with assertions on, the analyzer knows what the code knows.
lint: setup setup-lint
	@$(CONFIGURE) debug >/dev/null
	@$(BUILD) debug --target stint_command
	@tools/lint build/debug

wasm-check: setup-lint
	@tools/wasm_check

format: setup-lint
	@tools/lint --format

docs: setup
	@$(CONFIGURE) release >/dev/null
	@$(BUILD) release --target stint_command
	@build/release/bin/stint --config-reference > docs/config.md.tmp
	@mv docs/config.md.tmp docs/config.md
	@build/release/bin/stint --man > docs/stint.1.tmp
	@mv docs/stint.1.tmp docs/stint.1

install: setup
	@$(CONFIGURE) release >/dev/null
	@$(BUILD) release --target stint_command
	@DESTDIR='$(DESTDIR)' cmake --install build/release --prefix '$(abspath $(PREFIX))'
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

clean:
	rm -rf $(addprefix build/,release debug asan tsan fuzz)
