# make figures   the main experiments and their figures, into results/
# make canon     the canonical models: their known answers recomputed, and their experiments, into results/
# make test      the tests, but for those marked exhaustive
# make test-all  all tests
# make check     style, types, layers of imports
# make bench     times and ratios (docs/ says what they should be)
# make docs      the JSON schemas, the table of keys and the canonical models in docs/
# make lock      new versions into requirements.lock (needs uv)
#
# All that is needed before is Python 3.11 or newer; PYTHON=/path/to/python chooses one.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
EXPERIMENTS := escalation_by_regime how_much_verification uncertainty_bands_by_regime what_drives_war detection_against_false_alarms \
    canon/treaty_monitoring canon/arms_race_negotiation canon/brinkmanship canon/richardson

.PHONY: figures canon test test-all check bench lock setup docs clean
.DEFAULT_GOAL := figures

figures: $(READY)
	$(BIN)/sim run $(EXPERIMENTS)
	@echo
	@echo "The figures, with the data behind them and their captions:"
	@for name in $(EXPERIMENTS); do echo "  results/$$name/figures/"; done

canon: $(READY)
	$(BIN)/sim reproduce
	$(BIN)/sim run experiments/canon/*.toml

# Two processes; BLAS must not start threads of its own beside them.
test: $(READY)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not exhaustive" $(PYTEST_ARGS)

test-all: $(READY)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python benchmarks/run.py

setup: $(READY)

# The dependencies from the lock, every file's digest checked; then the project itself, which brings nothing more in.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, $(PYTHON) is %d.%d: make PYTHON=/path/to/python" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# One version of each package for every platform and every Python from 3.11 on; no address of any index.
lock:
	uv pip compile --quiet pyproject.toml --extra dev --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	    --no-config --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file requirements.lock

# What docs/ holds that is made from the code: the JSON schemas, the table of keys, the canonical models; and from the library: mechanisms.
docs: $(READY)
	$(BIN)/sim schema --out docs/schema
	$(BIN)/python docs/keys.py > docs/keys.md
	$(BIN)/python docs/models.py > docs/models.md
	$(BIN)/python docs/mechanisms.py > docs/mechanisms.md
	$(BIN)/python docs/library.py > docs/library/README.md

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
