# run, test, bench, messages: each makes the environment it needs, once, in .venv.

LAB_DB ?= data/lab.sqlite3
PYTHON ?= python3
PORT ?= 8501
CORES ?= $(shell nproc)
ARGS ?=
ONLY ?=

SHELL := /bin/bash
PY := .venv/bin/python
BABEL := $(PY) -m babel.messages.frontend --quiet
VENV := $(notdir $(PYTHON)) $(notdir $(PYTHON))-venv
APT := DEBIAN_FRONTEND=noninteractive apt-get
AS_ROOT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := run
.PHONY: run test bench screenshots messages python tools

run: export LAB_DB := $(LAB_DB)
# The dashboard on http://127.0.0.1:8501, with the example lab in it.
run: .venv/.run-ready
	@! (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null || { \
		echo "Port $(PORT) is taken. Stop what uses it, or take another: make run PORT=$$(($(PORT) + 1))" >&2; \
		exit 1; }
	@[ -e "$(LAB_DB)" ] || $(PY) -m lab build
	@echo "PKI Lab: http://127.0.0.1:$(PORT) (Ctrl+C stops it)"
	@exec $(PY) -m streamlit run dashboard.py --server.port $(PORT)

# What CI runs. ARGS goes to pytest: make test ARGS="-k overview".
test: .venv/.dev-ready tools
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest -n $(CORES) --dist loadgroup $(ARGS)

# The speeds that are promised, as ratios measured in one run. ONLY picks one.
bench: .venv/.dev-ready
	@$(PY) -m bench $(ONLY)

# The pictures in docs/.
screenshots: .venv/.dev-ready tools
	@$(PY) -m tests.browser.screenshots

# The Japanese catalogue, from the texts as they are now. What is new has no Japanese
# yet: write it into pages/locale/ja.po.
messages: .venv/.dev-ready
	@$(BABEL) extract -F pages/locale/babel.cfg -k _ -k counted:1,2 \
		--no-location --sort-output -o .venv/messages.pot .
	@$(BABEL) update -l ja -i .venv/messages.pot -o pages/locale/ja.po \
		--no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap

.venv/.run-ready: requirements.txt
	@$(MAKE) python
	@echo "Making .venv, with what the lab runs on. This takes a minute."
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet -r requirements.txt
	@touch $@

.venv/.dev-ready: requirements-dev.txt .venv/.run-ready
	@echo "Adding what the tests need."
	@$(PY) -m pip install --quiet -r requirements-dev.txt
	@touch $@

# Python 3.11 or newer that can make environments.
python:
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if $(AS_ROOT); then \
			echo "Installing $(VENV)."; \
			$(APT) update -qq && $(APT) install -y -qq $(VENV) >/dev/null; \
		else \
			echo "Python's venv module is missing. Install it: sudo apt-get install $(VENV)" >&2; \
			exit 1; \
		fi; \
	fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version) is too old. Name 3.11 or newer: make run PYTHON=python3.12" >&2; \
		exit 1; }

# Chromium, Japanese letters, OpenSSL, Java, GnuTLS and curl for the tests; without
# them some are skipped.
tools:
	@missing=""; \
	command -v chromium >/dev/null || missing="chromium"; \
	[ -n "$$(fc-list :lang=ja 2>/dev/null)" ] || missing="$$missing fonts-noto-cjk"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	command -v javac >/dev/null || missing="$$missing default-jdk-headless"; \
	command -v ocsptool >/dev/null || missing="$$missing gnutls-bin"; \
	command -v curl >/dev/null || missing="$$missing curl"; \
	[ -n "$$missing" ] || exit 0; \
	if $(AS_ROOT); then \
		echo "Installing $$missing."; \
		{ $(APT) update -qq && $(APT) install -y -qq --no-install-recommends $$missing >/dev/null; } \
			|| echo "That did not work; the tests that need them are skipped."; \
	else \
		echo "Not installed: $$missing. The tests that need them are skipped."; \
	fi
