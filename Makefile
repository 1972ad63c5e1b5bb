# `make setup` prepares everything. Every other target runs it first; it is quick when nothing is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
comma := ,
BIN := .venv/bin
# Compiled modules lie outside the sources. Without them each of the hundreds of programs of the tests compiles its own.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.run/bytecode
# Sources that ruff reads; models/ and benchmarks/ are scripts.
SOURCES := core edge cloud firmware-sim tests models benchmarks docs dashboards tools
# The tests wait more than they compute, so there are more processes than cores. Folder names order long files first.
TEST_PROCESSES ?= $(shell cores=$$(nproc); echo $$(( cores < 4 ? cores + 2 : 4 )))

.PHONY: $(shell sed -nE 's/^([a-z-]+):.*\#\#.*/\1/p' $(MAKEFILE_LIST)) help web

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## install missing apt packages and the Python environment .venv; safe to repeat
	@tools/setup.sh

web: setup  ## build the web pages (cloud/web) if their sources changed; setup includes this

setup-train: setup  ## install .venv-train with PyTorch, ultralytics and OpenVINO, for models/ and its tests
	@tools/setup_train.sh

setup-demo:  ## as setup, without the browsers and servers that only tests need
	@SETUP=demo tools/setup.sh

demo: setup-demo  ## play a story in the simulated city (SECONDS=150: an end; STORY=storm, two-storms or calm; KEEP=1: leave the data)
	@$(BIN)/siaga-sim demo $(if $(STORY),--story $(STORY)) $(if $(filter command line environment,$(origin SECONDS)),--seconds $(SECONDS)) $(if $(KEEP),--keep)

demo-test: setup  ## start demos, enter every role by a click, break things and read the summary; half an hour (docs/testing.md)
	@nice $(BIN)/python -m pytest -m proof --numprocesses 0 -rA tests/browser/test_demo_roles.py tests/e2e/test_demos.py

bare-demo:  ## start the demo in a bare Debian root as README says, within 3 minutes, and end it; needs root and debootstrap
	@tools/bare_demo.sh

coverage: setup  ## measure the coverage of core's rules by their own tests; fails below 100 % of lines and branches
	@mkdir -p .run
	@$(BIN)/python -m pytest tests/unit/core/rules -q --numprocesses $$(nproc) --cov --cov-report=term-missing

mutants: setup  ## run mutation tests of the rules in core, for an hour or more; fails below 85 % (docs/testing.md)
	@nice $(BIN)/python tools/mutants.py

test: setup coverage  ## run every test but the long proofs, with a TimescaleDB and a Mosquitto that the tests start
	@$(BIN)/python -m pytest -m "not proof" --ignore tests/unit/core/rules --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

proofs: setup-train  ## run the long proofs: chaos, decisions on stories, training and export of models
	@$(BIN)/python -m pytest -m proof --numprocesses 2 --dist loadfile

retrain: setup-train  ## retrain the nodes' detector on PACK=DIR and compare it with the running one (OUT=DIR; NODE=NAME: a better one is offered to that node as a shadow model)
	@test -n "$(PACK)" || { echo "PACK: expected a labelled folder, such as siaga-cloud admin review export writes" >&2; exit 2; }
	@OFFER_TO="$(NODE)" tools/retrain.sh "$(PACK)" "$(or $(OUT),.run/retrain)"

test-calendar: setup  ## run the tests that depend on the date on 15 shifted dates and on a slow CPU (DAYS=leap-day,slow-cpu; SCOPE=hours or clock: more tests)
	@tools/shifted_clock/compiler.sh
	@nice $(BIN)/python -m tools.shifted_clock.run $(if $(DAYS),--days $(DAYS)) $(if $(SCOPE),--scope $(SCOPE))

check: setup docs  ## check formatting, lint, types, import contracts, documentation, pages, names and dashboards
	@$(BIN)/ruff format --check $(wildcard $(SOURCES))
	@$(BIN)/ruff check $(wildcard $(SOURCES))
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@tools/web.sh check
	@$(BIN)/python tools/glossary_check.py --summary
	@$(BIN)/python -m tools.dashboards_check

glossary-check: setup  ## check names and prose against docs/glossary.md
	@$(BIN)/python tools/glossary_check.py

docs: setup  ## build the documentation site into .run/site; warnings are errors
	@$(BIN)/mkdocs build --strict --quiet

audit: setup  ## report known vulnerabilities of installed packages; says what could not be checked (STRICT=1: then fails)
	@$(BIN)/python tools/audit.py $(if $(STRICT),--strict)

lock: setup  ## write locks/ with the hashes of every package, after a change of pyproject.toml or constraints.txt
	@tools/lock.sh

sbom: setup  ## write bills of materials (CycloneDX) of the images and the pages into .run/sbom
	@tools/sbom.sh

release: setup  ## build what a release consists of into dist/ (KEY=ssh-key; SKIP=images,deb; STAND_INS=1: on stand-ins); docs/releasing.md
	@$(BIN)/python -m tools.release

release-proof: setup  ## build a release twice without images, compare every byte, sign, falsify, verify and install it
	@$(BIN)/python -m tools.release.proof

deb: setup  ## build the Debian package of the edge agent into .run/deb
	@tools/deb.sh

deb-test: setup  ## build it twice, install it in a clean Debian root, run, update, go back, remove; needs root and debootstrap
	@tools/deb_test.sh

deb-update-test: setup  ## update a node of the package by signed commands under a real systemd: works, broken, power cut; needs root
	@tools/deb_update.sh

