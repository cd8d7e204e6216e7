#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Code shown in doc/*.md and README.md is code that is compiled: each ```c block stands, line by
# line, in a file of doc/examples.
. "${0%/*}/lib.sh"

# document: each block's lines joined by \x01, one block a line
blocks_of() {
	awk '
		/^```c$/ { inside = 1; block = ""; next }
		/^```$/ { if (inside) print block; inside = 0; next }
		inside { block = block (block == "" ? "" : "\001") $0 }' "$1"
}

missing_in() { # document
	local block joined found example

	blocks_of "$1" | while IFS= read -r block; do
		found=
		for example in doc/examples/*.c; do
			joined=$(tr '\n' '\001' <"$example")
			case $joined in
			*"$block"*) found=1 ;;
			esac
		done
		[ -n "$found" ] || printf '%s\n' "$block" | tr '\001' '\n'
	done
}

for document in README.md doc/*.md; do
	[ -e "$document" ] || continue
	verdict "code of $document is compiled" "$(missing_in "$document")"
done
finish
