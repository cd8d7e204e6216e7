#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The formatter changes nothing. Only version 14, whose style .clang-format describes.
. "$(dirname "$0")/lib.sh"

formatter=
for candidate in clang-format-14 clang-format; do
	if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
		formatter=$candidate
		break
	fi
done

format() {
	git ls-files '*.c' '*.h' '*.cc' | xargs "$formatter" --dry-run -Werror
}

if [ -n "$formatter" ]; then
	step 'clang-format' format
else
	skip_step 'clang-format' 'clang-format 14 is not there (Debian 12 has it)'
fi
