#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The unit tests that make threads, under ThreadSanitizer.
. "$(dirname "$0")/lib.sh"

export CC=gcc TEST_TIMEOUT_SCALE=5
export TSAN_OPTIONS=halt_on_error=1
# gcc's runtime does not know the layout that kernels with much address randomisation give.
wrap=()
if setarch -R true 2>/dev/null; then
	wrap=(--wrap 'setarch -R')
fi
if step 'TSan build' build_suite threads "$CI_BUILD/tsan" -Dwerror=false -Db_lundef=false \
	-Db_sanitize=thread; then
	step_tests 'TSan unit tests' "$CI_BUILD/tsan" -t 5 --suite threads "${wrap[@]}"
fi
