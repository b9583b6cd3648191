# The house's few commands; `make help` lists them.

PORT ?= 8000
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
BASE_URL := http://127.0.0.1:$(PORT)
POT := festival/translations/messages.pot
COMPILED := $(patsubst %.po,%.mo,$(wildcard festival/translations/*/LC_MESSAGES/*.po))

# uv where it runs on this machine, else pip: the same locks, the same hashes.
define install
@if [ -x $(BIN)/uv ]; \
  then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $(1); \
  else $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1); fi
endef

.PHONY: help run test race chaos stateful hostile bench check fix lock translations wheel

help: ## list these commands
	@awk -F ' *: .*## ' '/^[a-z]+ *:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: export FESTIVAL_DEMO := 1
run: export FESTIVAL_BASE_URL := $(BASE_URL)
run: export FESTIVAL_BIND := 127.0.0.1:$(PORT)
run: $(VENV)/run static/vendor $(COMPILED) ## set up, load the demonstration, serve it (PORT=8000)
	@$(BIN)/flask --app wsgi festival seed
	@echo
	@echo "  The agenda    $(BASE_URL)/fr/   and in English   $(BASE_URL)/en/"
	@echo "  The desk      $$($(BIN)/flask --app wsgi festival admin desk@halle.example | tail -n 1)"
	@echo "                (signs in once; another: FESTIVAL_DEMO=1 $(BIN)/flask --app wsgi festival admin ADDRESS)"
	@echo "  The letters   kept as files, never sent; see them with"
	@echo "                FESTIVAL_DEMO=1 $(BIN)/flask --app wsgi festival letters"
	@echo "  To stop       Ctrl-C"
	@echo
	@exec $(BIN)/gunicorn --config python:festival.server wsgi:app

test: $(VENV)/dev $(COMPILED) chromium libical ## set up what tests need, run them all
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

# Long proofs; short versions of them are among the tests. ARGS="--help" says more.

race: $(VENV)/dev $(COMPILED) ## 2,000 people for 50 seats, ten times, on both databases
	$(BIN)/python -m tests.race $(ARGS)

chaos: $(VENV)/dev $(COMPILED) ## kill servers, databases and relays under load (ARGS=--long)
	$(BIN)/python -m tests.chaos $(ARGS)

stateful: $(VENV)/dev $(COMPILED) ## 10,000 random deeds a database, every invariant after each
	$(BIN)/python -m tests.stateful $(ARGS)

hostile: $(VENV)/dev $(COMPILED) ## 1,000 broken and hostile spreadsheets, each answered in 6 s
	$(BIN)/python -m tests.hostile $(ARGS)

bench: $(VENV)/dev $(COMPILED) ## how fast it is, beside "hello world" (ARGS="--quick --json FILE")
	$(BIN)/python -m tests.bench $(ARGS)

check: $(VENV)/dev ## style, types, arrows, templates, and what the tree may hold
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/pytest --quiet tests/house/test_repository.py

fix: $(VENV)/dev ## mend what the tools can mend by themselves
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(VENV)/dev ## renew both locks (UPGRADE=--upgrade takes newer versions)
	$(LOCK) --extra postgresql --extra redis --output-file requirements.txt
	$(LOCK) --extra postgresql --extra redis --group dev --constraints requirements.txt --output-file requirements-dev.txt

LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-annotate --no-header $(UPGRADE)

translations: $(VENV)/dev ## gather the sentences into the .po files
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --ignore-dirs '.*' --keywords _l --keywords lazy_gettext \
	  --no-location --sort-output --output $(POT) .
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-pot-creation-date \
	  --input-file $(POT) --output-dir $(dir $(POT))

wheel: $(VENV)/dev static/vendor ## build the wheel into dist/
	$(BIN)/hatchling build --target wheel

# ── What the commands need ───────────────────────────────────────────────────

$(VENV)/installer:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/it")'
	@echo "Setting up in $(VENV) (half a minute, once) …"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $@.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement $@.txt \
	  || echo "uv has no wheel for this machine: pip does its work, more slowly."
	@touch $@

$(VENV)/run: requirements.txt | $(VENV)/installer
	$(call install,$<)
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(VENV)/installer
	$(call install,$<)
	@touch $@ $(VENV)/run

static/vendor: | $(VENV)/run
	@$(BIN)/python -P festival/heading_font.py
	@mkdir -p $@

%.mo: %.po | $(VENV)/run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

.PHONY: chromium
chromium:
	@test -n "$(CHROMIUM)" || command -v chromium >/dev/null || { \
	  echo "The browser tests need Chromium: installing Debian's, as root or with sudo."; \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium; } \
	|| { echo "That failed. Name one that is there: make test CHROMIUM=/path/to/chromium"; exit 1; }

.PHONY: libical
libical:
	@$(BIN)/python -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("ical") is None)' || { \
	  echo "A test reads calendars as Evolution does: installing Debian's libical3, as root or with sudo."; \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy libical3; } \
	|| echo "That failed: that one test is skipped."
