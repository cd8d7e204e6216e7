#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The unit tests under valgrind: leaks and uninitialised values. Uses the first build.
. "$(dirname "$0")/lib.sh"

export TEST_TIMEOUT_SCALE=10
if [ -f "$CI_BUILD/gcc/build.ninja" ]; then
	step_tests 'valgrind unit tests' "$CI_BUILD/gcc" -t 10 --suite unit --wrap \
		'valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible'
fi
