# bundletrace: `make help` lists the targets.
# Variables: V=1 (show commands), CC, CLANG, SANITIZE=address,undefined, BUILD=dir, DESTDIR, PREFIX, WERROR= (to build
# with warnings allowed).

BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG    ?= clang
OBJCOPY  ?= objcopy
# Ubuntu's /usr/sbin/bpftool only looks for that of the running kernel; any will do.
BPFTOOL  ?= $(firstword $(wildcard /usr/lib/linux-tools/*/bpftool /usr/sbin/bpftool) bpftool)
WERROR   ?= -Werror
SANITIZE ?=
VERSION  := 0.1.0

# `$(call say,CC)` before a command: one short line instead of it, unless V=1.
Q         = $(if $(V),,@)
say       = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)

LIBDIR     = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR     = $(PREFIX)/share/man
BINDIR     = $(PREFIX)/bin

CFLAGS   ?= -O2 -g
SAN       = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_CFLAGS = -std=gnu11 -Wall -Wextra $(WERROR) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -MMD -MP $(CFLAGS) $(SAN)
INCLUDES  = -I. -Ibundle -I$(BUILD)/gen
ARCH     := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')

PROGRAMS = bundletrace bundletop bundlectl
LOADERS  = $(patsubst tests/loaders/%.c,%,$(wildcard tests/loaders/*.c))
TARGETS  = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/targets/*.c)) \
		$(patsubst %,$(BUILD)/tests/targets/%,source_fp stay_lld stay_static calls32_i386)
BENCHES  = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c))

LIBURING    = $(shell $(CC) -print-file-name=liburing.a)

bundle_src  = $(wildcard bundle/*/*.c)
# The rooms that the programs share; those of the kernel side's skeleton are built after it.
rooms       = base event probemap calls modelfile record tables stage sink kernel unwind packing
room_src    = $(wildcard $(patsubst %,user/%/*.c,$(rooms)))
bpf_src     = $(wildcard bpf/*.bpf.c)
test_src    = $(wildcard tests/*.c tests/unit/*.c tests/system/*.c tests/reference/*.c)
obj         = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
main_free   = $(filter-out %/main.o,$(call obj,$(wildcard $(1)/*.c)))

# What of bundletop is tested without a terminal and the kernel.
top_state   = $(patsubst %,$(BUILD)/obj/user/bundletop/%.o,advice counts file_hits file_mappings model_sums page_looks part_list state state_events)

# What a program is linked with, besides its own folder user/NAME and libuser.a.
LIBS_bundletrace = -lbpf -liberty -ldw -lelf -lz -lzstd -lcjson -lzip -lpthread
LIBS_bundletop   = -lbpf -lelf -lz -lzstd -lcjson -lzip -lncursesw
LIBS_bundlectl   = $(BUILD)/libpagedbundle.a -lz -lzstd -lcjson -lzip
LIBS_bench_overlap = -luring
LIBS_uring       = -luring
LIBS_cold        = -luring
LIBS_bench_stores = -llmdb -lrocksdb
LIBS_test        = $(BUILD)/libpagedbundle.a -lcheck -lsubunit -lrt -lm -lcjson -lzip -liberty -ldw -lelf -lz -lzstd -lbpf -lpthread

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: $(addprefix $(BUILD)/,$(PROGRAMS) $(LOADERS) libpagedbundle.a libpagedbundle.so)

.PHONY: help
help:
	@echo 'make              build everything under $(BUILD)/; it installs nothing, but says what is missing'
	@echo 'sudo make demo    set up, build, and trace the demo loader: timeline, tables, JSON'
	@echo 'sudo make check   set up, build, and run all tests (real BPF, real processes)'
	@echo 'make unit         build, and run the tests that need neither root nor BPF: under a minute'
	@echo 'sudo make soak    random system calls against the trace and strace: SEEDS=1000 FIRST=1'
	@echo 'sudo make bench   what tracing costs, and the library beside plain reads: ratios within one run'
	@echo 'make kernel       boot a kernel under emulation and run the programs there: KERNEL=6.12, newest, sid, a package'
	@echo 'make kernels      the same with KERNELS="$(KERNELS)": a table'
	@echo 'make layout       check that the code keeps to its rooms and that documents fit the tables of event kinds'
	@echo 'make install      DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make format       clang-format over the tree      make clean   remove $(BUILD)/'
	@echo 'Variables: V=1 (show commands) CC=clang SANITIZE=address,undefined BUILD=dir CFLAGS=...'

# --- libpagedbundle -------------------------------------------------------------------------------------------------
$(call obj,$(bundle_src)): $(BUILD)/obj/%.o: %.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -fvisibility=hidden $(INCLUDES) -c $< -o $@

# One object whose hidden symbols are local: the library's inner names do not meet those of the program. liburing goes
# in, so that who links the library needs no other.
$(BUILD)/obj/pagedbundle.o: $(call obj,$(bundle_src))
	$(call say,LD)
	$(Q)$(LD) -r -o $@ $^ $(LIBURING)
	$(Q)$(OBJCOPY) --localize-hidden -w --localize-symbol='io_uring_*' --localize-symbol='__io_uring_*' $@

$(BUILD)/libpagedbundle.a: $(BUILD)/obj/pagedbundle.o
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libpagedbundle.so.0: $(call obj,$(bundle_src))
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,libpagedbundle.so.0 $(if $(SANITIZE),,-Wl,-z,defs) -Wl,--exclude-libs,ALL -o $@ $^ -lzstd $(LIBURING) $(LDFLAGS)

$(BUILD)/libpagedbundle.so: $(BUILD)/libpagedbundle.so.0
	$(Q)ln -sf $(<F) $@

# --- the kernel side ------------------------------------------------------------------------------------------------
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) bpf/kinds.def bundle/observe/probes.def vmlinux/vmlinux.h | setup
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) -g -O2 -Wall -Wextra -Wno-unused-parameter $(WERROR) -target bpf -ffreestanding -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -I. -Ivmlinux -idirafter /usr/include/$(shell uname -m)-linux-gnu -c $< -o $@

$(BUILD)/bpf/bundletrace.o: $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(bpf_src))
	$(call say,BPF)
	$(Q)$(BPFTOOL) gen object $@ $^

$(BUILD)/gen/bundletrace.skel.h: $(BUILD)/bpf/bundletrace.o
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)$(BPFTOOL) gen skeleton $< name bundletrace_bpf > $@ 2> $@.log || { cat $@.log >&2; exit 1; }

# --- programs -------------------------------------------------------------------------------------------------------
$(call obj,$(wildcard user/kernel/*.c user/unwind/*.c user/bundletrace/*.c user/bundletop/*.c)): $(BUILD)/gen/bundletrace.skel.h
$(BUILD)/obj/user/event/schema.o: docs/bundletrace-trace.schema.json
$(BUILD)/obj/user/sink/html_page.o: $(wildcard user/sink/html_page.*)

$(BUILD)/obj/%.o: %.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) -c $< -o $@

$(BUILD)/libuser.a: $(call obj,$(room_src))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

.SECONDEXPANSION:
$(addprefix $(BUILD)/,$(PROGRAMS)): $(BUILD)/%: $$(call obj,$$(wildcard user/%/*.c)) $(BUILD)/libuser.a $(BUILD)/libpagedbundle.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libuser.a $(LIBS_$*) -lm $(LDFLAGS)

$(addprefix $(BUILD)/,$(LOADERS)): $(BUILD)/%: $(BUILD)/obj/tests/loaders/%.o $(BUILD)/libpagedbundle.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lzstd $(LDFLAGS)

# --- tests ----------------------------------------------------------------------------------------------------------
$(BUILD)/check: $(call obj,$(test_src)) $(call main_free,user/bundletrace) $(call main_free,user/bundlectl) $(top_state) \
		$(BUILD)/libuser.a $(BUILD)/libpagedbundle.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libuser.a $(LIBS_test) $(LDFLAGS)

# Programs that tests trace (tests/targets), and those that measure (tests/bench).
$(filter-out $(BUILD)/tests/targets/calls32%,$(TARGETS)) $(BENCHES): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libpagedbundle.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS_$(@F)) -lzstd -lpthread $(LDFLAGS)

# The same program in the two ways that stacks are unwound. Flags last: a sanitizer has its own.
$(BUILD)/obj/tests/targets/source.o: private SAN += -fomit-frame-pointer
$(BUILD)/obj/tests/targets/source_fp.o: private SAN += -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
$(BUILD)/obj/tests/targets/source_fp.o: tests/targets/source.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) -c $< -o $@

# The same loader as others link it: by lld, whose read-only data shares a page of the file with what is written to; as a
# static program; with a shared library that lld has linked.
$(patsubst %,$(BUILD)/obj/tests/targets/stay_%.o,lld static): tests/targets/stay.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) -c $< -o $@

$(BUILD)/tests/targets/stay_lld: private LDFLAGS += -fuse-ld=lld
$(BUILD)/tests/targets/stay_static: private LDFLAGS += $(if $(SANITIZE),,-static)

$(BUILD)/tests/libstay_lld.so: $(call obj,$(bundle_src))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -fuse-ld=lld -shared -Wl,-soname,$(@F) -o $@ $^ -lzstd $(LIBURING)

$(BUILD)/tests/targets/stay_library: $(BUILD)/obj/tests/targets/stay.o $(BUILD)/tests/libstay_lld.so
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -Wl,-rpath,$(abspath $(BUILD)/tests) -lpthread $(LDFLAGS)

# Makes its 32-bit calls itself, as a 64-bit program and as a 32-bit one.
$(BUILD)/tests/targets/calls32: private MACHINE = -m64
$(BUILD)/tests/targets/calls32_i386: private MACHINE = -m32
$(patsubst %,$(BUILD)/tests/targets/%,calls32 calls32_i386): tests/targets/calls32.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(MACHINE) -std=gnu11 -Wall -Wextra $(WERROR) -O1 -g -ffreestanding -fno-pie -fno-stack-protector -mno-red-zone -nostdlib -static -o $@ $<

# The linker drops sections, and with them the base of the library's notes.
$(BUILD)/tests/targets/unmoved: private LDFLAGS += -fuse-ld=lld -Wl,-z,norelro -Wl,--gc-sections
$(BUILD)/tests/targets/unmoved: $(BUILD)/obj/tests/targets/unmoved_table.o # last: behind the semaphores
$(BUILD)/obj/tests/targets/unmoved_table.o: tests/targets/unmoved.c | setup
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -DTABLE $(INCLUDES) -c $< -o $@

$(BUILD)/tests/bench/bench_policies: $(call obj,$(wildcard tests/reference/*.c))

# Makes every call itself, and has threads that share what a sanitizer keeps for one. What `arguments` gives the kernel on
# purpose a sanitizer would not let through.
exerciser_obj = $(call obj,$(wildcard tests/exerciser/*.c))
$(BUILD)/tests/targets/arguments $(BUILD)/obj/tests/targets/arguments.o: private SAN =
$(BUILD)/tests/exerciser $(exerciser_obj): private SAN =
$(BUILD)/tests/exerciser: $(exerciser_obj)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS)

.PHONY: targets
targets: $(TARGETS) $(BUILD)/tests/exerciser $(BUILD)/tests/targets/stay_library

.PHONY: check
check: all $(BUILD)/check targets as-root
	$(Q)BUNDLETRACE_BUILD=$(BUILD) $(BUILD)/check

# What needs neither root nor BPF.
.PHONY: unit
unit: all $(BUILD)/check
	$(Q)BUNDLETRACE_BUILD=$(BUILD) $(BUILD)/check unit

.PHONY: layout
layout: all
	$(Q)scripts/check-layout.sh $(BUILD)
	$(Q)scripts/gen-kinds.sh --check

# Suites of `make check` with more seeds, from FIRST on, the second with a tenth of them.
SEEDS ?= 1000
FIRST ?= 1
.PHONY: soak
soak: all $(BUILD)/check targets as-root
	CK_RUN_SUITE=system_exerciser BUNDLETRACE_FIRST_SEED=$(FIRST) BUNDLETRACE_SEEDS=$(SEEDS) BUNDLETRACE_BUILD=$(BUILD) $(BUILD)/check
	CK_RUN_SUITE=system_file_names BUNDLETRACE_FIRST_SEED=$(FIRST) BUNDLETRACE_SEEDS=$$(($(SEEDS) / 10 + 1)) BUNDLETRACE_BUILD=$(BUILD) $(BUILD)/check

.PHONY: demo
demo: all as-root
	scripts/demo.sh $(BUILD)

.PHONY: bench
bench: all $(TARGETS) $(BENCHES) as-root
	scripts/bench.sh $(BUILD)
$(BUILD)/obj/tests/bench/bench_stores.o: | bench-setup

# An older kernel's verifier may refuse what this one takes, and a newer one may run hooks in another way.
.PHONY: kernel kernels
kernel: all $(BUILD)/check targets
	scripts/kernel.sh $(BUILD) $(KERNEL)

KERNELS ?= 6.1 6.12 6.18 7.1 sid backports
kernels: all $(BUILD)/check targets
	scripts/kernel.sh $(BUILD) $(KERNELS)

# Real BPF needs privileges: say so before a hundred tests do.
.PHONY: as-root
as-root: | setup
	@[ "$$(id -u)" = 0 ] || { echo 'make: this traces real programs with BPF: run it with sudo' >&2; exit 1; }

# --- setting up -----------------------------------------------------------------------------------------------------
# `make check` and `make demo` (and what else needs root) install what is missing, all others only say it, once for a
# build folder and list of packages.
INSTALLING := $(filter check demo soak bench,$(MAKECMDGOALS))
.PHONY: setup
ifneq ($(INSTALLING),)
setup:
	@scripts/setup.sh --if-missing
else
setup: $(BUILD)/.there
endif

$(BUILD)/.there: scripts/packages scripts/setup.sh
	@CC='$(CC)' scripts/setup.sh --check
	@mkdir -p $(@D)
	@touch $@

# What only benchmarks need.
.PHONY: bench-setup
bench-setup:
	@scripts/setup.sh --bench $(if $(INSTALLING),--if-missing,--check)

.PHONY: install
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(MANDIR)/man1
	install -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(BINDIR)
	install -m 644 $(BUILD)/libpagedbundle.a $(DESTDIR)$(LIBDIR)
	install -m 755 $(BUILD)/libpagedbundle.so.0 $(DESTDIR)$(LIBDIR)
	ln -sf libpagedbundle.so.0 $(DESTDIR)$(LIBDIR)/libpagedbundle.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' bundle/pagedbundle.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/pagedbundle.pc
	install -m 644 bundle/pagedbundle.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(MANDIR)/man1
	install -d $(DESTDIR)$(PREFIX)/share/bundletrace/probes
	install -m 644 $(wildcard probes/*.json) $(DESTDIR)$(PREFIX)/share/bundletrace/probes

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h' | grep -v '^vmlinux/')

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
