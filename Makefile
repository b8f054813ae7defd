# Everything runs in .venv, which each target makes for itself from Python 3.11 or newer.
# A name on the PATH may lead nowhere (pyenv's shims), so each is asked.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ command -v $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
BENCHES := $(patsubst bench/%.py,bench.%,$(filter-out bench/__init__.py,$(wildcard bench/*.py)))
PORT ?= 8501

.DEFAULT_GOAL := help
.PHONY: help run test check bench clean

help:
	@echo "make run    the dashboard on http://localhost:$(PORT)"
	@echo "make test   the whole test suite"
	@echo "make check  lint, format and types"
	@echo "make bench  the benchmarks behind BENCHMARKS.md"
	@echo "make clean  remove what these made"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "fairviz needs Python 3.11 or newer with venv;" \
		"name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "fairviz: installing into $(VENV); the first time takes minutes and about 2 GB"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: $(VENV)/.installed
	@echo "fairviz: open http://localhost:$(PORT)"
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

# Two processes of one thread each are twice as fast as one of two. Each module starts a server.
test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not browser" -n 2 --dist loadfile
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m browser -n 2 --dist loadfile

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	@set -e; for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m $$name; done

clean:
	rm -rf $(VENV) artifacts .pytest_cache .mypy_cache .ruff_cache
