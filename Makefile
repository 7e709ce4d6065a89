# For contributors: `pip install -e '.[dev]'` first, then `make check test`.
PYTHON ?= python
TIME ?= 10

.PHONY: all fmt check test attack docs bench image

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

attack: # make attack TIME=10: minutes for each of these; the second needs atheris
	$(PYTHON) -m tests.faults --minutes $(TIME)
	$(PYTHON) -m tests.attacks --minutes $(TIME)

docs:
	$(PYTHON) docs/generate.py

bench: # make bench TEXT=corpus.txt
	$(PYTHON) benchmarks/compare.py $(TEXT)
	$(PYTHON) benchmarks/report.py

image: # of what runs anywhere: docs/serving.md
	docker build -t e2v .
