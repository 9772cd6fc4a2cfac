# A thin front to Meson.  `make help` lists the targets.

PYTHON   = /usr/bin/python3
RELEASE  = build
SANITIZE = build-test
JOBS     = $(shell nproc)

all: $(RELEASE)/build.ninja
	ninja -C $(RELEASE) helio

help:
	@echo 'make             the release program, build/helio'
	@echo 'make demo        a server with a small fleet that lives, in one command'
	@echo 'make test        install what is missing, build with sanitizers, run the tests'
	@echo 'make check-all   the slow tests too (kills, soak, longer fuzzing, threads), and all on PostgreSQL'
	@echo 'make bench       the benchmarks; figures belong in docs/performance.md'
	@echo 'make lint        cppcheck and the checks in tools/'
	@echo 'make install     into PREFIX (default /usr/local)'
	@echo 'make clean       remove what was built'

deps:
	@tools/deps build

deps-test:
	@tools/deps build test postgres

$(RELEASE)/build.ninja: | deps
	meson setup $(RELEASE) --buildtype=release -Dtests=false $(if $(PREFIX),--prefix=$(PREFIX))

$(SANITIZE)/build.ninja: | deps-test
	meson setup $(SANITIZE) --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

demo: all
	@tools/demo

test: deps-test $(SANITIZE)/build.ninja
	ninja -C $(SANITIZE)
	tools/check
	meson test -C $(SANITIZE) --no-rebuild --print-errorlogs \
	    --timeout-multiplier 4
	HELIO=$(CURDIR)/$(SANITIZE)/helio $(PYTHON) -m pytest test/api test/fault \
	    -m 'not slow' -n auto --dist loadfile

check-all: test
	HELIO=$(CURDIR)/$(SANITIZE)/helio $(PYTHON) -m pytest test/api test/fault -m slow
	tools/check-threads
	tools/check-postgres $(SANITIZE)

bench: all
	tools/deps bench
	bench/run

lint: deps-test
	tools/check
	tools/lint

install: all
	meson install -C $(RELEASE)

clean:
	rm -rf $(RELEASE) $(SANITIZE) build-tsan

.PHONY: all help deps deps-test demo test check-all bench lint install clean
