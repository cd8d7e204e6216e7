# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the benchmarks that are scripts: the rows that bench.h prints.
exceeded=0

# Prints a row with a lower limit.
report_min() { # what, value, unit, at least
	local verdict=ok

	if ! awk "BEGIN { exit !($2 >= $4) }"; then
		verdict=EXCEEDED
		exceeded=1
	fi
	printf '%-58s %10.2f %-12s %-14s %s\n' "$1" "$2" "$3" ">= $4" "$verdict"
}

skip() { # what, reason
	printf '%-58s not measured: %s\n' "$1" "$2"
}

# The median of the numbers on standard input, one a line.
median() {
	sort -g | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# After the last row: the status to end with. An exceeded limit counts where limits are to be kept.
finish() { # --check or nothing
	exit $((exceeded && ${#1} > 0))
}
