# Hotleads. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Where it is set, every process would compile every file again: three times the start of a worker.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test test-long test-elsewhere lint format models bench bench-gate race fuzz soak faults chaos audit doctor docs pictures reference sbom

# One more test process than cores, since many tests wait for processes of their own; at most five.
TEST_PROCESSES ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( n < 4 ? n + 1 : 5 )))
ARGS ?=
NAME ?=
SIZES ?= 10000 100000 1000000

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name words; do printf '  make %-14s %s\n' "$$name" "$$words"; done

run: ## Start everything with the demo market; prints one address, Ctrl-C stops it all
	@deploy/bootstrap.sh run
	@exec .venv/bin/hotleads up

test: ## Run the tests; sets itself up (ARGS="tests/core -k ledger" chooses some)
	@deploy/bootstrap.sh test
	@exec .venv/bin/pytest -q -n $(TEST_PROCESSES) --dist worksteal -m "not long" $(ARGS)

test-long: ## Run the tests that take minutes: every notebook, every page in a browser, the benchmarks' own
	@deploy/bootstrap.sh test
	@exec .venv/bin/pytest -q -n $(TEST_PROCESSES) --dist worksteal -m long $(ARGS)

test-elsewhere: ## The nightly audit on a Spark, exports and models in a bucket (gets Java, pyspark and an S3 server first)
	@deploy/bootstrap.sh elsewhere
	@exec .venv/bin/pytest -q -n 0 -m long tests/elsewhere $(ARGS)

lint: ## Style, types and the arrows between packages
	@deploy/bootstrap.sh python
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: ## Put every file into house style
	@deploy/bootstrap.sh python
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

soak: ## Race 200 workers for the same slots, 20 times, killing some and Redis (ARGS="--repeats 2" for less)
	@deploy/bootstrap.sh test
	@exec .venv/bin/python -m tests.soak $(ARGS)

faults: ## Do every kind of harm to a whole instance under load and look at every rule (ARGS="-k redis" chooses some)
	@deploy/bootstrap.sh test
	@exec .venv/bin/pytest -q -n 0 tests/faults $(ARGS)

chaos: ## An hour of harm by chance, the rules looked at after each few (ARGS="--minutes 10 --seed 7")
	@deploy/bootstrap.sh test
	@exec .venv/bin/python -m tests.faults $(ARGS)

models: ## Judge every model beside its rule and the oracle; rewrites the table in docs/models.md
	@deploy/bootstrap.sh python
	@OMP_NUM_THREADS=1 .venv/bin/python -m ml.report

bench: ## Measure everything beside its limit into docs/performance.md (NAME="search intake" SIZES="10000" for less)
	@deploy/bootstrap.sh test
	@exec .venv/bin/python -m tests.benchmarks --sizes $(SIZES) $(if $(NAME),--names $(NAME))

bench-gate: ## Measure again and fail where a ratio is much worse than the committed one (NAME, SIZES)
	@deploy/bootstrap.sh test
	@exec .venv/bin/python -m tests.benchmarks --gate --sizes $(SIZES) $(if $(NAME),--names $(NAME))

race: ## Twenty workers take the same 10,000 records of a source in at once, some of them killed
	@deploy/bootstrap.sh test
	@RACE_WORKERS=20 RACE_RECORDS=10000 exec .venv/bin/pytest -q -n 0 tests/jobs/test_ingest_race.py

audit: ## Look for secrets in code and history, and for dependencies that are not as locked (ARGS="--advisories all.zip")
	@deploy/bootstrap.sh python
	@exec .venv/bin/hotleads audit --history $(ARGS)

doctor: ## Look for what would keep this machine from running it
	@deploy/bootstrap.sh python
	@exec .venv/bin/hotleads doctor

docs: ## Build the site of the documentation into .local/site
	@deploy/bootstrap.sh python
	@.venv/bin/python -m cli.reference
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet
	@echo "The documentation is at .local/site/index.html"

pictures: ## Take the pictures of README anew from a running demo market (ADDRESS=http://127.0.0.1:8080)
	@deploy/bootstrap.sh test
	@exec .venv/bin/python -m tests.tour $(ADDRESS)

fuzz: ## Send whatever the API's document allows, and more, as each role
	@deploy/bootstrap.sh test
	@HOTLEADS_FUZZ=$${HOTLEADS_FUZZ:-40} .venv/bin/pytest -q -n 0 tests/intake_api/rest/test_fuzz.py tests/intake_api/rest/test_stories.py

reference: ## Write docs/reference anew from the code
	@deploy/bootstrap.sh python
	@.venv/bin/python -m cli.reference

sbom: ## List what the product is made of (CycloneDX), into .local/hotleads.cdx.json
	@deploy/bootstrap.sh python
	@.venv/bin/python -m cli.sbom >.local/hotleads.cdx.json
	@echo "Written to .local/hotleads.cdx.json"
