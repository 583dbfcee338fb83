# `make demo` and `make test` are all a fresh Debian machine with Python 3.11 needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
PYTEST_ARGS ?=
.DEFAULT_GOAL := help
RECORDINGS ?= ../shared/recordings
.PHONY: help demo test campaign recognition bench lint format type docs schema pins migration screenshots clean assets

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@sh tools/make_venv.sh "$(PYTHON)" "$(VENV)"

# The demo's packages, and those of the developers: two stamps, so that trying it stays quick.
$(VENV)/.demo: pyproject.toml constraints.txt package-lock.json | $(VENV)/bin/python
	@echo "Installing Campus Fleet into $(VENV) (about a minute, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt package-lock.json | $(VENV)/bin/python
	@echo "Installing Campus Fleet and its development tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.demo

# Catalogues and front-end files follow their sources without a reinstallation.
assets: ## front-end files and language catalogues
	@$(BIN)/python tools/build_assets.py

demo: $(VENV)/.demo ## a whole simulated campus: controller, agent, devices; Ctrl-C ends it
	@$(BIN)/python tools/build_assets.py --if-needed
	@$(BIN)/fleet demo $(DEMO_ARGS)

# Four share two cores: for half of its time a test waits for a server, a device or a browser.
# Bytecode is kept whatever the environment says: tests start many processes of the same code.
test: $(VENV)/.dev ## everything but timings; installs the Debian packages it needs when it may
	@sh tools/debian_packages.sh
	@$(BIN)/python tools/build_assets.py --if-needed
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -m "not campaign" --processes 4 $(PYTEST_ARGS)

campaign: $(VENV)/.dev ## long fault campaigns, fuzzing, and new examples of every property
	@sh tools/debian_packages.sh
	$(BIN)/python -m pytest -m "campaign or hypothesis" -o faulthandler_timeout=1800 $(PYTEST_ARGS)

recognition: $(VENV)/.dev ## how well recorded devices are read, into docs/recognition.md
	$(BIN)/python -m tools.recognition $(RECORDINGS)

bench: $(VENV)/.dev ## timings, as ratios against a peer in the same run
	@sh tools/debian_packages.sh bench
	$(BIN)/python benchmarks/run.py

lint: $(VENV)/.dev ## ruff and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff put it right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

type: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

docs: $(VENV)/.dev ## the generated pages: data dictionary, API schema
	$(BIN)/python tools/generate_docs.py

pins: ## newest versions that work together, into constraints.txt
	@sh tools/pin_versions.sh "$(PYTHON)"

screenshots: $(VENV)/.dev ## docs/screenshots, from a running demo
	$(BIN)/python tools/screenshots.py

clean: ## what make made, but not your data
	rm -rf $(VENV) node_modules controller/static/vendor .mypy_cache .ruff_cache .hypothesis

migration: $(VENV)/.dev ## what changed in the tables: make migration m="Add the warranty's end"
	$(BIN)/python tools/make_migration.py "$(m)"
