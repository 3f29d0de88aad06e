PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
PKGS     = libcrypto libsodium libpcap jansson zlib

WARN   = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wvla \
         -Wstrict-prototypes -Wmissing-prototypes
HARDEN = -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
CFLAGS ?= -O2 -g
override CFLAGS  += -std=c17 -D_DEFAULT_SOURCE -Ilibcommon -MMD -MP \
                    $(WARN) $(HARDEN) $(shell pkg-config --cflags $(PKGS))
override LDFLAGS += -pie -Wl,-z,relro,-z,now,--as-needed
LDLIBS += $(shell pkg-config --libs $(PKGS)) -lpthread

obj  = $(patsubst %.c,$(B)/%.o,$(1))
LIB  = $(call obj,$(sort $(shell find libcommon -name '*.c')))
CMDS = $(patsubst cmd/%.c,$(B)/bin/%,$(wildcard cmd/*.c))

all: $(CMDS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(B)/tests/%.o: WARN += -Wno-conversion

$(B)/libcommon.a: $(LIB)
	@rm -f $@
	$(AR) rcs $@ $^

$(CMDS): $(B)/bin/%: $(B)/cmd/%.o $(B)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/unit: $(call obj,$(shell find tests/unit -name '*.c')) $(B)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcriterion

check-unit: $(B)/unit
	$(B)/unit

clean:
	rm -rf $(B)

.PHONY: all check-unit clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
