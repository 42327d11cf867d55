# Each target is one command on a fresh machine: it makes .venv/ and installs what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: run demo test check bench soak privacy lock clean

run: $(STAMP)  ## the window
	$(BIN)/missive-desktop

demo: $(STAMP)  ## the window on sample mail and a team at work; needs no server and no account
	$(BIN)/missive-desktop --demo $(if $(SCREENSHOT),--screenshot $(SCREENSHOT)) $(if $(THEME),--theme $(THEME))

# Two at a time. A file of tests is never split; the unit tests, short ones, come last and fill the gaps.
test: $(STAMP) system-test  ## all tests, against real servers; JOBS=0: one after the other
	$(BIN)/python -m pytest -n $(or $(JOBS),2) --dist loadfile --no-loadscope-reorder

soak: $(STAMP) system-test  ## kills, broken servers and disks, SOAK times as often as in `test`
	MISSIVE_SOAK=$(or $(SOAK),20) $(BIN)/python -m pytest --durations=10 tests/end2end/test_kill.py \
		tests/end2end/test_kill_sync.py tests/integration/test_store_killed.py \
		tests/end2end/test_faulty_servers.py tests/end2end/test_damaged_store.py \
		tests/end2end/test_kill_images.py tests/end2end/test_survival.py tests/integration/test_server_killed.py \
		tests/integration/test_stream_access.py tests/integration/test_team_chaos.py \
		tests/integration/test_team_worker_killed.py tests/unit/server/core/test_histories.py \
		tests/unit/server/stream/test_hub.py tests/unit/team/test_convergence.py

check: $(STAMP)  ## format, lint, types, import contracts
	$(BIN)/ruff format --check src tests packaging
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(STAMP) system-bench  ## every figure, with the peers in the same run
	$(BIN)/python -m tests.bench $(BENCH)

privacy: $(STAMP) system-test  ## what was promised of private reading, measured; CORPORA=DIR: others' cases too
	$(BIN)/python -m tests.privacy $(if $(CORPORA),--corpora $(CORPORA))

lock: $(STAMP)  ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --universal --no-emit-index-url --generate-hashes \
		--no-header --upgrade -q -o packaging/requirements.lock
	uv pip compile pyproject.toml --extra server --universal --no-emit-index-url --generate-hashes --no-header -q \
		-c packaging/requirements.lock -o packaging/server-requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache

.PHONY: system-run system-test system-bench
system-run system-test system-bench:
	sh packaging/system-packages.sh $(@:system-%=%)

$(STAMP): packaging/requirements.lock pyproject.toml | system-run
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r packaging/requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m compileall -q src
	touch $@
