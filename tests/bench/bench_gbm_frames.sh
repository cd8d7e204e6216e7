#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Frame rates of unmodified programs over libgbm with Tenon's backend, in terms of Mesa's own:
# in the rig, on software GL, run by run in turn. The median of the ratios of neighbours: a machine
# that others use, too, changes its speed by half within a minute, and runs of one minute with it.
# usage: bench_gbm_frames.sh BUILD [--check]
set -u
build=$1 check=${2:-}
here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

ROUNDS=11
FRAMES=12 # of kmscube

# In the guest: one run with a backend. Prints the frames per second.
kmscube_fps() { # node
	kmscube -D "$1" -v 640x480 --count=$FRAMES 0<>/tmp/in 2>&1 |
		sed -n 's/^Rendered.*(\([0-9.]*\) fps).*/\1/p' | tail -n 1
}

glmark2_fps() { # node
	LD_PRELOAD=$build/tests/tenon-test-one-mode.so TEST_ONE_MODE=640x480 \
		glmark2-es2-drm --winsys-options "drm-device=$1" \
		-b build:use-vbo=false:duration=1 2>&1 |
		sed -n 's/^\[build\].*FrameTime: *\([0-9.]*\) ms.*/\1/p' | awk '{ print 1000 / $1 }'
}

with_tenon() { # function, node
	GBM_BACKEND=tenon GBM_BACKENDS_PATH=$build/src/gbm TENON_STRICT=1 TENON_CONFIG='' "$@"
}

guest() {
	local node='' card program mesa tenon

	for card in /sys/class/drm/card[0-9]; do
		case $(readlink -f "$card/device") in
		*vkms*) node=/dev/dri/${card##*/} ;;
		esac
	done
	export XDG_RUNTIME_DIR=/tmp
	mkfifo -m 600 /tmp/in # kmscube ends with its input
	for program in kmscube glmark2; do
		for ((i = 0; i < ROUNDS; i++)); do
			if ((i % 2)); then # so that no one is always second
				tenon=$(with_tenon "${program}_fps" "$node")
			fi
			mesa=$("${program}_fps" "$node")
			((i % 2)) || tenon=$(with_tenon "${program}_fps" "$node")
			echo "$program $mesa $tenon"
		done
	done
}

if [ "${TENON_RIG:-}" = 1 ]; then
	guest
	exit
fi
what='frames per second with Tenon'
for need in kmscube glmark2-es2-drm; do
	if ! command -v $need >/dev/null; then
		skip "$what" "no $need"
		exit 0
	fi
done
if [ ! -e "$build/src/gbm/tenon_gbm.so" ]; then
	skip "$what" 'tenon_gbm.so is not built'
	exit 0
fi
runs=$("$here/../rig/run" -m 1G -t 900 -A cma=64M -- bash "$(readlink -f "$0")" "$build")
status=$?
if [ $status = 125 ]; then
	skip "$what" 'no kernel of the rig (tests/rig/build-kernel.sh)'
	exit 0
fi
for program in kmscube glmark2; do
	if [ "$(grep -c "^$program [0-9.]* [0-9.]*$" <<<"$runs")" != $ROUNDS ]; then
		echo "$program did not run each time:"
		printf '%s\n' "$runs"
		exit 1
	fi
	mesa=$(sed -n "s/^$program \(.*\) .*/\1/p" <<<"$runs" | median)
	ratio=$(awk -v of="$program" '$1 == of { print $3 / $2 }' <<<"$runs" | median)
	report_min "$program ($mesa frames/s with Mesa's backend)" "$ratio" 'x Mesa' 0.95
done
finish "$check"
