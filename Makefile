# make run     set everything up and start the dashboard
# make test    set everything up and check everything, as continuous integration does
# make check   the same without a browser and without what is slow
# make test-scale  what needs Ray and a server that speaks S3
# make lint    style and types
# make bench   the benchmarks, one table each
# make lock    requirements.lock anew, and docs/licences.md; after a change of requirements.txt
# make audit   known vulnerabilities of what is installed; it names the packages of which it could learn nothing
# make sbom    sbom.json, a software bill of materials in CycloneDX

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUPPLY := .venv-supply
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

BENCHMARKS := simulator reading sampling onnx exploring training_step downloads scale trainings live_page load faults anomalies conditions ablation fidelity kills spoiled_runs odd_requests looks

unexport PYTHONDONTWRITEBYTECODE  # each process would compile all that it imports anew

.PHONY: run test check test-scale lint bench lock audit sbom

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

lock: $(VENV)/.installed $(SUPPLY)/.installed
	echo 'torch; sys_platform == "none"' | $(SUPPLY)/bin/uv pip compile --quiet requirements.txt --override /dev/stdin \
		$(addprefix --no-emit-package ,torch fsspec mpmath networkx setuptools sympy) --no-annotate \
		--universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -o requirements.lock
	{ echo '# Licences of the packages that Wavetwin runs on'; echo; echo 'Written by `make lock`.'; echo; \
		$(SUPPLY)/bin/pip-licenses --python=$(BIN)/python --format=markdown --with-urls --order=name \
		--packages $$(sed -n 's/==.*//p' requirements.lock) torch; } > docs/licences.md

audit: $(SUPPLY)/.installed
	@$(SUPPLY)/bin/python -c "from urllib.request import urlopen; urlopen('https://pypi.org/pypi/pip/json', timeout=10)" \
		2> /dev/null || { echo "pypi.org cannot be reached, so nothing is known about vulnerabilities."; exit 1; }
	$(SUPPLY)/bin/pip-audit --disable-pip --require-hashes -r requirements.lock

sbom: $(VENV)/.installed $(SUPPLY)/.installed
	$(SUPPLY)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o sbom.json $(BIN)/python

$(SUPPLY)/.installed: Makefile
	$(PYTHON) -m venv $(SUPPLY)
	$(SUPPLY)/bin/pip install --quiet uv==0.13.9 pip-audit==2.10.1 pip-licenses==5.5.5 cyclonedx-bom==7.5.0
	touch $@
