#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rig's tests under valgrind and under UBSan, in the guest. (ASan and TSan do not start in
# User-Mode Linux; the unit tests run under them, against fakes.)
. "$(dirname "$0")/lib.sh"

if [ -z "${TEST_RIG-1}" ]; then
	skip_step 'valgrind and UBSan rig tests' 'asked to leave out the rig'
	exit
fi

if [ -f "$CI_BUILD/gcc/build.ninja" ]; then
	export TEST_TIMEOUT_SCALE=10
	export TENON_RIG_WRAP="valgrind -q --error-exitcode=99 --leak-check=full
		--errors-for-leak-kinds=definite,possible"
	step_tests 'valgrind rig tests' "$CI_BUILD/gcc" -t 10 --suite rig --no-suite runner --no-suite guest-gl
	unset TENON_RIG_WRAP
fi

export TEST_TIMEOUT_SCALE=2
if step 'UBSan build' build_suite rig "$CI_BUILD/ubsan" -Dwerror=false \
	-Db_sanitize=undefined -Doptimization=1 -Dbench=disabled -Dfuzz=disabled; then
	step_tests 'UBSan rig tests' "$CI_BUILD/ubsan" -t 2 --suite rig --no-suite runner --no-suite guest-slow
fi
