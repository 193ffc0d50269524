#!/bin/sh
# The main use, on a real loader: a timeline of its cache events and system calls, the tables, and a JSON document.
#   demo.sh [BUILD]
set -eu
build=${1:-build}
json=${DEMO_JSON:-$build/demo-trace.json}

say() { printf '\n== %s\n' "$*"; }

say "The loader alone: three models, a limit of 1 KiB"
"$build/bundle_demo"

say "bundletrace -e trace=lseek,read,openat,close -T -C -- $build/bundle_demo"
"$build/bundletrace" -e trace=lseek,read,openat,close -T -C -- "$build/bundle_demo" 2>&1 > /dev/null |
	grep -v -e '</usr/lib' -e '</lib' -e '"/lib' -e '"/usr/lib' -e ld.so

say "bundletrace --format json -o $json -- $build/bundle_demo"
"$build/bundletrace" --format json -o "$json" -- "$build/bundle_demo" > /dev/null
printf 'JSON: %s (%s bytes; the schema: bundletrace --json-schema)\n' "$json" "$(wc -c < "$json")"
