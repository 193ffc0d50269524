#!/bin/sh
# Generates the documentation of each kind of event from the tables of the code (bundle/observe/probes.def,
# bpf/kinds.def): the tables of docs/usdt.md, the lists of names in docs/ between "kinds" marks, and
# docs/bundletrace-trace.schema.json from its template. Run it after a change of either table.
#   gen-kinds.sh            writes the documents
#   gen-kinds.sh --check    writes nothing; exit status 1 if a document is out of date
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A line for each probe, argument and kind, fields separated by |.
cat > "$dir/rows.c" << 'ROWS'
#include "bpf/kinds.def"
#define ROW_ARG(ID, ARG, parameter, type, csv, key, title, meaning) @@arg|type|key|title|meaning
#define ROW_PROBE(ID, name, subject, rate, text, string) @@probe|name|subject|string PROBE_ARGS_##ID(ROW_ARG)
#define ROW_KIND(number, ID, word, layer, role, meaning) @@kind|number|ID|word|role
#define ROW_WORD(ID, w) @@word|w
#define ROW_NAME(w) @@word|w
PROBES(ROW_PROBE)
FIXED_KINDS(ROW_KIND)
@@list|LAYER LAYERS(ROW_WORD)
@@list|CAUSE LOAD_CAUSES(ROW_WORD)
@@list|REASON EVICT_REASONS(ROW_WORD)
@@list|POLICY POLICY_NAMES(ROW_NAME)
ROWS
${CC:-cc} -E -P -I. "$dir/rows.c" | tr '\n' ' ' | sed 's/@@/\n/g' | sed 's/ *| */|/g; s/ *$//; s/"//g' | grep . > "$dir/rows"

