#!/bin/bash
# The cost of tracing, and of the library compared with plain reads. Every number is a ratio within one run: the programs
# alternate, round after round, on this machine.
#   bench.sh [BUILD]    ROUNDS=9, PIN=CPU to run everything on one processor; by default the storms run pinned as well
set -u
unset SUDO_UID SUDO_GID # all programs run as one user, traced or not
build=${1:-build}
rounds=${ROUNDS:-9}
pin=${PIN:+taskset -c $PIN}
work=$(mktemp -d /tmp/bench-XXXXXX)
trap 'rm -rf "$work"' EXIT

have() { command -v "$1" > /dev/null 2>&1; }

# One run of a named row: prints the figure that the traced program measured itself, or nothing if it failed.
# The rows differ in the words before the program; $1 = row, the rest = the program.
run() {
	local row=$1
	shift
	case $row in
	alone) $pin timeout 60 "$@" ;;
	"bundletrace -c") $pin timeout 60 "$build/bundletrace" -c -o "$work/out" -- "$@" ;;
	"bundletrace -o FILE") $pin timeout 60 "$build/bundletrace" -o "$work/out" -- "$@" ;;
	"bundletrace -T -o FILE") $pin timeout 60 "$build/bundletrace" -T -o "$work/out" -- "$@" ;;
	"bundletrace jsonl") $pin timeout 60 "$build/bundletrace" --format jsonl -o "$work/out" -- "$@" ;;
	"bundletrace btrace") $pin timeout 60 "$build/bundletrace" -o "$work/out.btrace" -- "$@" ;;
	"bundletrace untimed") $pin timeout 60 "$build/bundletrace" --no-durations -o "$work/out.btrace" -- "$@" ;;
	"bundletrace --deep"* | "bundletrace -e layer=none -c") # shellcheck disable=SC2086
		$pin timeout 120 "$build/bundletrace" ${row#bundletrace } -o "$work/out" -- "$@" ;;
	"bundletop") # attached to the whole machine before the program starts
		"$build/bundletop" -b > "$work/top" &
		sleep 1.5
		$pin timeout 60 "$@"
		kill -INT $!
		wait $! ;;
	"bundletrace -e app=hit") $pin timeout 60 "$build/bundletrace" -c -e trace=none -e app=hit -o "$work/out" -- "$@" ;;
	"bundletrace -s "*) # shellcheck disable=SC2086
		$pin timeout 120 "$build/bundletrace" ${row#bundletrace } -o "$work/out" -- "$@" ;;
	"beside "*) beside "${row#beside }" "$@" ;;
	"empty probe") $pin timeout 60 bpftrace -q -e "usdt:$build/bundle_load:pagedbundle:hit { }" -c "$*" ;;
	"strace --seccomp-bpf -f -c") $pin timeout 60 strace --seccomp-bpf -f -c -e trace=lseek,read -o "$work/out" "$@" ;;
	"strace -f -c") $pin timeout 60 strace -f -c -o "$work/out" "$@" ;;
	"perf trace") $pin timeout 60 perf trace -o "$work/out" "$@" ;;
	"bpftrace") $pin timeout 60 bpftrace -o "$work/out" \
		-e 'tracepoint:raw_syscalls:sys_exit /comm == "'"$(basename "$1" | cut -c1-15)"'"/ { printf("%d %d\n", args->id, args->ret) }' \
		-c "$*" ;;
	esac 2> "$work/err" | figure_of | tail -n 1
	lost=$(sed -n 's/.*: \([0-9]*\) events were lost.*/\1/p' "$work/err")
	[ -z "$lost" ] || echo "$lost" >> "$work/lost.$row_number"
}

# The figure in a program's output: a number alone, seconds, or, where rows make different numbers of gets,
# nanoseconds per get.
figure_of() {
	if [ "${each_get:-}" ]; then
		sed -n 's/.*"gets_per_second":\([0-9]*\).*/\1/p' | awk '{ print 1e9 / $1 }'
	else
		grep -o '^[0-9][0-9.]*$\|"seconds":[0-9.]*' | sed 's/.*://'
	fi
}

