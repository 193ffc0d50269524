#!/bin/bash
# Boots other kernels under emulation and runs the programs there: an older BPF verifier may refuse what this machine's
# accepts, and a newer kernel may run hooks in another way. What is run is scripts/kernel-guest.sh.
#   kernel.sh BUILD [KERNEL...]
# KERNEL: a package (linux-image-6.1.0-50-cloud-amd64), the start of a version (6.12: the newest of those), `backports`
# or `sid` (the newest there), `newest` (of both), or nothing: the one that this distribution installs. Prints a row for
# each; with one kernel, what it did too. Packages and lists are kept in KERNEL_CACHE (BUILD/kernels).
# KERNEL_SECONDS: the time limit of one boot. Exit status 1: something failed; 3: nothing did, but a kernel cannot be had.
set -u
build=$1
shift
cache=$(realpath -m "${KERNEL_CACHE:-$build/kernels}")
seconds=${KERNEL_SECONDS:-1800}
guest=$(dirname "$0")/kernel-guest.sh

fail() {
	echo "kernel.sh: $*" >&2
	exit 1
}

unavailable() {
	echo "kernel.sh: $*" >&2
	exit 3
}

for tool in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static cpio:cpio strace:strace setpriv:util-linux; do
	command -v "${tool%:*}" >/dev/null || fail "${tool%:*} is not there (apt-get install ${tool#*:})"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$cache"

# --- packages --------------------------------------------------------------------------------------------------------

# The suites that have the kernel: their lists are large.
suites_of() {
	case $1 in
	backports) echo trixie-backports ;;
	sid) echo sid ;;
	newest) echo trixie-backports sid ;;
	6.1 | linux-image-6.1.*) echo bookworm ;;
	6.12 | linux-image-6.12.*) echo trixie bookworm-backports ;;
	*) echo trixie trixie-backports sid ;;
	esac
}

# Makes apt read the suites, on the mirror of this machine's own sources, without touching its lists.
apt_with() {
	local dir
	dir=$cache/apt-$(echo "$*" | tr ' ' +)
	export APT_CONFIG=$dir/apt.conf
	[ -n "$(find "$dir/updated" -mmin -720 2>/dev/null)" ] && return
	rm -rf "$dir"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
	mirror=$(APT_CONFIG='' apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
	[ -n "$mirror" ] || unavailable "no source of Debian's packages is configured (kernels come from there)"
	for suite; do
		echo "deb [arch=amd64 signed-by=$keys] $mirror $suite main"
	done >"$dir/sources"
	cat >"$APT_CONFIG" <<-END
		Dir::Etc::sourcelist "$dir/sources";
		Dir::Etc::sourceparts "/nonexistent";
		Dir::State::lists "$dir/lists";
		Dir::Cache "$dir/cache";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Sandbox::User "root";
	END
	timeout 300 apt-get update -qq >"$work/apt" 2>&1 && touch "$dir/updated" && return
	cat "$work/apt" >&2
	unavailable "cannot read the lists of $*"
}

# The package of a kernel. From Linux 6.19 on linux-binary-* has the image, and linux-image-* depends on it.
package_of() {
	case $1 in
	linux-*) echo "$1" && return ;;
	backports | sid | newest) set -- '[0-9]+' ;;
	esac
	apt-cache pkgnames linux-image- | grep -E "^linux-image-${1/./\\.}\.[0-9.]*([+-][0-9a-z.]+)?-cloud-amd64\$" | sort -V |
		tail -n 1 | prefer_binary
}