# The replacements of @NAME@ in the schema, and of the text between marks in the documents.
awk -F'|' -v dir="$dir" '
	function quoted(word) { return "\"" word "\"" }
	function join(list, word) { return list (list == "" ? "" : ", ") quoted(word) }
	$1 == "probe" { p = ++probes; name[p] = $2; subject[p] = $3; string[p] = $4; next }
	$1 == "arg" { a = ++args[p]; type[p, a] = $2; key[p, a] = $3; title[p, a] = $4; meaning[p, a] = $5; next }
	$1 == "kind" { kinds++; word[kinds] = $4; role[kinds] = $5; id[kinds] = $3; next }
	$1 == "list" { list = $2; next }
	$1 == "word" { if (list != "SOURCE") words[list] = join(words[list], $2)
	               if (list == "CAUSE" && seen++) words["SOURCE"] = join(words["SOURCE"], $2) }

	function schema_type(t) {
		if (t == "POLICY") return "{ \"$ref\": \"#/$defs/policy_name\" }"
		if (t in words) return "{ \"enum\": [" words[t] ", \"unknown\"] }"
		return "{ \"$ref\": \"#/$defs/count\" }"
	}
	# A model with its place in the file, and perhaps more.
	function at_place(p) { return subject[p] == "MODEL" && type[p, 1] == "OFFSET" && type[p, 2] == "SIZE" }
	function definition_of(p) {
		if (at_place(p) && shown(p, 3) == "") return "model_at"
		return name[p] == "error" ? "app_error" : name[p]    # "error" is the name of an errno there
	}
	function shown(p, from,   i, list) {
		for (i = from; i <= args[p]; i++)
			if (key[p, i] != "") {
				list = join(list, key[p, i])
				if (type[p, i] == "ERRNO") list = join(list, "error")
			}
		return list
	}
	function property(line) { lines[++count] = line }
	function properties(p, from,   i) {
		for (i = from; i <= args[p]; i++) {
			if (key[p, i] == "") continue
			property(quoted(key[p, i]) ": " schema_type(type[p, i]))
			if (type[p, i] == "ERRNO") property("\"error\": { \"$ref\": \"#/$defs/error\" }")
		}
	}
	function block(out,   i) {
		for (i = 1; i <= count; i++) print "        " lines[i] (i < count ? "," : "") > out
		count = 0
	}
	function definition(p, out,   required) {
		print "    " quoted(definition_of(p)) ": {" > out
		if (at_place(p) && definition_of(p) != "model_at") {
			print "      \"$ref\": \"#/$defs/model_at\"," > out
			print "      \"required\": [" shown(p, 3) "]," > out
			properties(p, 3)
			if (count == 1) {
				print "      \"properties\": { " lines[1] " }" > out
				print "    }," > out
				count = 0
				return
			}
		} else {
			required = shown(p, 1)
			if (subject[p] == "MODEL") required = "\"model\", " required
			print "      \"required\": [" required "]," > out
			property("\"layer\": { \"const\": \"app\" }")
			if (subject[p] == "MODEL") {
				property("\"model\": { \"$ref\": \"#/$defs/text\" }")
				property("\"model_cut\": { \"const\": true }")
			}
			properties(p, 1)
		}
		print "      \"properties\": {" > out
		block(out)
		print "      }\n    }," > out
	}
	function fill(indent, list, width, out,   n, item, i, line) {
		n = split(list, item, ", ")
		for (i = 1; i <= n; i++) {
			if (line != "" && length(indent line " " item[i] ",") > width) { print indent line > out; line = "" }
			line = line (line == "" ? "" : " ") item[i] (i < n ? "," : "")
		}
		print indent line > out
	}
	END {
		for (p = 1; p <= probes; p++) {
			probe_names = join(probe_names, name[p])
			plain = plain (p > 1 ? " " : "") name[p]
			codes = codes (p > 1 ? ", " : "") "`" name[p] "`"
		}
		for (k = 1; k <= kinds; k++) {
			if (role[k] == "SHOWN") all = join(all, word[k])
			if (id[k] == "SYSCALL") all = all ", " probe_names
			if (role[k] == "SHOWN" || role[k] == "TABLES" || id[k] == "FILE" || id[k] == "TASK") lost = join(lost, word[k])
			if (id[k] == "SYSCALL") lost = lost ", " probe_names
		}
		print all > (dir "/shown"); print probe_names > (dir "/probes"); print words["POLICY"] > (dir "/policies"); print words["LAYER"] > (dir "/layers")
		print plain > (dir "/plain"); print codes > (dir "/codes")
		fill("                  ", "\"unknown\", " lost, 120, dir "/lost")
		for (p = 1; p <= probes; p++) {
			printf "        { \"if\": { \"properties\": { \"event\": { \"const\": %s } } }, \"then\": { \"$ref\": \"#/$defs/%s\" } },\n",
				quoted(name[p]), definition_of(p) > (dir "/cases")
			if (!(definition_of(p) in defined)) {
				defined[definition_of(p)]
				definition(p, dir "/definitions")
			}
			out = dir "/table-" name[p]
			print "| argument | C type | name | unit, meaning |\n|---|---|---|---|" > out
			print "| arg0 | uint64_t | bundle | id" (subject[p] == "MODEL" && type[p, 1] == "ERRNO" ? "; 0: the bundle could not be opened" : "") " |" > out
			n = 1
			if (subject[p] != "NONE")
				print "| arg" n++ " | const char * | " (subject[p] == "PATH" ? "path" : "name") " | " string[p] " |" > out
			for (a = 1; a <= args[p]; a++)
				print "| arg" n++ " | " (type[p, a] == "COUNTERS" ? "const struct pb_counters *" : "uint64_t") " | " title[p, a] " | " meaning[p, a] " |" > out
		}
	}
	' "$dir/rows"

# @NAME@ alone on a line is replaced by that file; within a line, by the file's only line.
awk -v dir="$dir" '
	/^@[a-z]+@$/ { file = dir "/" substr($0, 2, length($0) - 2); while ((getline line < file) > 0) print line; next }
	match($0, /@[a-z]+@/) { file = dir "/" substr($0, RSTART + 1, RLENGTH - 2); getline line < file
	                        $0 = substr($0, 1, RSTART - 1) line substr($0, RSTART + RLENGTH) }
	{ print }' docs/bundletrace-trace.schema.json.in > "$dir/bundletrace-trace.schema.json"

# The text between a line with the mark "kinds: NAME" and one with "kinds end" is replaced by that file.
for document in usdt.md man/bundletrace.1; do
	awk -v dir="$dir" '
		!inside { print }
		match($0, /kinds: [-a-z]+/) { inside = 1; file = dir "/" substr($0, RSTART + 7, RLENGTH - 7)
		                              while ((getline line < file) > 0) print line; close(file) }
		/kinds end/ { if (inside) print; inside = 0 }' "docs/$document" > "$dir/$(basename "$document")"
done

fail=0
for document in bundletrace-trace.schema.json usdt.md man/bundletrace.1; do
	cmp -s "docs/$document" "$dir/$(basename "$document")" && continue
	if [ "${1:-}" = --check ]; then
		echo "gen-kinds: docs/$document is not what the tables say (run scripts/gen-kinds.sh)" >&2
		fail=1
	else
		cat "$dir/$(basename "$document")" > "docs/$document"
		echo "gen-kinds: docs/$document"
	fi
done
exit "$fail"
