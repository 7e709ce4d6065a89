# For contributors: `pip install -e '.[dev]'` first, then `make check test`.
PYTHON ?= python

.PHONY: all fmt check test docs attack bench image

all: check test

fmt:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

check:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) docs/generate.py --check

test:
	$(PYTHON) -m pytest

docs:
	$(PYTHON) docs/generate.py

attack: # make attack MINUTES=15; pip install atheris leads it
	$(PYTHON) -m tests.attacks --minutes $(or $(MINUTES),15)

bench: # make bench TEXT=corpus.txt
	$(PYTHON) benchmarks/compare.py $(TEXT)
	$(PYTHON) benchmarks/report.py

image: # of what runs anywhere: docs/serving.md
	docker build -t e2v .