fmt: setup  ## format the sources and fix lint errors that can be fixed automatically
	@$(BIN)/ruff check --fix $(wildcard $(SOURCES))
	@$(BIN)/ruff format $(wildcard $(SOURCES))
	@cd cloud/web && npm run --silent fmt

bench: setup  ## measure the product against baselines, as ratios, and write .run/bench.json
	@$(BIN)/python benchmarks/run.py

decisions: setup  ## measure the decisions of nodes on synthetic stories and on the clips of FOLDER; write .run/decisions.json and docs/decisions.md
	@nice $(BIN)/python -m benchmarks.decisions --page $(if $(FOLDER),--folder "$(FOLDER)")

foresight: setup  ## judge the forecast on simulated rivers and on the records in the folder RIVERS; write .run/foresight.json
	@nice $(BIN)/python -m benchmarks.foresight $(if $(RIVERS),--rivers "$(RIVERS)") $(if $(PAGE),--page)

street-depth: setup  ## judge the depth of streets on simulated floods whose depth is known; write .run/street_depth.json (PAGE=1: docs/street-depth.md, too)
	@nice $(BIN)/python -m benchmarks.street_depth $(if $(PAGE),--page)

chaos: setup  ## inject random faults for SECONDS=120 with SEED=1, then compare sent with stored messages
	@$(BIN)/python -m benchmarks.chaos --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),120) --seed $(or $(SEED),1)

siege: setup  ## attack the real programs beside an honest storm for SECONDS=300 with SEED=1; write .run/siege.json
	@$(BIN)/siaga-sim siege --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),300) --seed $(or $(SEED),1)

cluster: setup  ## install RabbitMQ and NATS, run ingest on clusters of them while servers fail; write .run/cluster.json
	@tools/cluster.sh
	@$(BIN)/python -m benchmarks.cluster $(if $(ENGINES),--engines $(ENGINES))

cameras: setup  ## install GStreamer's RTSP server and an ONVIF device, and open their cameras; write .run/cameras.json
	@tools/cameras.sh
	@PYTHONPATH=$(CURDIR):.run/ipycam $(BIN)/python -m benchmarks.cameras

qgis: setup  ## install QGIS (500 MB) and open the API's SensorThings as its layers, offscreen; write .run/qgis.json
	@tools/qgis.sh
	@$(BIN)/python -m benchmarks.qgis

client: setup  ## generate the Python package siaga-client from the OpenAPI, build its wheel, read the real API with it; write .run/client.json
	@tools/client.sh
	@$(BIN)/python -m benchmarks.client

crowd: setup  ## load nginx and the real programs with wrk for 2 times SECONDS=60 and six minutes; write .run/crowd.json
	@tools/crowd.sh
	@$(BIN)/python -m benchmarks.crowd --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),60)

compose-test: setup  ## build the images, deploy docker-compose.yml on a Docker Engine, and try it; write .run/compose-test.json (PAGE=1: docs/deployment.md, too)
	@tools/compose_test/engine.sh
	@$(BIN)/python -m tools.compose_test $(if $(PAGE),--page)

deployment-docs: setup  ## run the code blocks of docs/deployment.md on a Docker Engine (IMAGES=0.2.0: with images that are there); write .run/deployment-docs.json
	@tools/compose_test/engine.sh
	@$(BIN)/python -m tools.deployment_docs

kubernetes: setup  ## write packaging/kubernetes from docker-compose.yml
	@$(BIN)/python -m tools.kubernetes

kubernetes-check: setup  ## install kustomize, render the Kubernetes manifests and check them against the OpenAPI of Kubernetes
	@tools/kustomize.sh
	@$(BIN)/python -m pytest tests/unit/packaging/test_kubernetes.py tests/unit/packaging/test_kubernetes_rendered.py -q -n 0

soak: setup  ## run the demo city for SECONDS=7200 at 20 times real time and write what grows to .run/city_soak.json
	@$(BIN)/python benchmarks/city_soak.py --seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),7200)

growth: setup  ## measure ingest, pages, panels and disk at MILLIONS=1,10 of readings (100 needs 20 GB); write .run/growth.json
	@$(BIN)/python benchmarks/growth.py --millions $(or $(MILLIONS),1$(comma)10)

pages: setup  ## photograph and measure the pages of the demo city; goes on where it was ended (PARTS=tasks: some of it; ANEW=1); write .run/pages.json
	@nice $(BIN)/python -m benchmarks.pages $(if $(PARTS),--parts $(PARTS)) $(if $(ANEW),--anew) $(if $(PATIENCE),--patience $(PATIENCE))

dashboards: setup  ## generate dashboards/generated with dashboards/build.py
	@$(BIN)/python -m dashboards.build

dashboards-check: setup  ## draw every board on four databases as far as that needs no screen; fails on what a person would find wrong
	@$(BIN)/python -m tools.dashboards_check

panels: setup  ## measure every query of the dashboards on a year of data; write .run/panels.json
	@$(BIN)/python -m benchmarks.panels

restore-drill: setup  ## lose and restore database and images, and recover a database to a second before a bad delete; write .run/restore-drill.json
	@$(BIN)/python -m benchmarks.restore_drill

api-queries: setup  ## explain the ten heaviest queries of the API on a year of data; write .run/api-queries.json (PAGE=1: docs/benchmarks.md, too)
	@$(BIN)/python -m benchmarks.api_queries $(if $(PAGE),--page)

clean:  ## delete the files of the demo under .run
	@rm -rf .run
