#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Pixels from GL to the CPU and back, in place beside the stock calls, at 1080p and 4K.
# usage: bench_readback.sh BUILD [--check]
set -u
build=$1 check=${2:-}
. "$(dirname "$0")/lib.sh"

program=$build/clients/tenon-readback
if [ ! -x "$program" ]; then
	skip 'in place beside glReadPixels and glTexSubImage2D' 'tenon-readback is not built'
	exit 0
fi
rows=$("$program")
status=$?
if [ $status = 77 ]; then
	skip 'in place beside glReadPixels and glTexSubImage2D' 'EGL does not import buffers here'
	exit 0
elif [ $status != 0 ]; then
	printf '%s\n' "$rows"
	exit 1
fi
# "read  1920x1080  glReadPixels  954.5 us  in place  2.34 us  407.0 x  0 pixels differ"
while read -r way size call stock _ _ _ _ _ ratio _; do
	case $way in
	read | upload)
		report_min "$way $size in place than $call ($stock us)" "$ratio" \
			'x faster' 5
		;;
	esac
done <<<"$rows"
finish "$check"
