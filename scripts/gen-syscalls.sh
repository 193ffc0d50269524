#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Generates user/calls/syscalls_table.h from user/calls/syscalls.tbl, and user/calls/abi32_table.h from <asm/unistd_32.h>. A build does not need it: run it after a change of
# the .tbl, on x86-64. It first checks the .tbl against the kernel: names and numbers against <asm/unistd_64.h>, the
# count and kind of the arguments against the tracepoints of the running kernel, where tracefs is mounted.
set -eu
cd "$(dirname "$0")/.."
tbl=user/calls/syscalls.tbl
out=user/calls/syscalls_table.h
events=${EVENTS:-/sys/kernel/tracing/events/syscalls}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

say() { echo "gen-syscalls: $*" >&2; }

header=${UNISTD:-$(for f in /usr/include/x86_64-linux-gnu/asm/unistd_64.h /usr/include/asm/unistd_64.h; do
	[ -f "$f" ] && echo "$f" && break; done)}
[ -n "$header" ] || { say "no <asm/unistd_64.h> (install linux-libc-dev)"; exit 1; }
sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p' "$header" | sort >"$tmp/header"
sed -n 's/^\([0-9]* [a-z0-9_]*\) .*/\1/p' "$tbl" | sort >"$tmp/ours"
if ! missing=$(comm -23 "$tmp/header" "$tmp/ours" | grep .); then missing=; fi
[ -z "$missing" ] || { say "in $header but not so in $tbl: $missing"; exit 1; }
say "newer than $header, so not checked against it: $(comm -13 "$tmp/header" "$tmp/ours" | tr '\n' ' ')"

# One line per call: its usual name, then a letter per argument: p for a pointer, n for a number.
if [ -d "$events/sys_enter_read" ]; then
	for dir in "$events"/sys_enter_*; do
		name=${dir##*/sys_enter_}
		case $name in
		newstat | newfstat | newlstat | newuname) name=${name#new} ;;
		sendfile64) name=sendfile ;;
		umount) name=umount2 ;;
		esac
		sed -n '/__syscall_nr/,$ s/^\tfield:\(.*\);\toffset.*/\1/p' "$dir/format" | sed 1d |
			awk -v name="$name" '{ k = k (/\*/ ? " p" : " n") } END { print name k }'
	done >"$tmp/tracepoints"
else
	say "no $events: arguments not checked (mount -t tracefs tracefs /sys/kernel/tracing)"
	: >"$tmp/tracepoints"
fi

awk '
FILENAME != TBL {
	kinds[$1] = ""
	for (i = 2; i <= NF; i++)
		kinds[$1] = kinds[$1] $i
	next
}
/^#/ { next }
{
	if (NF < 4 || NF > 10)
		fail("a line has a number, a name, a result, classes and at most six arguments")
	if ($1 + 0 <= last && seen++)
		fail("numbers must rise")
	last = $1 + 0
	split("", has)
	n = split($4 == "-" ? "" : $4, given, ",")
	for (i = 1; i <= n; i++)
		has[given[i]] = 1
	args = ""
	ours = ""
	for (i = 5; i <= NF; i++) {
		if ($i == "path")
			has["file"] = 1
		if ($i == "fd" || $i == "dirfd")
			has["desc"] = 1
		args = args (args ? ", " : "") "ARG_" toupper($i)
		if ($i != "out_mask") # what a call without arguments sets
			ours = ours ($i ~ /^(path|name|ifname|asked_segment|string|pointer|buffer|argv|ignored|mount_type|mount_data|envp|futex_(timeout|address)|(in|out|left|rest)_.*|(moved|old)_offset|clone_.*_tid|io_uring_params|length)$/ ? "p" : "n")
	}
	if ($3 == "fd" || $3 == "new_fd")
		has["desc"] = 1
	if ($2 in kinds)
		compare($2, ours, kinds[$2])
	classes = ""
	n = split("file desc network process memory signal ipc creds clock pure basics", order, " ")
	for (i = 1; i <= n; i++)
		if (order[i] in has)
			classes = classes (classes ? " | " : "") "CLASS_" toupper(order[i])
	printf "[%d] = { \"%s\", %s, RESULT_%s, { %s } },\n", $1, $2, classes ? classes : "0", toupper($3), args ? args : "ARG_NONE"
}
# A number of one may be an address or a pointer of the other: the kernel declares addresses of mappings as unsigned long.
function compare(name, ours, theirs,    i) {
	if (length(ours) != length(theirs))
		fail(length(ours) " arguments, the kernel has " length(theirs))
	for (i = 1; i <= length(ours); i++)
		if (substr(ours, i, 1) == "n" && substr(theirs, i, 1) == "p")
			fail("argument " i " is a pointer in the kernel")
}
function fail(why) {
	print "gen-syscalls: " $2 ": " why > "/dev/stderr"
	bad = 1
}
END { exit bad }
' TBL="$tbl" "$tmp/tracepoints" "$tbl" >"$tmp/lines"

{
	echo '/* SPDX-License-Identifier: BSD-2-Clause */'
	echo '/* Made by scripts/gen-syscalls.sh from syscalls.tbl: change that. Included by syscalls.c alone. */'
	echo '/* clang-format off */'
	cat "$tmp/lines"
} >"$tmp/out"
mv "$tmp/out" "$out"
say "$out: $(grep -c '^\[' "$out") calls, arguments of $(wc -l <"$tmp/tracepoints") checked"

{
	echo '/* SPDX-License-Identifier: BSD-2-Clause */'
	echo '/* Made by scripts/gen-syscalls.sh from <asm/unistd_32.h>: name, and number of that name on x86-64 or SYSCALL_OTHER. */'
	echo '/* clang-format off */'
	sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p' "${header%64.h}32.h" | sort -n | awk '
		FILENAME == TBL { if ($1 ~ /^[0-9]/) number[$2] = $1; next }
		{ printf "[%d] = { \"%s\", %s },\n", $1, $2, $2 in number ? number[$2] : "SYSCALL_OTHER" }' TBL="$tbl" "$tbl" -
} >"$tmp/out"
mv "$tmp/out" user/calls/abi32_table.h
