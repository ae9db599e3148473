# The two commands: `make demo` and `make test`. `make` alone lists all.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
LOCK ?= requirements/test.lock
BUILT := exam_app/static/built

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo run test check lint types contracts migrate bench translations lock clean

help: ## list what can be done
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/run.stamp: requirements/run.lock pyproject.toml
	@echo "安装运行所需的软件包……（仅首次）/ installing packages, once"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/test.stamp: $(LOCK) $(VENV)/run.stamp
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@touch $@

$(VENV)/build.stamp: requirements/build.lock $(VENV)/run.stamp
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.lock
	@touch $@

node_modules/stamp: package.json package-lock.json $(VENV)/build.stamp
	@echo "安装浏览器核验程序的组件……（仅首次）/ installing the browser's packages, once"
	@PATH="$(abspath $(BIN)):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(BUILT)/stamp: node_modules/stamp $(shell find javascript -name '*.js')
	@PATH="$(abspath $(BIN)):$$PATH" npm run --silent build
	@touch $@

setup: $(VENV)/run.stamp translations $(BUILT)/stamp ## install what running needs

setup-test: $(VENV)/test.stamp translations $(BUILT)/stamp ## install what the tests need

translations: $(VENV)/run.stamp
	@$(BIN)/pybabel --quiet compile -d exam_app/translations

demo: setup ## build the demo city and run it from roster to credited hours
	@$(BIN)/exam demo $(DEMO)

run: setup ## serve the demo city at http://127.0.0.1:8000, or at another port: make run PORT=8001
	@test -e instance/exam.sqlite || $(BIN)/exam demo
	@$(BIN)/exam run --port $(PORT)

test: setup-test ## run the tests
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: lint types contracts test ## all that the gate asks, on this machine

lint: setup-test ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-test ## static types
	@$(BIN)/mypy exam_app question_bank tabular

contracts: setup-test ## who may import whom
	@$(BIN)/lint-imports

migrate: setup ## bring the database to the newest schema
	@$(BIN)/exam migrate

bench: setup-test ## measure; each benchmark prints its table
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

lock: ## renew the lock files
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/run.lock
	@$(BIN)/uv pip compile requirements/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/build.lock
	@$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/test.lock

clean: ## remove what was installed and built
	rm -rf $(VENV) build *.egg-info node_modules $(BUILT)
