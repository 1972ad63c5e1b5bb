# `make setup` prepares everything; every other target runs it first, and it is quick once done.
.DEFAULT_GOAL := help
SHELL := /bin/bash
comma := ,
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1
# Sources that ruff reads; models/ and benchmarks/ are scripts.
SOURCES := core edge cloud firmware-sim tests models benchmarks docs dashboards tools
# The tests wait more than they compute. The long files come first by their folders' names, the short ones fill the end.
TEST_PROCESSES ?= $(shell cores=$$(nproc); echo $$(( cores < 4 ? cores + 1 : 4 )))

.PHONY: help setup web setup-train demo test test-calendar coverage mutants check docs glossary-check fmt bench decisions pages audit chaos cluster soak growth dashboards panels clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## install what is missing (apt packages, .venv); safe to repeat
	@tools/setup.sh

web: setup  ## build the pages (cloud/web), if their sources changed; setup does it too

setup-train: setup  ## .venv-train with PyTorch, ultralytics and OpenVINO, for models/ and its tests
	@tools/setup_train.sh

demo: setup  ## play the city: SECONDS=150 to end by itself, STORY=storm, two-storms or calm
	@$(BIN)/siaga-sim demo $(if $(STORY),--story $(STORY)) $(if $(filter command line environment,$(origin SECONDS)),--seconds $(SECONDS))

coverage: setup  ## the rules in core by their own tests; less than 100 % of lines and branches fails
	@mkdir -p .run
	@$(BIN)/python -m pytest tests/unit/core/rules -q --numprocesses $(TEST_PROCESSES) --cov --cov-report=term-missing

mutants: setup  ## mutation testing of the rules in core, an hour or more; a score below 85 % fails (docs/testing.md)
	@nice $(BIN)/python tools/mutants.py

test: setup  ## every test, on a real TimescaleDB and Mosquitto that the tests start
	@$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

test-calendar: setup  ## tests that depend on the date, on 15 shifted dates and once on a slow CPU (DAYS=leap-day,slow-cpu)
	@tools/shifted_clock/compiler.sh
	@nice $(BIN)/python -m tools.shifted_clock.run $(if $(DAYS),--days $(DAYS))

check: setup docs  ## formatting, lint, types, import contracts, documentation, coverage of the rules
	@$(BIN)/ruff format --check $(wildcard $(SOURCES))
	@$(BIN)/ruff check $(wildcard $(SOURCES))
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@tools/web.sh check
	@$(MAKE) --no-print-directory coverage

glossary-check: setup  ## names and prose against docs/glossary.md
	@$(BIN)/python tools/glossary_check.py

docs: setup  ## build the documentation site into .run/site; warnings are errors
	@$(BIN)/mkdocs build --strict --quiet

audit: setup  ## known vulnerabilities of what is installed (skipped where no source of advisories can be reached)
	@$(BIN)/python tools/audit.py

fmt: setup  ## format and mend what can be mended
	@$(BIN)/ruff check --fix $(wildcard $(SOURCES))
	@$(BIN)/ruff format $(wildcard $(SOURCES))
	@cd cloud/web && npm run --silent fmt

bench: setup  ## product against baseline, as ratios, to .run/bench.json
	@$(BIN)/python benchmarks/run.py

decisions: setup  ## what boxes decide on labelled drawn stories, to .run/decisions.json and docs/decisions.md
	@nice $(BIN)/python -m benchmarks.decisions --page

chaos: setup  ## break everything at random for SECONDS=120 by SEED=1, then compare what was sent with what is stored
	@$(BIN)/python -m benchmarks.chaos --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),120) --seed $(or $(SEED),1)

cluster: setup  ## the same boxes and ingest on three nodes of RabbitMQ and of NATS that die: installs them, to .run/cluster.json
	@tools/cluster.sh
	@$(BIN)/python -m benchmarks.cluster $(if $(ENGINES),--engines $(ENGINES))

soak: setup  ## the demo city for SECONDS=7200 (20 times as fast as the river), and what grows meanwhile, to .run/city_soak.json
	@$(BIN)/python benchmarks/city_soak.py --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),7200)

growth: setup  ## ingest, pages, panels and disk while readings grow to MILLIONS=1,10 (100: 20 GB), to .run/growth.json
	@$(BIN)/python benchmarks/growth.py --millions $(or $(MILLIONS),1$(comma)10)

pages: setup  ## pictures and figures of every page, to .run/pages and .run/pages.json
	@nice $(BIN)/python -m benchmarks.pages

dashboards: setup  ## write dashboards/generated from dashboards/build.py
	@$(BIN)/python -m dashboards.build

panels: setup  ## time every query of the dashboards on a year of a city, to .run/panels.json
	@$(BIN)/python -m benchmarks.panels

clean:  ## forget what the demo left under .run
	@rm -rf .run
