#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Cross-builds for arm64 and armhf; their unit tests under QEMU's user emulation.
. "$(dirname "$0")/lib.sh"

export TEST_TIMEOUT_SCALE=5
for arch in arm64 armhf; do
	if step "$arch build" scripts/cross "$arch"; then
		step_tests "$arch unit tests" "build-$arch" -t 5 --suite unit
	fi
done
