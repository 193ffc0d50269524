#!/bin/sh
# Checks that the code keeps to its rooms (docs/architecture.md): a room uses only rooms that stand before it in the list
# below, no program uses another, and no files form a circle. What uses what is read from the built objects' symbols and
# from the sources' includes.
#   check-layout.sh [BUILD]     exit status 1, and one line for each fault
set -eu
build=${1:-build}
cd "$(dirname "$0")/.."
# Lower rooms first; a line is one floor, whose rooms do not use each other.
rooms='bpf
user/base
user/event
user/probemap
user/calls
user/modelfile
user/record
user/tables
user/stage
user/sink
user/kernel
user/unwind
user/packing
user/bundletrace user/bundletop user/bundlectl
bundle/base
bundle/io
bundle/observe
bundle/format
bundle/write
bundle/policy
bundle/predict
bundle/cache'

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail=0

# A line "FROM TO WHAT" for each use of one file by another, files without their endings.
for object in $(find "$build/obj/user" "$build/obj/bundle" -name '*.o'); do
	source=${object#"$build/obj/"}
	[ -f "${source%.o}.c" ] && echo "$object"   # not one whose source has been renamed since
done > "$dir/objects"
[ -s "$dir/objects" ] || { echo "check-layout: $build/obj: nothing is built there (run make first)" >&2; exit 1; }
xargs nm -A < "$dir/objects" | awk -v strip="$build/obj/" '
	{ file = $1; sub(/:.*/, "", file); sub(/\.o$/, "", file); file = substr(file, length(strip) + 1)
	  type = $(NF - 1); symbol = $NF }
	type ~ /^[TDBRVW]$/ { n = ++definitions[symbol]; defined[symbol, n] = file }
	type == "U" { used[file, symbol] = 1 }
	function folder(f) { sub(/\/[^\/]*$/, "", f); return f }
	function tree(f) { sub(/\/.*/, "", f); return f }
	END {
		for (pair in used) {
			split(pair, part, SUBSEP); from = part[1]; symbol = part[2]; best = ""
			for (i = 1; i <= definitions[symbol]; i++)   # programs may use the same name: the own folder first
				if (tree(defined[symbol, i]) == tree(from) || symbol ~ /^pb_/)
					if (best == "" || folder(defined[symbol, i]) == folder(from))
						best = defined[symbol, i]
			if (best != "" && best != from)
				print from, best, symbol
		}
	}' | sort > "$dir/symbols"
git ls-files 'user/*.[ch]' 'bundle/*.[ch]' | xargs grep -H '^#include "' | awk -F'[:"]' '
	{ from = $1; to = $3; folder = from; sub(/\/[^\/]*$/, "", folder)
	  if (to !~ /\//) to = folder "/" to
	  if (to ~ /^(user|bundle|bpf)\//) print from, to, "#include" }' | sort > "$dir/includes"

cat "$dir/symbols" "$dir/includes" | awk -v rooms="$rooms" '
	BEGIN {
		floors = split(rooms, line, "\n")
		for (i = 1; i <= floors; i++) {
			count = split(line[i], name, " ")
			for (j = 1; j <= count; j++)
				floor[name[j]] = i
		}
		floor["bundle"] = 0   # the public header
	}
	function room(f) { sub(/\/[^\/]*$/, "", f); return f }
	{
		from = room($1); to = room($2)
		if (from == to) next
		if (!(from in floor)) { print "no such room: " from " (add it to the list in scripts/check-layout.sh)"; next }
		if (!(to in floor)) { print "no such room: " to " (add it to the list in scripts/check-layout.sh)"; next }
		public = from ~ /^user/ && $3 ~ /^pb_/   # the library has one way in, its header
		foreign = from ~ /^user/ && to ~ /^bundle\// || from ~ /^bundle/ && to ~ /^(user|bpf)/
		if (!public && (foreign || floor[to] >= floor[from]))
			print "upward: " $1 " -> " $2 " (" $3 ")"
	}' | sort -u > "$dir/upward"
if [ -s "$dir/upward" ]; then
	cat "$dir/upward"
	fail=1
fi

# A circle: files that reach each other. One line for each, then the uses that tie it.
for kind in symbols includes; do
	awk -v kind="$kind" '
		$1 != $2 && !(($1, $2) in uses) { uses[$1, $2] = $3; to[$1] = to[$1] " " $2; files[$1]; files[$2] }
		function reach(start, file,    count, next_files, i) {
			if ((start, file) in reached) return
			reached[start, file]
			count = split(to[file], next_files, " ")
			for (i = 1; i <= count; i++) reach(start, next_files[i])
		}
		END {
			for (file in files) reach(file, file)
			for (file in files) {
				if (file in told) continue
				members = ""
				for (other in files)
					if (other != file && (file, other) in reached && (other, file) in reached) {
						members = members " " other; told[other]
					}
				if (members == "") continue
				print "circle by " kind ": " file members
				count = split(file members, member, " ")
				for (i = 1; i <= count; i++)
					for (j = 1; j <= count; j++)
						if ((member[i], member[j]) in uses)
							print "    " member[i] " -> " member[j] " (" uses[member[i], member[j]] ")"
			}
		}' "$dir/$kind" > "$dir/circles"
	if [ -s "$dir/circles" ]; then
		cat "$dir/circles"
		fail=1
	fi
done
[ "$fail" = 0 ] && echo "check-layout: $(wc -l < "$dir/objects") objects, $(cat "$dir/symbols" "$dir/includes" | wc -l) uses, all downward"
exit "$fail"
