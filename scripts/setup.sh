#!/bin/sh
# Installs what building, running and testing bundletrace needs, from the distribution's packages (Debian 12 and 13,
# Ubuntu 24.04): the list is scripts/packages. Prints what it does; a second run has nothing to do.
#   setup.sh                install everything that is missing
#   setup.sh --if-missing   the same, silent when nothing is missing (`make demo` and `make check` call it so)
#   setup.sh --check        install nothing: name what the build lacks, and the packages of several distributions, and
#                           fail; silent when nothing is missing (`make` calls it so). Needs no privileges.
#   setup.sh --bench        also the programs that benchmarks compare with; may precede the other options
set -eu
list=$(dirname "$0")/packages

uses='build test' built='build'
[ "${1:-}" = --bench ] && { uses="$uses bench" built='build bench'; shift; }
mode=${1:-}

# The lines of the list for these uses, without comments.
lines() {
	awk -v uses=" $* " '$1 !~ /^#/ && NF && index(uses, " " $1 " ")' "$list"
}

# --- naming what is missing ------------------------------------------------------------------------------------------
there() {
	case $1 in
	-) return 0 ;;
	'<'*) printf '#include %s\n' "$1" | ${CC:-gcc} -E -xc - > /dev/null 2>&1 ;;
	bpftool) command -v bpftool > /dev/null || ls /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool > /dev/null 2>&1 ;;
	gcc) set -- ${CC:-gcc} && command -v "$1" > /dev/null ;; # CC may have arguments
	llvm-strip) command -v llvm-strip > /dev/null || ls /usr/lib/llvm-*/bin/llvm-strip > /dev/null 2>&1 ;;
	*) command -v "$1" > /dev/null ;;
	esac
}

if [ "$mode" = --check ]; then
	what= debian= fedora= arch=
	while read -r _ look in_debian in_fedora in_arch; do
		there "$look" && continue
		what="$what $look" debian="$debian $in_debian" fedora="$fedora $in_fedora" arch="$arch $in_arch"
	done << LINES
$(lines $built)
LINES
	[ -z "$what" ] && exit 0
	{
		echo "setup: the build needs what is not here:$what"
		echo "setup: on Debian and Ubuntu, run: sudo scripts/setup.sh (it installs what is missing, as sudo make demo and sudo make check do)"
		echo "setup:   Debian  apt-get install$debian"
		echo "setup:   Ubuntu  apt-get install$(echo "$debian" | sed 's/ bpftool/ linux-tools-common linux-tools-generic/')"
		echo "setup:   Fedora  dnf install$(echo "$fedora" | sed 's/ -//g')"
		echo "setup:   Arch    pacman -S$(echo "$arch" | sed 's/ -//g')"
	} >&2
	exit 1
fi

# --- installing ------------------------------------------------------------------------------------------------------
. /etc/os-release
have() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q '^install ok installed'; }

command -v dpkg-query > /dev/null || {
	"$0" --check || exit 1
	echo "setup: everything that the build needs is there; tests need:$(lines test | awk '{ printf " %s", $4 }') (names of Fedora)"
	exit 0
}
missing=
for package in $(lines $uses | awk '{ print $3 }'); do
	case ${ID:-}/$package in
	ubuntu/bpftool) package='linux-tools-common linux-tools-generic' ;; # contains bpftool
	ubuntu/chromium) continue ;;                                        # not available as a package
	*/libclang-rt-dev) # Debian 12 names clang's runtime after its version
		ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-*.a > /dev/null 2>&1 && continue
		package=libclang-rt-$(clang_version=$(clang -dumpversion 2> /dev/null || apt-cache depends clang |
			sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p'); echo "${clang_version%%.*}")-dev ;;
	esac
	for one in $package; do
		have "$one" || missing="$missing $one"
	done
done

if [ -z "$missing" ]; then
	[ "$mode" = --if-missing ] || echo "setup: everything is installed"
	exit 0
fi
echo "setup: installing:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo > /dev/null || { echo "setup: not root: cannot install packages (run: su -c scripts/setup.sh)" >&2; exit 1; }
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends $missing; } > "$log" 2>&1 < /dev/null; then
	cat "$log" >&2
	echo "setup: apt-get failed: see above (is the network there, is the release one of Debian 12, 13, Ubuntu 24.04?)" >&2
	exit 1
fi
echo "setup: done"
