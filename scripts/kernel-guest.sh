#!/bin/busybox sh
# What scripts/kernel.sh runs in each kernel it boots, as the first process there. Prints `passed: ...` or `FAILED: ...`
# for each thing that was tried, and `done`.
/bin/busybox --install -s /bin
mount -t proc p /proc
mount -t sysfs s /sys
mount -t devtmpfs d /dev
mount -t tmpfs t /tmp
mount -t tracefs t /sys/kernel/tracing
exec 2>&1
echo ready
echo "kernel: $(uname -r)"
export BUNDLETRACE_BUILD=build BUNDLETRACE_SEEDS=1 CK_TIMEOUT_MULTIPLIER=4 HOME=/tmp
export PATH=/usr/bin:/bin # the shell's own setpriv is not the one that is needed
trace=build/bundletrace

# Runs a command, which has to succeed.
try() {
	if timeout 300 "$@" >/tmp/out 2>&1; then
		echo "passed: $*"
		return
	fi
	echo "FAILED: $* (exit status $?; 124 is its time limit of 300 s)"
	tail -n 5 /tmp/out
}

# Runs the suite CK_RUN_SUITE.
try_suite() {
	if timeout 600 build/check >/tmp/out 2>&1; then
		echo "passed: $CK_RUN_SUITE: $(grep -o 'Checks: .*' /tmp/out | tail -n 1)"
		return
	fi
	echo "FAILED: $CK_RUN_SUITE (exit status $?; 124 is its time limit of 600 s)"
	# what failed first: programs of a test may have said much
	grep -E '^[0-9]+%: Checks|:[FE]:' /tmp/out
	grep -v ':[PFE]:' /tmp/out | tail -n 20
}

# --- every program of the kernel side is loaded and attached ---
for options in "--deep -C" "--deep=sum -c" "-e fault=all" -c "-c --stats-extended" -s -fT "--stack -e trace=lseek" "-s --unwind=fp" "--format json" -C "--max-overhead 1"; do
	try $trace $options -- build/bundle_demo
done
$trace --debug -c -- build/bundle_demo 2>&1 >/dev/null | sed -n 's/^bundletrace: hooks: /hooks: /p'
$trace -o /tmp/trace -- build/bundle_demo >/dev/null 2>&1
try grep -q "^miss encoder" /tmp/trace
try grep -q "openat(.*demo.apbundle" /tmp/trace
$trace -c --stats-extended -o /tmp/stats -- build/bundle_demo >/dev/null 2>&1
try grep -q "^ *[0-9]* .*[0-9] .s .* write$" /tmp/stats

# --- more tasks than processors: every call is counted, or said to be lost ---
cat >/tmp/four <<'END'
#!/bin/busybox sh
for i in 1 2 3 4; do
	dd if=/dev/zero of=/dev/null bs=1 count=4000 2>/dev/null &
done
wait
END
chmod +x /tmp/four
# The shell and the end of each dd make some more.
count_is() {
	awk -v call="$1" '$NF == call { n = $4 } END { exit !(n >= 16000 && n <= 16016) }' "$2"
}
# Page faults and fills of files have BTF tracepoints alone, and may be skipped where those can be: no call may.
calls_lost() {
	grep "^lost:" "$1" | grep -qv " file_io events"
}
few=+bpf,+perfmon
case $(uname -r) in 5.* | 6.[01].*) few=$few,+sys_admin ;; esac # libbpf asks more of kernels before 6.2
counts=exact
for way in "" "/usr/bin/setpriv --bounding-set=-all,$few"; do
	rm -f /tmp/counts
	timeout 300 $way $trace -f -c -e trace=read,write -o /tmp/counts -- /tmp/four >/tmp/said 2>&1 ||
		echo "FAILED: $way $trace -f -c: exit status $?: $(tail -n 1 /tmp/said)"
	for call in read write; do
		[ -n "$way" ] || { count_is $call /tmp/counts && ! calls_lost /tmp/counts; } || counts=inexact
		# with these capabilities alone, a newer kernel may offer only hooks that it skips: then that is told
		if { count_is $call /tmp/counts && ! calls_lost /tmp/counts; } ||
			{ [ -n "$way" ] && grep -q "hook skipped" /tmp/counts; }; then
			echo "passed: each $call of four tasks ${way:+(CAP_BPF and CAP_PERFMON alone)}"
		else
			echo "FAILED: $way $trace -f -c: $call"
			cat /tmp/said /tmp/counts
		fi
	done
done
echo "counts: $counts"
# Where classic tracepoints are needed and tracefs cannot be read, hooks are skipped: that is said.
sum() {
	awk '$NF == "total" { n += $4 } /^lost:/ { n += $2 } END { print n + 0 }' /tmp/counts
}
BUNDLETRACE_HOOKS=btf timeout 300 $trace -f -c -e trace=read,write -o /tmp/counts -- /tmp/four >/dev/null 2>&1
if [ "$(sum)" -ge 32000 ]; then
	echo "passed: skipped hooks are told"
else
	echo "FAILED: skipped hooks are told"
	cat /tmp/counts
fi

# --- call by call, against the program's own log and strace ---
CK_RUN_SUITE=system_exerciser try_suite

# --- calls that are skipped, and those of the 32-bit table, against strace ---
try build/tests/targets/calls32
try build/tests/targets/calls32_i386
CK_RUN_SUITE=system_odd_calls try_suite

# --- each set of capabilities that the documents name ---
CK_RUN_SUITE=system_capabilities try_suite

# --- probes of tasks that preempt each other: each event has its own values ---
cat >/tmp/loads <<'END'
#!/bin/busybox sh
for i in 1 2 3 4; do
	build/bundle_load --models 4 --count 4000 --file /tmp/load$i.apbundle >/dev/null &
done
wait
END
chmod +x /tmp/loads
timeout 300 $trace -f -C -e trace=none -e app=hit,miss,load --buffer 16M -o /tmp/loaded -- /tmp/loads >/dev/null 2>&1
if awk '/^ *gets / { table = 1 } $NF == "\"\"" { bad = 1 } $NF == "total" && $1 > 4000 { bad = 1 } END { exit bad || !table }' /tmp/loaded; then
	echo "passed: probes of four tasks"
else
	echo "FAILED: probes of four tasks"
	tail -n 40 /tmp/loaded
fi

# --- many short processes: a skipped hook at the end of one does not keep -f waiting ---
cat >/tmp/many <<'END'
#!/bin/busybox sh
for i in 1 2 3 4 5 6; do
	(for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do busybox true; done) &
done
wait
END
chmod +x /tmp/many
for way in btf classic; do
	[ $way = classic ] && [ "$(uname -r | cut -d . -f 1)" -lt 7 ] && continue # needs functions that older ones lack
	BUNDLETRACE_HOOKS=$way try $trace -f -C -e trace=none -o /tmp/ends -- /tmp/many
done

# --- bundletop ---
build/bundle_load --models 8 --count 1000000000 --file /tmp/load.apbundle >/dev/null 2>&1 &
sleep 2
build/bundletop --once -i 2 >/tmp/top 2>&1
try grep -q "/tmp/load.apbundle" /tmp/top
try build/bundletop --files --once -i 1
try $trace -p $! -c -d 1
$trace -p $! -e app=hit -e trace=none --max-events 20 -d 5 -o /tmp/attached >/dev/null 2>&1
try grep -q "^hit m" /tmp/attached
echo done
poweroff -f
