#!/bin/bash
# Part of bench.sh, which sets $build, $work, $rounds, $pin and defines figures: the cost of tracing one process, for
# that process over time, and for others.

# Runs a program while an idle process is traced: the difference is the cost of the hooks for processes that are not
# traced.
# $1 = options, the rest = the program.
beside() {
	local options=${1/FILE/$work/beside.btrace} idle tracer
	shift
	sleep 100 &
	idle=$!
	# shellcheck disable=SC2086
	"$build/bundletrace" $options -p "$idle" > "$work/beside.out" 2> "$work/beside.err" &
	tracer=$!
	sleep 2 # by then it has attached everything, or has ended
	kill -0 "$tracer" 2> "$work/kill.err" && $pin timeout 60 "$@"
	kill -INT "$tracer" 2> "$work/kill.err"
	wait "$tracer"
	kill "$idle"
	wait "$idle" 2> "$work/kill.err"
}

# One round: writes the gets per second of each interval of the service to $work/phase.{before,while,after}. The
# intervals in which tracing begins and ends belong to `while`: they may be the slowest.
service_round() {
	local options=$1 pid from to
	$pin "$build/bundle_load" --models 64 --size 64K --limit 2M --pattern zipf --touch --duration 600 --report 0.1 \
		--file "$work/load.apbundle" > "$work/service" &
	pid=$!
	sleep 2
	from=$(wc -l < "$work/service")
	# shellcheck disable=SC2086
	timeout 60 "$build/bundletrace" $options -d 2 -p "$pid" > "$work/out" 2> "$work/err" || echo "bundletrace failed: $(cat "$work/err")"
	to=$(wc -l < "$work/service")
	sleep 2
	kill "$pid"
	wait "$pid" 2> "$work/kill.err"
	lost=$((lost + $(sed -n 's/.*: \([0-9]*\) events were lost.*/\1/p' "$work/err" | awk '{ n += $1 } END { print n + 0 }')))
	awk -v from="$from" -v to="$to" -v work="$work" 'NF == 2 {
		n++
		phase = n <= from ? "before" : n <= to + 1 ? "while" : "after"
		print $2 > (work "/phase." phase) }' "$work/service"
}

# service OPTIONS: medians of all intervals of all rounds, and the slowest.
service() {
	local i phase slowest median base_slowest=- base_median=- lost=0
	rm -f "$work"/phase.*
	for ((i = 0; i < rounds; i++)); do
		service_round "${1/FILE/$work/service}"
		for phase in before while after; do cat "$work/phase.$phase" >> "$work/phase.all.$phase"; done
	done
	printf '\n%-24s %12s %12s %8s %8s  %s\n' "bundletrace $1 -p PID" "min gets/s" "median" "ratio" "(median)" "events lost"
	for phase in before while after; do
		read -r slowest median <<< "$(figures "$work/phase.all.$phase")"
		[ "$phase" = before ] && base_slowest=$slowest base_median=$median
		awk -v name="$phase" -v slowest="$slowest" -v median="$median" -v bs="$base_slowest" -v bm="$base_median" \
			-v lost="$([ "$phase" = while ] && echo "$lost" || echo -)" 'BEGIN {
			if (slowest == "-" || bs == "-") printf "%-24s %12s\n", name, "failed"
			else printf "%-24s %12.6g %12.6g %7.2fx %7.2fx  %s\n", name, slowest, median, slowest / bs, median / bm, lost }'
	done
}

# busy STORMS: the same while another process keeps a processor busy.
busy() {
	local other
	sh -c 'while :; do :; done' &
	other=$!
	printf 'beside a busy process: '
	recording "$1"
	kill "$other"
	wait "$other" 2> "$work/kill.err"
}

# tracer_cpu NAME FILE [OPTIONS]: the tracer's processor time for each event of a storm: that of tracer and storm
# together, minus that of the storm alone.
tracer_cpu() {
	local name=$1 file=$2 i median least pairs=1000000 all ns TIMEFORMAT='%U %S'
	shift 2
	rm -f "$work/cpu"
	for ((i = 0; i < rounds; i++)); do
		all=$({ time timeout 60 "$build/bundletrace" "$@" -o "$work/$file" -- "$build/tests/targets/storm" "$pairs" \
			> "$work/ns" 2> "$work/err"; } 2>&1)
		read -r ns < "$work/ns"
		awk -v all="$all" -v ns="$ns" -v pairs="$pairs" 'BEGIN {
			split(all, t, " "); print ((t[1] + t[2]) * 1e9 - ns * pairs) / (2 * pairs) }' >> "$work/cpu"
	done
	read -r least median <<< "$(figures "$work/cpu")"
	printf 'tracer, %s: %.0f ns of processor time an event (min), %.0f (median)\n' "$name" "$least" "$median"
}

# tracer_memory NAME FILE [OPTIONS]: the tracer's peak of private memory (the rings are shared with the kernel) while it
# reads ten million events.
tracer_memory() {
	local name=$1 file=$2 most=0 now tracer
	shift 2
	timeout 120 "$build/bundletrace" "$@" -o "$work/$file" -- "$build/tests/targets/storm" 5000000 > "$work/ns" 2> "$work/err" &
	tracer=$!
	while kill -0 "$tracer" 2> "$work/kill.err"; do
		now=$(awk '/^RssAnon/ { print $2 }' "/proc/$(pgrep -P "$tracer" -x bundletrace)/status" 2> "$work/kill.err")
		[ "${now:-0}" -le "$most" ] || most=$now
		sleep 0.1
	done
	printf 'tracer, %s: %.1f MiB of memory besides the rings, at most, in ten million events\n' "$name" "$(awk "BEGIN { print $most / 1024 }")"
	rm -f "${work:?}/$file"
}

# recording STORMS: this number of storms at once, under one tracer.
recording() {
	local storms=$1 i k slowest median pairs=1000000 rates="$work/rates" lost=0
	rm -f "$rates"
	for ((i = 0; i < rounds; i++)); do
		$pin timeout 120 "$build/bundletrace" -f -o "$work/out.btrace" -- sh -c '
			for k in $(seq "$1"); do "$2" "$3" & done; wait' sh "$storms" "$build/tests/targets/storm" "$pairs" \
			> "$work/storms" 2> "$work/err"
		k=$(sed -n 's/.*: \([0-9]*\) events were lost.*/\1/p' "$work/err" | awk '{ n += $1 } END { print n + 0 }')
		lost=$((lost + k))
		# two calls a pair; what was lost was not recorded
		awk -v pairs="$pairs" -v lost="$k" '{ all += 2e9 / $1; n++ } END { if (n) print all * (1 - lost / (2 * pairs * n)) }' \
			"$work/storms" >> "$rates"
	done
	read -r slowest median <<< "$(figures "$rates")"
	[ "$median" != - ] || { echo "$storms at once: failed" && return; }
	awk -v storms="$storms" -v slowest="$slowest" -v median="$median" -v lost="$lost" -v rounds="$rounds" \
		-v size="$(stat -c %s "$work/out.btrace")" -v calls="$((2 * pairs * storms))" 'BEGIN {
			printf "%d at once: %.6g calls a second (min), %.6g (median), %.1f bytes a call, %d events lost (%.2g%%)\n",
				storms, slowest, median, size / calls, lost, 100 * lost / (calls * rounds) }'
}
