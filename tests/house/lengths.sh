#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No function beyond 100 lines, no file beyond 600, no line beyond 100 columns (a tab counts 8).
. "${0%/*}/lib.sh"

sources() {
	find src clients include tests \( -name '*.[ch]' -o -name '*.cc' \) | sort
}

# Bodies begin with a lone { in column 0 and end with a } in column 0: clang-format sees to that.
verdict 'no function is longer than 100 lines' "$(
	sources | xargs -r awk '
		FNR == 1 { start = 0 }
		/^\{/ { start = FNR; name = previous }
		/^}/ && start { if (FNR - start - 1 > 100)
			printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start - 1, name
			start = 0 }
		/^[^ \t{}#\/]/ { previous = $0 }'
)"
verdict 'no file is longer than 600 lines' "$(
	sources | while IFS= read -r file; do
		lines=$(wc -l <"$file")
		[ "$lines" -le 600 ] || echo "$file: $lines lines"
	done
)"
verdict 'no line is longer than 100 columns' "$(
	sources | while IFS= read -r file; do
		expand -t 8 "$file" | awk -v f="$file" \
			'{ gsub(/[\200-\277]/, "") } length($0) > 100 { print f ":" FNR }'
	done
)"
finish
