# Everything a person or a CI runs. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV := .venv-bench
SPARK_VENV := .venv-spark
TORCH_VENV := .venv-torch
BROWSER_VENV := .venv-browser
POLICY_VENV := .venv-policy
LOCALSTACK_VENV := .venv-localstack
DOCS_VENV := .venv-docs
WORKFLOWS_VENV := .venv-workflows
AIRFLOW_VENV := .venv-airflow
KUBEFLOW_VENV := .venv-kubeflow
FEAST_VENV := .venv-feast
AGAINST ?= origin/main
# LocalStack's own command line asks for an account; its core does not, and runs on Python 3.13.
PYTHON313 ?= $(shell for python in python3.13 "$$HOME"/.pyenv/versions/3.13.*/bin/python3.13; do \
	"$$python" -c '' 2>/dev/null && echo "$$python" && break; done)

.DEFAULT_GOAL := help
.PHONY: help setup demo test spark test-spark torch test-torch test-browser policy-pack test-policy test-localstack check format bench docs docs-serve clean orchestrators test-orchestrators
.PHONY: check-workflows plan preview begin cluster image deploy comment notes issue deployed

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the locked dependencies

$(STAMP): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) (about 1.9 GB; two minutes or three the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## play 2013 on the emulator: the whole loop on real flights; leaves build/report.html
	@$(BIN)/mlops demo

test: setup ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not spark and not torch and not orchestrators and not browser"

spark: $(SPARK_VENV)/.installed ## make .venv-spark, what SageMaker's Spark image holds (400 MB download)

$(SPARK_VENV)/.installed: requirements-spark.lock $(STAMP)
	@test -x $(SPARK_VENV)/bin/python || $(PYTHON) -m venv $(SPARK_VENV)
	@echo "installing Spark, Java and pandas into $(SPARK_VENV) (about 800 MB)"
	@$(BIN)/uv pip sync --quiet --python $(SPARK_VENV)/bin/python --require-hashes requirements-spark.lock
	@touch $@

test-spark: setup spark ## run the tests that need Spark
	@$(BIN)/python -m pytest -m spark

torch: $(TORCH_VENV)/.installed ## make .venv-torch, what SageMaker's PyTorch image and our model server's hold (3 GB download on Linux)

$(TORCH_VENV)/.installed: requirements-torch.lock $(STAMP)
	@test -x $(TORCH_VENV)/bin/python || $(PYTHON) -m venv $(TORCH_VENV)
	@echo "installing PyTorch, on Linux with CUDA's libraries, into $(TORCH_VENV) (about 7 GB there)"
	@$(BIN)/uv pip sync --quiet --python $(TORCH_VENV)/bin/python --require-hashes requirements-torch.lock
	@touch $@

test-torch: setup torch ## run the tests that need PyTorch
	@$(BIN)/python -m pytest -m torch

orchestrators: $(AIRFLOW_VENV)/.installed $(KUBEFLOW_VENV)/.installed $(FEAST_VENV)/.installed ## make the environments that what is exported is loaded and run in

$(AIRFLOW_VENV)/.installed $(KUBEFLOW_VENV)/.installed $(FEAST_VENV)/.installed: .venv-%/.installed: requirements-%.lock $(STAMP)
	@test -x .venv-$*/bin/python || $(PYTHON) -m venv .venv-$*
	@echo "installing what requirements-$*.in asks for into .venv-$* (100 to 500 MB)"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python .venv-$*/bin/python --require-hashes requirements-$*.lock
	@touch $@

test-orchestrators: setup orchestrators ## load and run what is exported by Airflow, kfp and Feast themselves
	@$(BIN)/python -m pytest -m orchestrators

$(BROWSER_VENV)/.installed: requirements-browser.lock $(STAMP)
	@test -x $(BROWSER_VENV)/bin/python || $(PYTHON) -m venv $(BROWSER_VENV)
	@$(BIN)/uv pip sync --quiet --python $(BROWSER_VENV)/bin/python --require-hashes requirements-browser.lock
	@touch $@

test-browser: setup $(BROWSER_VENV)/.installed ## drive this machine's Chromium through the pages of mlops ui
	@$(BROWSER_VENV)/bin/python -m pytest -p no:cacheprovider tests/browser

policy-pack: $(POLICY_VENV)/.installed ## make .venv-policy, which Pulumi's policy pack runs in

$(POLICY_VENV)/.installed: requirements-policy.lock $(STAMP)
	@test -x $(POLICY_VENV)/bin/python || $(PYTHON) -m venv $(POLICY_VENV)
	@$(BIN)/uv pip sync --quiet --python $(POLICY_VENV)/bin/python --require-hashes requirements-policy.lock
	@touch $@

test-policy: setup policy-pack ## run the rules as the policy pack, too, and hold every stack to them
	@$(BIN)/python -m pytest tests/policy/test_pack.py tests/engine/test_policy_pack.py
	@for stack in $(basename $(patsubst stacks/Pulumi.%,%,$(wildcard stacks/Pulumi.*-*.yaml))); do \
		$(BIN)/mlops policy -s $$stack || exit 1; done

$(LOCALSTACK_VENV)/.installed: requirements-localstack.lock $(STAMP)
	@echo "installing LocalStack into $(LOCALSTACK_VENV) (about 500 MB; a minute or two the first time)"
	@test -x $(LOCALSTACK_VENV)/bin/python || $(PYTHON313) -m venv $(LOCALSTACK_VENV)
	@$(BIN)/uv pip sync --quiet --python $(LOCALSTACK_VENV)/bin/python --require-hashes requirements-localstack.lock
	@touch $@

ifneq ($(PYTHON313),)
test-localstack: setup $(LOCALSTACK_VENV)/.installed ## deploy what LocalStack has of a stack, and see alarms and events act
	@$(BIN)/python -m pytest tests/localstack
else
test-localstack:
	@echo "skipped: LocalStack runs on Python 3.13 alone, and there is none; name one with make PYTHON313=... test-localstack"
endif

check: setup ## format, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(WORKFLOWS_VENV)/.installed: requirements-workflows.lock $(STAMP)
	@test -x $(WORKFLOWS_VENV)/bin/python || $(PYTHON) -m venv $(WORKFLOWS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(WORKFLOWS_VENV)/bin/python --require-hashes requirements-workflows.lock
	@touch $@

# Its wheels fetch a program from a host of their own; Go's module proxy has it with a checksum.
ACTIONLINT := .cache/actionlint/bin/actionlint
$(ACTIONLINT):
	@GOBIN="$(CURDIR)/$(dir $@)" GOFLAGS= go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

check-workflows: setup $(WORKFLOWS_VENV)/.installed ## hold the workflows of GitHub and GitLab to their schemas; lint GitHub's and the Dockerfile
	@$(WORKFLOWS_VENV)/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(WORKFLOWS_VENV)/bin/check-jsonschema --quiet --data-transform gitlab-ci --builtin-schema vendor.gitlab-ci .gitlab-ci.yml .gitlab/jobs.yml
	@$(WORKFLOWS_VENV)/bin/hadolint --failure-threshold style pipelines/server/Dockerfile
ifneq ($(shell command -v go 2>/dev/null),)
	@$(MAKE) --no-print-directory $(ACTIONLINT)
	@$(ACTIONLINT) -color
else
	@echo "actionlint is skipped: it comes through Go's module proxy, and there is no go on PATH"
endif

format: setup ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

plan: setup ## say what the working tree changes against AGAINST (origin/main), with no credentials; leaves build/plan
	@$(BIN)/mlops plan --all $(if $(CI),--untrusted) --against "$(AGAINST)" --markdown build/plan/plan.md --json build/plan/plan.json --page build/plan/plan.html

preview: setup ## show what Pulumi would change of the stack STACK; asks AWS
	@pulumi preview --diff --non-interactive --stack "$(STACK)"

begin: setup ## make the short-lived stack STACK known to Pulumi's state
	@pulumi stack select --create --non-interactive --stack "$(STACK)"

cluster: setup ## see that a kubeconfig leads to the cluster of the stack STACK, where it has one; KUBECONFIG_TEXT is written to KUBECONFIG
	@$(BIN)/python -m infra.kubernetes.kubeconfig "$(STACK)"

image: setup ## build and push the model server's image for the stack STACK, where it names one that its registry lacks
	@$(BIN)/python -m infra.serving_image "$(STACK)"

deploy: setup ## bring the stack STACK up to date in AWS, and see that what was approved answers
	@$(BIN)/mlops quotas --stack "$(STACK)"
	@pulumi up --yes --skip-preview --non-interactive --stack "$(STACK)"
	@$(BIN)/mlops verify --stack "$(STACK)"

# These four run on any Python, with nothing installed: their jobs hold a token.
comment: ## post FILE as the one comment of the pull request at hand (a job of GitHub's)
	@$(PYTHON) -m infra.forge comment "$(FILE)"

notes: ## post the plan of each open merge request as its one note (a job of GitLab's)
	@$(PYTHON) -m infra.forge plans

issue: ## post FILE as the one open issue TITLE; close it where there is no FILE
	@$(PYTHON) -m infra.forge issue "$(TITLE)" "$(FILE)"

deployed: ## print the newest revision that stands in every environment
	@$(PYTHON) -m infra.forge deployed

$(BENCH_VENV)/.installed: requirements-bench.lock $(STAMP)
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@$(BIN)/uv pip sync --quiet --python $(BENCH_VENV)/bin/python --require-hashes requirements-bench.lock
	@touch $@

bench: setup spark torch $(BENCH_VENV)/.installed ## measure what docs/benchmarks.md states
	@$(BIN)/python -m tests.bench

$(DOCS_VENV)/.installed: requirements-docs.lock $(STAMP)
	@test -x $(DOCS_VENV)/bin/python || $(PYTHON) -m venv $(DOCS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(DOCS_VENV)/bin/python --require-hashes requirements-docs.lock
	@touch $@

docs: setup $(DOCS_VENV)/.installed ## build the site of docs/ into build/site; a warning ends it
	@$(BIN)/python -m infra.site
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/python -m mkdocs build --strict

docs-serve: setup $(DOCS_VENV)/.installed ## serve the site on 127.0.0.1:8000, built again at each change
	@$(BIN)/python -m infra.site
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/python -m mkdocs serve --strict --dev-addr 127.0.0.1:8000

clean: ## remove what was built; stops the emulator of this folder
	@if test -x $(BIN)/mlops; then $(BIN)/mlops down --all; fi
	@rm -rf build .cache .mlops .localstack $(VENV) $(BENCH_VENV) $(SPARK_VENV) $(TORCH_VENV) $(POLICY_VENV) $(LOCALSTACK_VENV) $(DOCS_VENV) $(WORKFLOWS_VENV) $(AIRFLOW_VENV) $(KUBEFLOW_VENV) $(FEAST_VENV) *.egg-info
