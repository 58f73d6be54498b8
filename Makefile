# make demo, make test: the two commands; each sets itself up.
PYTHON ?= python3
BIN = .venv/bin
DATA ?= ../shared/data

.PHONY: demo test check bench serve clean

.venv/ready: pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch .venv/ready

demo: .venv/ready
	$(BIN)/arbitre demo

test: .venv/ready
	$(BIN)/pytest -n 2

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/pyrefly check
	$(BIN)/lint-imports
	$(BIN)/python -m arbitre.tables.generated --check
	$(BIN)/pytest tests/test_house.py

bench: .venv/ready
	$(BIN)/python -m benchmarks --data $(DATA)

serve: .venv/ready
	$(BIN)/arbitre serve examples/aftersales

clean:
	rm -rf .venv build *.egg-info
