#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Generates user/calls/constants_table.h and user/calls/ioctl_table.h from the kernel's own headers, by the lists in
# user/calls/constants.tbl. A build does not need it: run it after a change of the .tbl, or with newer headers:
#   gen-constants.sh [INCLUDE]     the folder with linux/ and x86_64-linux-gnu/asm/ (default /usr/include)
# Needs gcc, on x86-64.
set -eu
cd "$(dirname "$0")/.."
include=${1:-/usr/include}
tbl=user/calls/constants.tbl
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
say() { echo "gen-constants: $*" >&2; }
[ -f "$include/linux/fs.h" ] || { say "$include/linux/fs.h: no such file (install linux-libc-dev)"; exit 1; }
version=$(sed -n 's/^#define LINUX_VERSION_\(MAJOR\|PATCHLEVEL\) //p' "$include/linux/version.h" | paste -sd.)
compile="gcc -Werror=implicit-function-declaration -ftrack-macro-expansion=0 -I$include -I$include/x86_64-linux-gnu -D__KERNEL_STRICT_NAMES"

# Prints "VALUE NAME" of each of the header's constants in $tmp/names. Those that are no numbers fail to compile, alone:
# they are left out, and the rest is tried again.
values() {
	cp "$tmp/names" "$tmp/left"
	while [ -s "$tmp/left" ]; do
		{
			printf '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <sys/types.h>\n'
			printf '%s\n#include <linux/ioctl.h>\nint printf(const char *, ...);\nint main(void) {\n' "$1"
			echo '#line 1 "names"'
			sed 's/.*/printf("%llu &\\n", (long long)(&) < 0 ? (unsigned)(&) : (unsigned long long)(&));/' "$tmp/left"
			echo '}'
		} >"$tmp/print.c"
		if $compile -o "$tmp/print" "$tmp/print.c" 2>"$tmp/errors"; then
			"$tmp/print"
			return
		fi
		sed -n 's/^names:\([0-9]*\):.*error:.*/\1d/p' "$tmp/errors" | sort -u >"$tmp/drop"
		[ -s "$tmp/drop" ] || { say "$1: $(grep -m1 error: "$tmp/errors")"; return; }
		sed -i -f "$tmp/drop" "$tmp/left"
	done
}

# Every macro without parameters and every enumerator of the headers, whose name the pattern has.
names() {
	{
		echo "$1" | $compile -E -dM -x c - 2>/dev/null | sed -n 's/^#define \([A-Za-z_][A-Za-z0-9_]*\) ..*/\1/p'
		echo "$1" | $compile -E -P -x c - 2>/dev/null | grep -oE '\<[A-Z][A-Za-z0-9_]*\>'
	} | sort -u | { grep -xE "$2" || :; } | { grep -vxE "${3:-}" || :; } >"$tmp/names"
}

including() { echo "$1" | tr ',' '\n' | sed 's/.*/#include <&>/'; }

# ---- lists ----
sed '/^#/d; /^$/d' "$tbl" | while read -r list order headers pattern without more; do
	[ "$list" != ioctl ] || continue
	includes=$(including "$headers")
	names "$includes" "$pattern" "$without"
	values "$includes" >"$tmp/values"
	for given in $more; do
		echo "${given#*=} ${given%%=*}"
	done | awk '{ v = $1; if (v ~ /^0x/) { n = 0; v = tolower(substr(v, 3)); for (i = 1; i <= length(v); i++) n = n * 16 + index("0123456789abcdef", substr(v, i, 1)) - 1; v = n } printf "%.0f %s\n", v, $2 }' >>"$tmp/values"
	[ -s "$tmp/values" ] || { say "$list: no constant in the headers of Linux $version (give newer ones: INCLUDE)"; exit 1; }
	# flags of several bits come first; of names for one value the shortest, then the first
	awk -v order="$order" '
		function bits(v,    n) { for (n = 0; v >= 1; v = int(v / 2)) n += v % 2; return n }
		{ print (order == "flags" && bits($1) > 1 ? 0 : 1), $1, length($2), $2 }' "$tmp/values" |
		sort -k1,1n -k2,2n -k3,3n -k4,4 | awk -v list="$list" '
		BEGIN { printf "LIST(%s) = {\n", list }
		$2 in seen { next }
		{ seen[$2]; item = sprintf("{ %s%s, \"%s\" }, ", $2, $2 > 2147483647 ? "ULL" : "", $4)
		  if (length(line item) > 110) { sub(/ $/, "", line); print "\t" line; line = "" }
		  line = line item }
		END { print "\t" line "END\n};" }'
done >"$tmp/constants"

# ---- requests of ioctl ----
# Of a number that several drivers use, all names count, unless one is of a header named in the list.
sed -n 's/^ioctl *//p' "$tbl" | while read -r headers pattern without; do
	for header in $(cd "$include" && if [ "$pattern" = _IO ]; then grep -lE '_IO[RW]* *\(' $headers; else ls $headers; fi); do
		includes=$(including "$header")
		if [ "$pattern" = _IO ]; then
			echo "$includes" | $compile -E -dM -x c - 2>/dev/null |
				sed -nE 's/^#define ([A-Za-z0-9_]+) .*\b(_IO|_IOR|_IOW|_IOWR|_IOC|[A-Z]+_IO[RW]*) *\(.*/\1/p' |
				sort -u | { grep -vxE "${without:-}" || :; } >"$tmp/names"
		else
			names "$includes" "$pattern" "${without:-}"
		fi
		values "$includes" | sed "s,\$, $header $([ "${headers%[*]*}" = "$headers" ] && echo named),"
	done
done | awk '$1 <= 4294967295 && $1 > 255 {
	if (!($1 in names)) { names[$1] = $2; alone[$1] = NF > 3 }
	else if (!alone[$1] && !(($1, $3) in from) && !($2 in known)) names[$1] = added(names[$1], $2)
	known[$2]; from[$1, $3] }
	function added(list, name,    count, all, i, put) {
		count = split(list, all, " or "); list = ""
		for (i = 1; i <= count; i++) {
			if (!put && name < all[i]) { list = list name " or "; put = 1 }
			list = list all[i] (i < count || !put ? " or " : "")
		}
		return put ? list : list name }
	END { for (number in names) print number, names[number] }' | sort -n | awk '
	{ number = $1; sub(/^[0-9]+ /, ""); printf "{ 0x%04x%04x, \"%s\" },\n", number / 65536, number % 65536, $0 }' >"$tmp/ioctls"

for name in constants ioctl; do
	{
		echo '/* SPDX-License-Identifier: BSD-2-Clause */'
		echo "/* Made by scripts/gen-constants.sh from constants.tbl and the headers of Linux $version: change that. */"
		echo '/* clang-format off */'
		cat "$tmp/constants"
	} >"$tmp/out"
	[ $name != ioctl ] || sed -n 1,3p "$tmp/out" | cat - "$tmp/ioctls" >"$tmp/out2"
	[ $name != ioctl ] || mv "$tmp/out2" "$tmp/out"
	mv "$tmp/out" user/calls/${name}_table.h
done
say "$(grep -c '^LIST' user/calls/constants_table.h) lists, $(wc -l <"$tmp/ioctls") requests of ioctl"
