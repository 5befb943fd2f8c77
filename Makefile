# Two commands do the work: `make figures` and `make test`. Both set up what is missing.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DRAWS := $(VENV)/.draws
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
.DEFAULT_GOAL := help
.PHONY: help setup figures test prove goldens test-browser test-tex test-editor test-sphinx bench fuzz faults docs package style format clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

$(DRAWS): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lstmviz needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV), once: PyTorch for the CPU, Matplotlib, Graphviz (260 MB)"
	$(PIP) uv && $(BIN)/uv pip install --python $(BIN)/python --torch-backend cpu -c constraints.txt -e . || { \
	  echo "uv cannot: pip takes the PyTorch that it is set up for, perhaps CUDA's"; $(PIP) -e .; }
	@touch $@

$(READY): $(DRAWS)
	@echo "setting up $(VENV), once: what the tests and the documentation need"
	$(PIP) -e '.[docs,test]'
	@touch $@

setup: $(READY) ## make .venv with the pinned versions

figures: $(DRAWS) ## draw every spec in specs/ into output/
	$(BIN)/lstmviz render specs -o output

test: $(READY) ## check style, types, imports, and run the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n auto --dist loadfile -m 'not browser and not tex and not pandoc and not editor'

prove: $(READY) ## the long runs: 5000 specs and 400 modules at random, every figure in every look
	$(BIN)/lstmviz check specs
	LSTMVIZ_EXAMPLES=5000 $(BIN)/pytest -n auto tests/network/test_proof_properties.py tests/figures/test_branches.py tests/figures/test_properties.py \
	  tests/figures/test_contract.py
	LSTMVIZ_MODULES=400 $(BIN)/pytest -n auto tests/network/test_sweep.py
	LSTMVIZ_ALL=1 $(BIN)/pytest -n auto tests/figures/test_rubric.py tests/figures/test_bare.py tests/themes/test_colour.py tests/network/test_mutations_*.py \
	  tests/network/test_proof_units.py tests/network/test_proof_cell.py tests/network/test_proof_code.py tests/test_injection.py tests/test_translation.py

test-browser: $(READY) ## the tests that look through Chromium, librsvg, poppler, Inkscape and LibreOffice
	@for program in rsvg-convert chromium pdftoppm inkscape soffice; do \
	  command -v $$program > /dev/null || { \
	    echo "$$program is missing: sudo apt-get install --no-install-recommends \\" >&2; \
	    echo "  librsvg2-bin chromium poppler-utils inkscape libreoffice-impress libreoffice-draw" >&2; exit 3; }; \
	done
	$(BIN)/pytest -m browser

test-tex: $(READY) ## the tests that set figures with pdflatex, lualatex and pandoc
	@for program in pdflatex lualatex pdftotext gs pandoc; do \
	  command -v $$program > /dev/null || missing=1; \
	done; \
	for file in IEEEtran.cls acmart.cls xstring.sty framed.sty ptmr7t.tfm; do \
	  kpsewhich $$file > /dev/null 2>&1 || missing=1; \
	done; \
	if [ -n "$${missing:-}" ]; then \
	  echo "something of TeX, poppler, Ghostscript or pandoc is missing: sudo apt-get install --no-install-recommends \\" >&2; \
	  echo "  texlive-latex-extra texlive-luatex texlive-publishers texlive-plain-generic texlive-fonts-recommended \\" >&2; \
	  echo "  poppler-utils ghostscript pandoc" >&2; exit 3; \
	fi
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest -m 'tex or pandoc'

test-editor: $(READY) ## the tests that ask an editor's language server and reveal.js (npm, pandoc, chromium)
	@for program in npm pandoc chromium; do \
	  command -v $$program > /dev/null || { echo "$$program is missing: sudo apt-get install npm pandoc chromium" >&2; exit 3; }; \
	done
	npm install --silent --no-fund --no-audit --prefix $(VENV)/editor yaml-language-server@1.25.0 reveal.js@4.6.1
	$(BIN)/pytest -m editor

test-sphinx: $(READY) ## the tests of the directive with the lowest Sphinx that setup.cfg allows
	lowest=$$(sed -n 's/^ *sphinx>=//p' setup.cfg); \
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade --target $(VENV)/sphinx "sphinx==$$lowest" && \
	PYTHONPATH=$(VENV)/sphinx $(BIN)/python -c "import sphinx; assert sphinx.__version__.startswith('$$lowest'), sphinx.__version__" && \
	PYTHONPATH=$(CURDIR)/$(VENV)/sphinx $(BIN)/pytest tests/test_sphinx.py

goldens: $(READY) ## write the scenes in tests/goldens anew, when a change is meant
	LSTMVIZ_GOLDENS=1 $(BIN)/pytest -q tests/test_goldens.py

bench: $(READY) ## measure against import torch and the peers, and write docs/benchmarks.md
	$(PIP) -e '.[bench]'
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/others.py

fuzz: $(READY) ## 20000 bent specs, as many raw bytes, figures at random, and atheris on the loader
	LSTMVIZ_FUZZ=20000 $(BIN)/pytest -n auto tests/test_fuzz.py
	$(PIP) -e '.[fuzz]'
	$(BIN)/python tests/fuzz_loader.py -atheris_runs=20000

faults: $(READY) ## kill 200 renders at random moments, and interrupt 100
	LSTMVIZ_KILLS=200 $(BIN)/pytest tests/test_faults.py

package: $(READY) ## build wheel and source archive, install and use them in a clean environment
	.ci/package

docs: $(READY) ## build the documentation into build/docs, and check its links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python docs/check.py build/docs

style: $(READY) ## draw the pictures of docs/style.md, layout.md and architecture.md
	$(BIN)/python docs/style.py
	$(BIN)/python docs/layout.py
	$(BIN)/python docs/architecture.py

format: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what can be made again (not output/)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
