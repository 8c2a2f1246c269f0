# Thin aliases over `mlops`, and the two commands that set up a bare machine themselves:
#
#   make quickstart    the main job end to end, offline on the model that ships with the project
#   make test          everything CI checks
#
# `make help` lists the rest. Overrides of a configuration go into ARGS: make train ARGS="epochs=2 lr=1e-4".

TRAIN_CONFIG ?= train
EVAL_CONFIG ?= eval
BASELINE_EVAL_CONFIG ?= eval_baseline
# Q8_0 until K-quants are written: a default has to work.
QUANT ?= Q8_0
MODEL ?= models/mlops-tiny
RUN ?= outputs/runs/latest
RUN_A ?=
RUN_B ?=
TEXT ?= Hello, world!
OUTPUT ?=
REMOTE_USER ?=
REMOTE_HOST ?=
REMOTE_DIR ?=
HF_REPO_ID ?=
ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BUILD_DIR ?= .build
MLOPS := $(BUILD_DIR)/release/mlops
# Runs a command of the tool, or says plainly that this version does not have it.
DO := scripts/mlops-command.sh $(MLOPS)

.PHONY: help deps build quickstart test sanitize interop train eval eval-baseline compare validate tokenize merge gguf publish \
	publish-hf docker-build push ssh-init ssh-train ssh-train-bg ssh-monitor ssh-eval clean format lint

help: ## list the targets
	@awk -F':.*## ' '/^[a-z -]+:.*## / {gsub(":","",$$1); printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install what is missing to build (Debian: apt-get; macOS: says what to install)
	@scripts/install-dependencies.sh

build: deps ## build the tool (release)
	@scripts/build.sh $(BUILD_DIR)

quickstart: build ## validate, train, evaluate, gate, merge, write a GGUF: MODEL=smollm2 on a real model
	@scripts/quickstart.sh $(MLOPS) $(MODEL)

test: deps ## everything CI checks
	@scripts/test.sh

sanitize: ## call the C kernels with random shapes under clang's sanitizers (a minute)
	@scripts/sanitize-kernels.sh

interop: build ## only the comparison with PEFT, transformers, safetensors, gguf and TensorBoard
	@scripts/interop.sh $(MLOPS)

train: build ## train TRAIN_CONFIG, evaluate, gate
	@$(DO) train --config-name $(TRAIN_CONFIG) $(ARGS)

eval: build ## evaluate the run RUN with EVAL_CONFIG
	@$(DO) eval --config-name $(EVAL_CONFIG) model_path=$(RUN) $(ARGS)

eval-baseline: build ## evaluate the base model alone with BASELINE_EVAL_CONFIG
	@$(DO) eval --config-name $(BASELINE_EVAL_CONFIG) $(ARGS)

compare: build ## compare RUN_A with RUN_B (runs or metrics files)
	@if [ -z "$(RUN_A)" ] || [ -z "$(RUN_B)" ]; then echo "usage: make compare RUN_A=… RUN_B=…" >&2; exit 64; fi
	@$(DO) compare $(RUN_A) $(RUN_B)

validate: build ## check the data of TRAIN_CONFIG
	@scripts/validate.sh $(MLOPS) $(TRAIN_CONFIG) $(ARGS)

tokenize: build ## show the tokens MODEL makes of TEXT
	@$(DO) tokenize --model $(MODEL) --text "$(TEXT)"

merge: build ## merge the adapter of RUN into its base model
	@$(DO) merge --model $(RUN) --output $(or $(OUTPUT),release/merged)

gguf: build ## write RUN as a GGUF file of type QUANT
	@$(DO) gguf --model $(RUN) --quant $(QUANT) --output $(or $(OUTPUT),release/model-$(QUANT).gguf)

publish: build ## pack RUN, which passed its gate, as an archive
	@$(DO) publish archive $(RUN) $(ARGS)

publish-hf push: build ## push RUN to HF_REPO_ID on the hub
	@if [ -z "$(HF_REPO_ID)" ]; then echo "usage: make $@ HF_REPO_ID=owner/name" >&2; exit 64; fi
	@$(DO) publish hf $(RUN) --repo $(HF_REPO_ID) $(ARGS)

docker-build: build ## write a container of RUN
	@$(DO) publish docker $(RUN) $(ARGS)

ssh-init ssh-train ssh-train-bg ssh-monitor ssh-eval: build ## work on REMOTE_USER@REMOTE_HOST:REMOTE_DIR
	@$(DO) remote $(@:ssh-%=%) --host "$(REMOTE_USER)@$(REMOTE_HOST)" --dir "$(REMOTE_DIR)" $(ARGS)

clean: ## remove what was built; runs and releases stay
	rm -rf .build .build-*

format: ## format the Swift sources
	@scripts/swift-sources.sh | xargs -0 swift format -i

lint: ## check formatting and the rules of CONTRIBUTING.md
	@scripts/lint.sh
