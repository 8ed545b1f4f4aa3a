# make run       set up what is missing, make the demo data on first start, serve on HOST:PORT
# make setup     only set up; DETECTRON2='git+https://…@<commit>' (or a path) takes Detectron2 from there, and
#                TORCH_INDEX=URL takes torch and torchvision from that package index
# make setup-heic  also what reads HEIC images (LGPL; requirements-heic.txt)
# make check     lint, types, import contracts, and the tests that start no process and no sweep: about three minutes
# make test      set up, lint, types, import contracts, and all tests but the long ones
# make test-long soak, fuzz and cluster tests; they need Ray too (requirements-ray.txt)
# make lint      what make check and make test check before the tests
# make bench     those measurements of benchmarks/ that need neither data of yours nor an hour
# make clean     remove .venv and caches; the workspace with your data stays
SHELL = /bin/bash
HOST ?= 127.0.0.1
PORT ?= 8501
export HOST PORT DETECTRON2 TORCH_INDEX PYTHON PYTHONS

BIN = .venv/bin
# Three at a time on two cores: many tests wait for a process or a page. A file stays together, because its tests share
# what is slow to make; in the order of the folders, because xdist's own order starts the longest last.
PARALLEL = -n 3 --dist loadfile --no-loadscope-reorder
# Only what is there is checked: mypy stops at a name that does not exist.
TYPED = $(wildcard core pages web tests tools benchmarks streamlit_app.py server.py)
BENCHMARKS = import_time command_start quick_preset overhead evaluation_speed reading/label_pass reading/image_pass reading/open_version

.PHONY: run setup setup-dev setup-heic setup-ray lint check test test-long bench clean

run: setup
	@$(BIN)/python tools/first_start.py
	@exec $(BIN)/python server.py

# The app runs with the newest Python there is, the tests with the oldest: what works there works with the others.
define set_up
@python="$$(sh tools/find_python.sh $(2))" && exec "$$python" tools/set_up.py $(1)
endef

setup:
	$(call set_up,app,newest)

setup-dev:
	$(call set_up,dev,oldest)

setup-heic:
	$(call set_up,heic,newest)

setup-ray: setup-dev
	$(call set_up,ray,oldest)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports
	$(BIN)/python tools/lint_javascript.py

# What needs neither another process nor torch. The folders are named so that their modules, which import torch, are not
# even collected.
check: lint
	$(BIN)/python -m pytest -m "not long and not browser and not process and not worker and not sweep" $(PARALLEL) \
		--ignore tests/browser --ignore tests/process --ignore tests/worker

# The browser is looked for, and installed if need be, before anything slow starts.
test: setup-dev
	@browser="$$($(BIN)/python tools/find_browser.py)" || exit 1; \
	echo "Browser: $$browser"; \
	$(MAKE) --no-print-directory lint && \
	DETDESK_BROWSER="$$browser" $(BIN)/python -m pytest -m "not long" $(PARALLEL)

# pytest ends with 5 when nothing was selected.
test-long: setup-ray
	@browser="$$($(BIN)/python tools/find_browser.py)" || exit 1; \
	DETDESK_BROWSER="$$browser" $(BIN)/python -m pytest -m long; status=$$?; \
	if [ $$status -eq 5 ]; then echo "There are no long tests yet."; exit 0; fi; \
	exit $$status

bench: setup-dev
	@for script in $(BENCHMARKS); do \
		echo "$$script"; PYTHONPATH=. $(BIN)/python benchmarks/$$script.py || exit 1; \
	done

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './workspace/*' -prune -exec rm -rf {} +
