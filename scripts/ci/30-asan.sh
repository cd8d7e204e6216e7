#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All tests under AddressSanitizer and UndefinedBehaviorSanitizer. No -Werror: what a
# sanitizer inserts makes gcc warn of what cannot happen.
#
# With gcc: its runtime is a shared library, so that Weston, which is not instrumented, can load the
# instrumented module when that library is preloaded (the tests that start Weston do it when
# TEST_SANITIZER_PRELOAD names one). The rig is left out: ASan does not start in User-Mode Linux.
. "$(dirname "$0")/lib.sh"

export CC=gcc
preload=$(gcc -print-file-name=libasan.so)
TEST_SANITIZER_PRELOAD=$(realpath "$preload")
export TEST_SANITIZER_PRELOAD
export TEST_TIMEOUT_SCALE=3
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS=halt_on_error=1:detect_stack_use_after_return=1:allow_user_segv_handler=0
if step 'ASan and UBSan build' build "$CI_BUILD/asan" -Dwerror=false -Db_lundef=false \
	-Db_sanitize=address,undefined -Doptimization=1 -Dbench=disabled; then
	step_tests 'ASan and UBSan tests' "$CI_BUILD/asan" -t 3 \
		--suite unit --suite wayland --suite gl --suite fuzz
fi
