#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scripts without the mistakes that shellcheck knows.  (SC2187: ash is taken as dash.)
. "$(dirname "$0")/lib.sh"

scripts() {
	git ls-files | while IFS= read -r file; do
		if [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b'; then
			echo "$file"
		fi
	done
}

lint() {
	scripts | xargs shellcheck -S warning -e SC2187 -x -P SCRIPTDIR
}

if command -v shellcheck >/dev/null; then
	step 'shellcheck' lint
else
	skip_step 'shellcheck' 'shellcheck is not there'
fi
