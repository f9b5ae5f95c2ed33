# `make chat` and `make test` need nothing but Python 3.11 or newer with venv; the rest is made.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: chat test check index clean

chat: $(STAMP)
	@$(BIN)/dgqa models fetch multilingual-e5-small
	@$(BIN)/dgqa index
	@$(BIN)/python app.py

test: $(STAMP)
	@sh tests/chromium.sh
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/mypy

index: $(STAMP)
	@$(BIN)/dgqa index

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache

$(STAMP): pyproject.toml constraints.txt
	@test -x "$(BIN)/python" || $(PYTHON) -m venv .venv
	@echo "installing dgqa and what it needs into .venv …"
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch "$(STAMP)"