# Minimum and median of the numbers in a file.
figures() { sort -g "$1" | awk '{ v[NR] = $1 } END { if (NR) print v[1], v[int((NR + 1) / 2)]; else print "- -" }'; }

# table TITLE UNIT ROW... : every row is "NAME|PROGRAM..."; the first is what the others are compared with.
table() {
	local title=$1 unit=$2 i round row_number
	shift 2
	rm -f "$work"/row.* "$work"/lost.*
	for ((round = 0; round < rounds; round++)); do
		row_number=0
		for row in "$@"; do
			# shellcheck disable=SC2086
			run "${row%%|*}" ${row#*|} >> "$work/row.$row_number"
			row_number=$((row_number + 1))
		done
	done
	printf '\n%s\n%-24s %12s %12s %8s %8s  %s\n' "$title" "" "min $unit" "median" "ratio" "(median)" "events lost"
	read -r base_min base_median <<< "$(figures "$work/row.0")"
	row_number=0
	for row in "$@"; do
		read -r min median <<< "$(figures "$work/row.$row_number")"
		lost=-
		[[ $row == bundletrace* ]] && lost=$(awk '{ n += $1 } END { print n + 0 }' "$work/lost.$row_number" 2> /dev/null || echo 0)
		awk -v name="${row%%|*}" -v min="$min" -v median="$median" -v bm="$base_min" -v bd="$base_median" -v lost="$lost" 'BEGIN {
			if (min == "-") printf "%-24s %12s\n", name, "failed"
			else printf "%-24s %12.6g %12.6g %7.2fx %7.2fx  %s\n", name, min, median, min / bm, median / bd, lost }'
		row_number=$((row_number + 1))
	done
}

# rows PROGRAM SLOW_PROGRAM: one row per tool; slow tools run the second program, which does less.
rows=()
rows() {
	local program=$1 slow=$2
	rows=("alone|$program" "bundletrace -c|$program" "bundletrace -o FILE|$program" "bundletrace -T -o FILE|$program"
		"bundletrace jsonl|$program" "bundletrace btrace|$program" "bundletrace untimed|$program")
	have strace && rows+=("strace -f -c|$slow")
	have strace && [ "$slow" != "$program" ] && rows+=("strace --seccomp-bpf -f -c|$slow")
	if [ "$slow" != "$program" ]; then
		have perf && rows+=("perf trace|$slow")
		have bpftrace && [ -d /sys/kernel/tracing/events ] && rows+=("bpftrace|$slow")
	fi
}

# shellcheck source=scripts/bench-service.sh
. "$(dirname "$0")/bench-service.sh"

echo "$rounds rounds, $(nproc) processors, ${PIN:+pinned to processor $PIN, }$(uname -sr)"

storm=$build/tests/targets/storm

# The storm, small and large, and the cost for other processes: on any processor, and all of it on one.
others() { rows=("alone|$1" "beside -c|$1" "beside -o FILE|$1" "beside -T -o FILE|$1"); }
storms() {
	rows "$storm 1000000" "$storm 20000"
	table "$1 lseek + read of 512 bytes, nothing else" "ns/pair" "${rows[@]}"
	rows=("alone|$storm 100000 65536" "bundletrace -c|$storm 100000 65536" "bundletrace btrace|$storm 100000 65536")
	table "    lseek + read of 64 KiB" "ns/pair" "${rows[@]}"
	others "$storm 1000000"
	table "    what is not traced, while another process is: 512 bytes" "ns/pair" "${rows[@]}"
	others "$storm 100000 65536"
	table "    the same, 64 KiB" "ns/pair" "${rows[@]}"
}
storms "(a)"
if [ -z "$pin" ]; then
	pin="taskset -c 0"
	storms "(a), pinned to one processor,"
	pin=
fi

