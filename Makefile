# For contributors: `pip install -e '.[dev]'` first, then `make check test`.
PYTHON ?= python
TIME ?= 10
SAMPLE ?= 100

.PHONY: all fmt check test attack coverage mutants docs bench image

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

coverage: # of lines and branches, which takes three times as long as the tests
	$(PYTHON) -m coverage erase
	-$(PYTHON) -m coverage run -m pytest
	$(PYTHON) -m coverage combine -q
	$(PYTHON) -m coverage report -i --omit 'e2v/kernels/*,*/pytest-of-*/*'

mutants: # make mutants SAMPLE=100: as many changes of the code that tests have to notice
	$(PYTHON) -m tests.mutants --sample $(SAMPLE)

docs:
	$(PYTHON) docs/generate.py

bench: # make bench TEXT=corpus.txt
	$(PYTHON) benchmarks/compare.py $(TEXT)
	$(PYTHON) benchmarks/report.py

image: # of what runs anywhere: docs/serving.md
	docker build -t e2v .
