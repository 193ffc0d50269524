#!/bin/bash
# kernel.sh BUILD: boots the distribution's own kernel under emulation and runs the programs there, since an older BPF
# verifier may refuse what this machine's accepts. KERNEL=package selects another kernel than the one that
# linux-image-cloud-amd64 depends on.
set -eu
build=$1
for tool in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static cpio:cpio; do
	command -v "${tool%:*}" >/dev/null || {
		echo "kernel.sh: ${tool%:*} is not there (apt-get install ${tool#*:})" >&2
		exit 1
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp,var/tmp,build}

kernel=${KERNEL:-$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-\)/\1/p')}
(cd "$work" && apt-get download -q "$kernel" >/dev/null 2>&1) || {
	echo "kernel.sh: $kernel: cannot download it (apt-get update?)" >&2
	exit 1
}
dpkg -x "$work"/linux-image-*.deb "$work/kernel"

programs="bundletrace bundletop bundle_demo bundle_load"
for program in $programs; do
	cp "$build/$program" "$root/build/"
	ldd "$build/$program" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		cp -L "$library" "$root$library"
	done
done
cp "$(command -v busybox)" "$root/bin/busybox"
cat >"$root/init" <<'EOF'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc
mount -t sysfs s /sys
mount -t devtmpfs d /dev
uname -r
try() {
	timeout 60 "$@" >/tmp/out 2>&1 && echo "passed: $*" && return
	echo "FAILED: $*"
	tail -5 /tmp/out
}
for options in -c "-c --stats-extended" -s -fT "--stack -e trace=lseek" "-s --unwind=fp" "--format json" -C "--max-overhead 1"; do
	try build/bundletrace $options -- build/bundle_demo
done
build/bundletrace -o /tmp/trace -- build/bundle_demo >/dev/null 2>&1
try grep -q "^miss encoder" /tmp/trace
try grep -q "openat(.*demo.apbundle" /tmp/trace
build/bundletrace -c --stats-extended -o /tmp/stats -- build/bundle_demo >/dev/null 2>&1
try grep -q "^ *[0-9]* .*[0-9] .s .* write$" /tmp/stats
build/bundle_load --models 8 --count 1000000000 --file /tmp/load.apbundle >/dev/null 2>&1 &
sleep 2
build/bundletop --once -i 2 >/tmp/top 2>&1
try grep -q "/tmp/load.apbundle" /tmp/top
try build/bundletop --files --once -i 1
try build/bundletrace -p $! -c -d 1
build/bundletrace -p $! -e app=hit -e trace=none --max-events 20 -d 5 -o /tmp/attached >/dev/null 2>&1
try grep -q "^hit m" /tmp/attached
echo done
poweroff -f
EOF
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 1500 -smp 2 -nographic -no-reboot -kernel "$work"/kernel/boot/vmlinuz-* \
	-initrd "$work/initrd" -append "console=ttyS0 quiet panic=1" </dev/null | tr -d '\r' >"$work/out"
sed -n '/^[^ ]*[0-9]\.[0-9].*-amd64/,$p' "$work/out"
grep -q "^done" "$work/out" && ! grep -q "^FAILED" "$work/out"
