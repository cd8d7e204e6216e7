#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Public headers: each compiles on its own, as C and as C++; each function is exported by its macro
# and has a comment of its own right above it.
. "${0%/*}/lib.sh"
CC=${CC:-cc}
CXX=${CXX:-c++}

compiles() { # compiler, language, standard, header: complaints
	printf '#include <tenon/%s>\n#include <tenon/%s>\nint main(void);\nint main(void) { return 0; }\n' \
		"$4" "$4" |
		$1 -x "$2" -std="$3" -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
			-Iinclude ${HEADER_CFLAGS:-} - 2>&1
}

undocumented() { # header
	awk '
		/^[ \t]*\/\*\*/ { doc = 1; incomment = 1 }
		/\*\// { if (incomment) { closed = doc; doc = 0; incomment = 0; next } }
		incomment { next }
		/^TENON_PRINTF/ { next }
		/^TENON_EXPORT/ { if (!closed) print FILENAME ":" FNR ": no /** */ above: " $0 }
		!/^$/ { closed = 0 }
		/^$/ { closed = 0 }' "$1"
}

unmarked() { # header: prototypes without TENON_EXPORT
	awk '
		/^(TENON_EXPORT|TENON_PRINTF|#|static inline|typedef)/ { next }
		/^[a-z].*[ *]tenon_[a-z0-9_]+\(/ { print FILENAME ":" FNR ": not TENON_EXPORT: " $0 }' "$1"
}

for header in include/tenon/*.h; do
	name=${header##*/}
	verdict "$name compiles as C11" "$(compiles "$CC" c c11 "$name")"
	if command -v "${CXX%% *}" >/dev/null; then
		verdict "$name compiles as C++17" "$(compiles "$CXX" c++ c++17 "$name")"
	else
		skipped "$name compiles as C++17" 'no C++ compiler'
	fi
	verdict "$name documents each function" "$(undocumented "$header")"
	verdict "$name marks each function" "$(unmarked "$header")"
done
finish
