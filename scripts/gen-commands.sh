#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Generates user/calls/commands_table.h from user/calls/commands.tbl. A build does not need it: run it after a change of the
# .tbl. Names of commands have the numbers of constants_table.h and ioctl_table.h (scripts/gen-constants.sh).
set -eu
cd "$(dirname "$0")/../user/calls"
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
awk '
FILENAME == CALLS {
	call[$2] = $1
	next
}
FILENAME != TBL {
	line = $0
	while (match(line, /\{ (0x)?[0-9a-f]+(ULL)?, "[^"]+" \}/)) {
		split(substr(line, RSTART + 2, RLENGTH - 4), part, /, "|"/)
		line = substr(line, RSTART + RLENGTH)
		count = split(part[2], name, " or ")
		for (i = 1; i <= count; i++)
			number[name[i]] = part[1]
	}
	next
}
/^#/ || !NF { next }
{
	types = ""
	for (i = 3; i <= NF; i++)
		types = types (types ? ", " : "") "ARG_" toupper($i)
	count = split($2, name, ",")
	for (i = 1; i <= count; i++) {
		value = ""
		if (split(name[i], given, "=") == 2)
			value = given[2]
		else if (name[i] in number)
			value = number[name[i]]
		if (value == "") {
			print "gen-commands: " name[i] ": no number is known" > "/dev/stderr"
			bad = 1
			continue
		}
		sub(/ULL$/, "", value)
		order = sprintf("%.0f", decimal(value))
		if (($1, order) in seen) {
			print "gen-commands: " name[i] ": " seen[$1, order] " has its number" > "/dev/stderr"
			bad = 1
		}
		split(name[i], given, "=")
		seen[$1, order] = given[1]
		printf "%d %s { SYS_%s, %s, { %s } }, /* %s */\n", call[$1], order, $1, value, types ? types : "ARG_NONE", given[1]
	}
}
function decimal(text,    n, i) {
	if (text !~ /^0x/)
		return text + 0
	for (i = 3; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
	return n + 0
}
END { exit bad }
' TBL=commands.tbl CALLS=syscalls.tbl syscalls.tbl constants_table.h ioctl_table.h commands.tbl >"$tmp"
{
	echo '/* SPDX-License-Identifier: BSD-2-Clause */'
	echo '/* Made by scripts/gen-commands.sh from commands.tbl: change that. Included by commands.c alone. */'
	echo '/* clang-format off */'
	sort -k1,1n -k2,2n "$tmp" | cut -d' ' -f3-
} >commands_table.h
echo "gen-commands: $(grep -c SYS_ commands_table.h) commands" >&2
