# make run     set everything up and start the dashboard
# make test    set everything up and check everything, as continuous integration does
# make check   the same without a browser and without what is slow
# make test-scale  what needs Ray and a server that speaks S3
# make lint    style and types
# make bench   the benchmarks, one table each

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

BENCHMARKS := simulator reading sampling onnx exploring training_step downloads scale live_page faults anomalies conditions ablation fidelity

unexport PYTHONDONTWRITEBYTECODE  # each process would compile all that it imports anew

.PHONY: run test check test-scale lint bench

run: $(VENV)/.installed
	$(BIN)/streamlit run dashboard.py

test: lint
	sh tests/browser/install.sh $(BIN)
	$(BIN)/python -m pytest

check: lint
	$(BIN)/python -m pytest -m "not browser and not slow"

test-scale: $(VENV)/.installed-dev
	$(PIP) -r requirements-ray.txt
	$(PYTHON) -m venv .venv-s3
	.venv-s3/bin/pip install --quiet "moto[s3,server]==5.2.5"
	$(BIN)/python -m pytest -n0 tests/unit/scale tests/unit/scale/needs_ray.py tests/unit/scale/needs_s3.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit 1; done

$(VENV)/.installed: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Wavetwin needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing; the first time this takes a few minutes."
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	touch $@