prefer_binary() {
	local name binary
	read -r name || return
	binary=linux-binary-${name#linux-*-}
	apt-cache show "$binary" >/dev/null 2>&1 && name=$binary
	echo "$name"
}

# Downloads a package unless it is there, unpacks it, and prints where its image is.
image_of() {
	local package=$1 dir=$cache/$1 image
	image=$(find "$dir" -name 'vmlinuz*' -type f 2>/dev/null | head -n 1)
	if [ -z "$image" ]; then
		(cd "$work" && timeout 300 apt-get download -q "$package" >"$work/apt" 2>&1) || {
			cat "$work/apt" >&2
			return 1
		}
		rm -rf "$dir"
		dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -C "$(mkdir -p "$dir" && echo "$dir")" --wildcards '*/vmlinuz*'
		rm -f "$work/$package"_*.deb
		image=$(find "$dir" -name 'vmlinuz*' -type f | head -n 1)
	fi
	echo "$image"
}

# --- the guest -------------------------------------------------------------------------------------------------------

# A program and the libraries it needs.
install_program() {
	local from=$1 to=$2
	mkdir -p "$root/$(dirname "$to")"
	cp "$from" "$root/$to"
	{ ldd "$from" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		cp -Lu "$library" "$root$library"
	done
}

make_guest() {
	root=$work/root
	mkdir -p "$root"/{bin,proc,sys,dev,tmp,var/tmp,etc}
	for program in bundletrace bundletop bundle_demo bundle_load check tests/exerciser \
		tests/targets/{calls32,calls32_i386,denied,skipped}; do
		[ -x "$build/$program" ] || fail "$build/$program is not built"
		install_program "$build/$program" "build/$program"
	done
	install_program "$(command -v strace)" bin/strace
	install_program "$(command -v setpriv)" usr/bin/setpriv
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp "$guest" "$root/init"
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"
}

# Boots an image; the output is $work/out. `accel`: how the emulator runs.
boot() {
	local accel=$2
	timeout --foreground "$seconds" qemu-system-x86_64 -accel "$accel" -cpu max -m 1500 -smp 2 -no-reboot -kernel "$1" \
		-initrd "$work/initrd" -append "console=ttyS0 quiet panic=1 ia32_emulation=1" -display none -monitor none \
		-serial "file:$work/console" </dev/null >"$work/emulator" 2>&1
	local status=$?
	tr -d '\r' <"$work/console" >"$work/out"
	cat "$work/emulator" >>"$work/out"
	[ "$status" != 124 ] ||
		echo "FAILED: stopped: not done after its time limit of $seconds s (KERNEL_SECONDS sets it)" >>"$work/out"
}

# With a thread for each processor, the emulator loses ticks on a busy machine, and some kernels panic.
busy() {
	[ "$(cut -d . -f 1 /proc/loadavg)" -ge "$(nproc)" ]
}

# Prints the row of a kernel; false if something failed.
try_kernel() {
	local package=$1 image accel=tcg start=$SECONDS
	image=$(image_of "$package") || unavailable "$package: cannot download it"
	[ -n "$image" ] || unavailable "$package has no image"
	! busy || accel=tcg,thread=single
	boot "$image" "$accel"
	if [ "$accel" = tcg ] && { ! grep -q '^ready$' "$work/out" || grep -q 'Kernel panic' "$work/out"; }; then
		accel=tcg,thread=single
		boot "$image" "$accel"
	fi
	local release passed failed hooks counts
	release=$(sed -n 's/^kernel: //p' "$work/out")
	hooks=$(sed -n 's/^hooks: \([A-Za-z ]*\) tracepoints.*/\1/p' "$work/out")
	counts=$(sed -n 's/^counts: //p' "$work/out")
	passed=$(grep -c '^passed: ' "$work/out")
	failed=$(grep -c '^FAILED: ' "$work/out")
	grep -q '^done$' "$work/out" || failed=$((failed + 1)) hooks="${hooks:-?}, did not end"
	[ "$failed" = 0 ] || sed -n '/^kernel: /,$p' "$work/out" | grep -v '^passed: ' >&2
	printf '%-28s %-16s %-8s %6s %6s %7s   %s\n' "${release:-$package}" "${hooks:-?}" "${counts:-?}" "$passed" "$failed" \
		"$((SECONDS - start)) s" "$accel"
	[ "$failed" = 0 ]
}

# One row: finds the kernel, and tries it.
row() (
	# shellcheck disable=SC2046
	apt_with $(suites_of "$1")
	package=$(package_of "$1")
	[ -n "$package" ] || unavailable "$1: no such kernel in $(suites_of "$1")"
	try_kernel "$package"
)

make_guest
[ $# -gt 0 ] || set -- "$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-\)/\1/p')"
printf '%-28s %-16s %-8s %6s %6s %7s   %s\n' kernel hooks calls passed failed time emulation
status=0
for kernel; do
	row "$kernel"
	case $? in
	0) ;;
	3) [ "$status" = 1 ] || status=3 ;;
	*) status=1 ;;
	esac
done
[ $# -gt 1 ] || sed -n '/^kernel: /,$p' "$work/out"
exit $status