load="$build/bundle_load --models 64 --size 64K --limit 2M --json --file $work/load.apbundle"
rows "$load --limit 8M --count 20000 --touch" "$load --limit 8M --count 20000 --touch"
table "(b) bundle_load, 64 KiB models, all resident after the first round, every byte read" "s" "${rows[@]}"
rows "$load --pattern zipf --count 20000 --touch" "$load --pattern zipf --count 20000 --touch"
table "    zipf, half of the models fit, every byte read" "s" "${rows[@]}"
rows "$load --pattern cyclic --count 5000 --touch --cold" "$load --pattern cyclic --count 5000 --touch --cold"
table "    every get a miss with an eviction (three probes), read from the disk, every byte looked at" "s" "${rows[@]}"
rows "$load --pattern cyclic --count 20000 --touch" "$load --pattern cyclic --count 20000 --touch"
table "    the same, read from the page cache" "s" "${rows[@]}"
rows "$load --pattern cyclic --count 20000" "$load --pattern cyclic --count 20000"
table "    the same, and the data not looked at" "s" "${rows[@]}"

hits="$load --limit 8M --prefetch off --count"
empty=()
have bpftrace && [ -d /sys/kernel/tracing/events ] && empty=("empty probe|$hits 1000000")
each_get=1 table "    nothing but hits, watched by bundletop, and with a probe on every hit" "ns/get" \
	"alone|$hits 20000000" "bundletop|$hits 20000000" "bundletrace -e app=hit|$hits 1000000" "${empty[@]}"

printf '\n(c) hits of the library beside a plain hash look-up\n'
$pin timeout 120 "$build/tests/bench/bench_hits"
timeout 120 "$build/tests/bench/bench_threads"
printf '\n(d) misses of the library beside pread into one buffer, and memcpy\n'
$pin timeout 240 "$build/tests/bench/bench_loads"
printf '\n    beside LMDB and RocksDB\n'
$pin timeout 120 "$build/tests/bench/bench_stores"
printf '\n    loads that overlap, and prefetches in the background\n'
timeout 240 "$build/tests/bench/bench_overlap"

printf '\n(e) a running service, before, while and after it is traced\n'
service "-c"
service "-o FILE.btrace"

if "$build/bundletrace" --help | grep -q -- --unwind; then
	sources() { rows=("alone|$1" "bundletrace -o FILE|$1" "bundletrace -s --unwind=fp|$1" "bundletrace -s --unwind=dwarf|$1"); }
	sources "$storm 200000"
	table "(f) source lines: lseek + read of 512 bytes, nothing else" "ns/pair" "${rows[@]}"
	sources "$load --pattern cyclic --count 20000 --touch"
	table "    every get a miss with an eviction, from the page cache, every byte read" "s" "${rows[@]}"
fi

# The layers below the system calls; the file systems and the page cache do the work, warm and cold.
layers() {
	rows=("alone|$1" "bundletrace -c|$1" "bundletrace -e layer=none -c|$1" "bundletrace --deep=sum -c|$1" "bundletrace --deep|$1")
}
for size in 64K:64:4M:20000 1M:16:8M:2000 64M:4:128M:60; do
	IFS=: read -r each models limit count <<< "$size"
	loads="$build/bundle_load --models $models --size $each --limit $limit --pattern cyclic --touch --json --file $work/load.apbundle --count"
	layers "$loads $count"
	table "(g) layers: loads of $each from the page cache, every byte read" "s" "${rows[@]}"
	layers "$loads $((count / 10)) --cold"
	table "    the same, from the disk" "s" "${rows[@]}"
done
layers "$build/tests/bench/bench_scan $work/scan 256 8"
table "    a mapped scan of 256 MiB, from the page cache" "s" "${rows[@]}"

printf '\n(h) system calls recorded into a .btrace file\n'
recording 1
recording "$(nproc)"
busy "$(nproc)"
tracer_cpu btrace out.btrace
tracer_cpu jsonl out --format jsonl
tracer_memory btrace out.btrace
tracer_memory jsonl out --format jsonl

printf '\n(i) policies: misses beside LRU and the best there is, and what they cost\n'
$pin timeout 240 "$build/tests/bench/bench_policies"
