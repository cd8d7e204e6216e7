#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything builds with clang, without a warning, and its build passes the unit tests.
. "$(dirname "$0")/lib.sh"

export CC=clang
if step 'clang build with -Werror' build "$CI_BUILD/clang" -Dwerror=true; then
	step_tests 'clang unit tests' "$CI_BUILD/clang" --suite unit
fi
