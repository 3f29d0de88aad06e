# Needs GNU make ("gmake" on the BSDs) and pkg-config.  Variants build elsewhere:
# make B=build/asan CFLAGS='-O1 -g -fsanitize=address,undefined' LDFLAGS=-fsanitize=address,undefined check-unit
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
SECONDS := 60
# UML=no leaves out what User-Mode Linux has to judge
UML     ?= yes
UML_STEP = $(if $(filter no,$(UML)),,uml)
# LIVE=no leaves out negotiations with a real strongSwan: they need root, network namespaces, /dev/net/tun
LIVE    ?= yes
# PAGES=no leaves out the page of ipsec-inspect in headless Chromium
PAGES   ?= yes
# SLURM=no leaves out a job array of Slurm, which needs root
SLURM   ?= yes
LIVE_STEP = $(if $(filter no,$(LIVE)),,live)
PAGE_STEP = $(if $(filter no,$(PAGES)),,page)
SLURM_STEP = $(if $(filter no,$(SLURM)),,slurm)
DIR     := tests/vectors
PKGS     = libssl libcrypto libsodium libpcap jansson zlib
LINUX   := $(filter Linux,$(shell uname))
VERSION := $(shell sed -n 's/^\#define TOOLKIT_VERSION "\(.*\)"/\1/p' libcommon/cli/cli.h)

WARN   = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wvla \
         -Wstrict-prototypes -Wmissing-prototypes
HARDEN = -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
CFLAGS ?= -O2 -g
override CFLAGS  += -std=c17 -D_DEFAULT_SOURCE -Ilibcommon -Itests -MMD -MP \
                    $(WARN) $(HARDEN) $(shell pkg-config --cflags $(PKGS))
override LDFLAGS += $(if $(LINUX),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now$(comma)--as-needed)
comma  := ,
LDLIBS += $(shell pkg-config --libs $(PKGS)) -lpthread

find = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
obj  = $(patsubst %.c,$(B)/%.o,$(1))
LIB  = $(B)/libcommon.a
CMDS = $(patsubst cmd/%.c,$(B)/bin/%,$(wildcard cmd/*.c))
UNIT = $(call obj,$(call find,tests/unit) $(filter-out %/run.c,$(wildcard tests/vectors/*.c)))
FUZZ = $(patsubst tests/%.c,$(B)/%,$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c)))
VECT = $(if $(wildcard tests/vectors/run.c),$(B)/vectors)
TEST = $(B)/unit $(patsubst %,$(B)/tests/bin/%,cli-sample sa-convert ike-keys ike-show eap-end ike-remains) $(FUZZ) $(VECT)
RUN  = B=$(B) sh tests/run.sh

all: $(CMDS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(B)/tests/%.o: WARN += -Wno-conversion

# the page of ipsec-inspect: style and scripts become bytes
PAGE = $(wildcard libcommon/report/page/*.css libcommon/report/page/*.js libcommon/report/page/*.LICENSE)
$(B)/page_assets.c: libcommon/report/page/embed.sh $(PAGE)
	@mkdir -p $(@D)
	sh libcommon/report/page/embed.sh $(PAGE) >$@.new && mv $@.new $@
$(B)/page_assets.o: $(B)/page_assets.c
	$(CC) $(CFLAGS) -c -o $@ $<

$(LIB): $(call obj,$(call find,libcommon)) $(B)/page_assets.o
	@rm -f $@
	$(AR) rcs $@ $^

LINK = @mkdir -p $(@D) && echo link $@ && $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(CMDS): $(B)/bin/%: $(B)/cmd/%.o $(LIB)
	$(LINK)
$(B)/tests/bin/cli-sample: $(B)/tests/cli/sample.o $(LIB)
	$(LINK)
$(B)/tests/bin/sa-convert: $(B)/tests/sa/convert.o $(LIB)
	$(LINK)
$(B)/tests/bin/ike-keys: $(B)/tests/ike/keys.o $(LIB)
	$(LINK)
$(B)/tests/bin/ike-show: $(B)/tests/ike/show.o $(LIB)
	$(LINK)
$(B)/tests/bin/ike-remains: $(B)/tests/ike/remains.o $(LIB)
	$(LINK)
$(B)/tests/bin/eap-end: $(B)/tests/ike/eap_end.o $(LIB)
	$(LINK)
$(B)/vectors: $(call obj,$(wildcard tests/vectors/*.c)) $(LIB)
	$(LINK)
$(FUZZ): $(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(LIB)
	$(LINK)
$(B)/unit: LDLIBS += -lcriterion
$(B)/unit: $(UNIT) $(LIB)
	$(LINK)

check: setup-test
	@$(MAKE) --no-print-directory all tests
	@$(RUN) unit layers cli interop corpus vectors schema man completions readme instructions $(UML_STEP) $(LIVE_STEP) $(PAGE_STEP) $(SLURM_STEP)
check-fast: all tests
	@$(RUN) unit layers cli
check-unit: $(B)/unit
	@$(RUN) unit
check-full: check
	@B=$(B) MAKE='$(MAKE)' sh tests/full.sh
tests: $(TEST)
setup-test:
	@sh .ci/setup test
	@$(if $(UML_STEP),sh .ci/setup uml,echo "check: without User-Mode Linux (UML=no)")
	@$(if $(LIVE_STEP),sh .ci/setup live,echo "check: without a live strongSwan (LIVE=no)")
	@$(if $(PAGE_STEP),sh .ci/setup page,echo "check: without Chromium (PAGES=no)")
	@$(if $(SLURM_STEP),sh .ci/setup slurm,echo "check: without Slurm (SLURM=no)")

vectors: $(VECT)
	$(B)/vectors $(DIR)
demo:
	@sh .ci/setup demo
	@$(MAKE) --no-print-directory all
	@B=$(B) sh tests/demo/run
# FULL=1: every suite and size
bench: all
	@B=$(B) sh tests/bench/run bench $(if $(FULL),--full)
bench-peers: all
	@B=$(B) sh tests/bench/run peers
bench-check: all
	@$(RUN) instructions
# the examples of ipsec-ike(1) against libreswan and OpenIKED; fetches their packages
check-others: $(B)/bin/ipsec-ike
	@sh .ci/setup uml
	@python3 tests/uml/others/run.py $(B)/bin/ipsec-ike
fuzz:
	@sh tests/fuzz/run.sh $(SECONDS)
lint:
	@B=$(B) sh tests/lint.sh
completions: all
	@B=$(B) sh tests/completions.sh --write

D = $(DESTDIR)$(PREFIX)
install uninstall: all
	@B=$(B) D='$(D)' sh tests/install.sh $@
dist:
	git archive --prefix=ipsec-toolkit-$(VERSION)/ -o ipsec-toolkit-$(VERSION).tar.gz HEAD
clean:
	rm -rf $(B)
dist-clean: clean
	rm -f ipsec-toolkit-*.tar.gz

.PHONY: all tests setup-test check check-fast check-unit check-full check-others vectors demo bench bench-peers bench-check fuzz lint \
        completions install uninstall dist clean dist-clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
