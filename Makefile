# Two commands matter: `make demo` and `make test`. Everything runs on the Node that package-lock.json pins, so the
# system's Node only has to be able to run npm.
SHELL := /bin/sh
BIN := node_modules/.bin
# Debian and macOS ship make, but not always a Node that Hardhat accepts: npm itself runs under this one.
NPM := npx --yes -p node@24 -- npm
# The first build warns at length about names in the libraries; it is shown only when it fails.
BUILD := { PATH="$(CURDIR)/$(BIN):$$PATH" hardhat build >node_modules/.build.log 2>&1 || { cat node_modules/.build.log; exit 1; }; }
STAMP := node_modules/.streamflow-installed
ARGS ?=

.PHONY: help install demo test check clean

help:
	@echo "make demo   stream a clip through a local network and pay for it (ARGS=\"--input FILE\" for your own)"
	@echo "make test   run the tests"
	@echo "make check  lint, formats, types, consistency checks"

install: $(STAMP)

# The stamp holds the lock file it was made from: a checkout that only touches the file's time does not reinstall.
$(STAMP): package-lock.json package.json
	@if cmp -s package-lock.json $(STAMP); then touch $(STAMP); else $(NPM) ci && $(BUILD) && cp package-lock.json $(STAMP); fi

demo: install
	@PATH="$(CURDIR)/$(BIN):$$PATH" hardhat demo $(ARGS)

test: install
	@PATH="$(CURDIR)/$(BIN):$$PATH" hardhat test

check: install
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check

clean:
	rm -rf artifacts cache types out
