# Everything runs in .venv, which each target makes for itself from Python 3.11 or newer.
# A name on the PATH may lead nowhere (pyenv's shims), so each is asked.
# What is installed is what requirements.lock says, on any day; requirements.txt is what it is made of.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ command -v $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
UPGRADE :=
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(LOCK:%=-c %) $(UPGRADE)
UV := uv==0.13.9
# What another benchmark runs is not run twice, and what takes models and hours only by itself.
BENCHES := $(patsubst bench/%.py,bench.%,$(filter-out bench/__init__.py bench/coverage_audit.py bench/coverage_causes.py \
	bench/real_table.py bench/gguf_forms.py \
	bench/gpu_%.py,$(wildcard bench/*.py)))
PORT ?= 8501

.DEFAULT_GOAL := help
.PHONY: help run test test-newest lock check bench gpu-check gpu-carry docs docs-site clean

help:
	@echo "make run          the dashboard on http://localhost:$(PORT)"
	@echo "make test         the whole test suite"
	@echo "make check        lint, format and types"
	@echo "make bench        the benchmarks behind BENCHMARKS.md"
	@echo "make gpu-check    whether a GPU gives the CPU's numbers, and how fast (MODELS=\"FOLDER ...\")"
	@echo "make gpu-carry    the wheels for that on a machine without a network (THERE=FREEZE.txt)"
	@echo "make docs         write what docs/ says of the registries"
	@echo "make docs-site    the documentation as a site, in artifacts/site"
	@echo "make lock         renew requirements.lock from requirements.txt and requirements-dev.txt"
	@echo "make test-newest  the test suite on the newest versions that requirements.txt allows"
	@echo "make clean        remove what these made"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "fairviz needs Python 3.11 or newer with venv;" \
		"name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt $(LOCK) | $(BIN)/python
	@echo "fairviz: installing into $(VENV); the first time takes minutes and about 2 GB"
	$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(INSTALL) -r requirements-dev.txt
	@touch $@

run: $(VENV)/.installed
	@echo "fairviz: open http://localhost:$(PORT)"
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

# Two processes of one thread each are twice as fast as one of two; `tests/conftest.py` orders the
# files. The second half runs, and is heard, whatever the first one found.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
test: $(VENV)/.installed-dev
	@failed=0; set -x; \
	$(PYTEST) -m "not browser" || failed=1; \
	$(PYTEST) -m browser || failed=1; \
	exit $$failed

test-newest:
	rm -f .venv-newest/.installed*
	$(MAKE) test VENV=.venv-newest LOCK= UPGRADE="--upgrade --upgrade-strategy eager"

# One version of each for every system and every Python from 3.11 on; what is not for this one is
# marked so, and a constraint installs nothing by itself.
lock: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--fork-strategy fewest --annotation-style line --custom-compile-command "make lock" \
		--output-file $(LOCK) requirements-dev.txt

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(SITE) --quiet

bench: $(VENV)/.installed-dev
	@set -e; for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m $$name; done

# In .venv; where nothing can be installed: python -m bench.gpu_check, with what gpu-carry collected.
gpu-check: $(VENV)/.installed
	$(BIN)/python -m bench.gpu_check $(MODELS)

gpu-carry: | $(BIN)/python
	$(BIN)/python -m bench.gpu_carry artifacts/gpu-wheels $(THERE:%=--there %)

# What docs/ says of methods, probes, tasks and quantities, from their registries.
docs: $(VENV)/.installed
	$(BIN)/python -m docs.generate

# The documentation as a site, in artifacts/site; strictly, so that no link of it leads nowhere.
SITE = NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
docs-site: $(VENV)/.installed-dev
	$(SITE)

clean:
	rm -rf $(VENV) .venv-newest artifacts .pytest_cache .mypy_cache .ruff_cache
