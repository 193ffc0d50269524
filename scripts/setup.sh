#!/bin/sh
# Installs what building, running and testing bundletrace needs, from the distribution's packages (Debian 12 and 13,
# Ubuntu 24.04). Says what it does, does it once.
#   setup.sh                install everything that is missing
#   setup.sh --if-missing   the same, silent when nothing is missing (the Makefile calls it so)
#   setup.sh --bench        also what benchmarks compare with; may stand before --if-missing
set -eu

build="gcc make clang llvm libbpf-dev libelf-dev zlib1g-dev libcjson-dev check libsubunit-dev systemtap-sdt-dev
       uthash-dev libncurses-dev libxxhash-dev libzstd-dev libdw-dev liburing-dev pkg-config git ca-certificates"
tests="strace tmux bpftrace python3 python3-jsonschema binutils procps sudo jq libclang-rt-dev"
bench="liblmdb-dev librocksdb-dev"
. /etc/os-release
case "${ID:-}" in
ubuntu) build="$build linux-tools-common linux-tools-generic" ;; # bpftool is in there; its chromium is no package
*) build="$build bpftool" tests="$tests chromium" ;;
esac

[ "${1:-}" = --bench ] && shift || bench=

# Debian 12 names clang's runtime after its version.
have() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q '^install ok installed'; }
missing=
for package in $build $tests $bench; do
	if [ "$package" = libclang-rt-dev ]; then
		ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-*.a > /dev/null 2>&1 && continue
		package=libclang-rt-$(clang_version=$(clang -dumpversion 2> /dev/null || apt-cache depends clang |
			sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p'); echo "${clang_version%%.*}")-dev
	fi
	have "$package" || missing="$missing $package"
done

if [ -z "$missing" ]; then
	[ "${1:-}" = --if-missing ] || echo "setup: everything is installed"
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
