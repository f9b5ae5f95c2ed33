# `make chat` and `make test` need nothing but Python 3.11 or newer with venv; the rest is made.
PYTHON ?= python3
BIN := .venv/bin
# What has been installed into .venv: for the chat, or for everything, which holds the former.
CHAT := .venv/.installed-chat
ALL := .venv/.installed-all
# A little under what the dev set gave when they were set: eval/README.md tells how much under, and why.
GATES := right=0.74 recall_any@5=0.93 recall_all@5=0.89 mrr=0.83 keys=0.85 span_f1=0.26 not_answered=0.66 false_refusals=0.05 \
  citation_validity=1 citation_recall=0.98 citation_verbatim=0.87 twin_same=0.8 repeat_same=1 errors=0

# How many processes run the tests; tests/conftest.py tells what goes to which. Some wait for servers, packages and pages: one more than the
# cores of a small machine.
WORKERS ?= 3

.PHONY: chat test check index eval docs release clean

chat: $(CHAT)
	@$(BIN)/dgqa models fetch multilingual-e5-small
	@$(BIN)/dgqa index
	@$(BIN)/python app.py

test: $(ALL)
	@sh tests/chromium.sh
	@$(BIN)/ruff check .
	@$(BIN)/mypy & types=$$!; $(BIN)/python -m pytest -n $(WORKERS); tests=$$?; wait $$types && exit $$tests

check: $(ALL)
	@$(BIN)/ruff check .
	@$(BIN)/mypy

index: $(CHAT)
	@$(BIN)/dgqa index

eval: $(CHAT)
	@$(BIN)/dgqa models fetch multilingual-e5-small
	@$(BIN)/dgqa eval --check eval/questions/dev.jsonl eval/questions/test.jsonl
	@$(BIN)/dgqa eval eval/questions/dev.jsonl --rebuild --index build/eval/index --gate $(GATES)

# Wheel, source and the list of all that runs (SBOM, CycloneDX), by tools that are not part of it.
TOOLS := build/release/bin
release: $(CHAT)
	@test -x "$(TOOLS)/python" || $(PYTHON) -m venv build/release
	@$(TOOLS)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt build cyclonedx-bom hatchling pip-audit
	@rm -rf dist
	@$(TOOLS)/python -m build --no-isolation --outdir dist .
	@$(TOOLS)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o dist/dgqa.cdx.json $(BIN)/python

# The documentation as a site, with every public name from its docstring: build/site/index.html
docs: $(CHAT)
	@$(INSTALL) ".[docs]"
	@$(BIN)/mkdocs build --strict

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache

# pip says what it fetches and how far it is.
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e

$(CHAT): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "making .venv …"; $(PYTHON) -m venv .venv; }
	@echo "installing dgqa with its chat page into .venv (about 160 MB to fetch, 680 MB on disk) …"
	@$(INSTALL) ".[chat,langchain,office]"
	@touch $(CHAT)

$(ALL): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "making .venv …"; $(PYTHON) -m venv .venv; }
	@echo "installing dgqa with all extras and test tools into .venv (about 2.8 GB on disk) …"
	@$(INSTALL) ".[test]"
	@touch $(CHAT) $(ALL)
