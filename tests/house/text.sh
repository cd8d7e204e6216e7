#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Small rules of the text files: licence line, no trailing blanks, newline at the end, README.
. "${0%/*}/lib.sh"

sources() {
	find src clients include tests scripts protocol doc meson.build meson_options.txt \
		\( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o -name meson.build -o -name '*.map' \
		-o -name '*.scd' -o -name '*.ini' -o -name '*.xml' -o -name '*.py' \
		-o -name meson_options.txt -o -path 'scripts/*' \) \
		-type f ! -path '*/corpus/*' ! -path '*/golden/*' | sort -u
}

verdict 'every source names its licence' "$(
	sources | xargs -r grep -L 'SPDX-License-Identifier: MIT'
	grep -L 'SPDX-License-Identifier: MIT' ./*.md doc/*.md
)"
verdict 'no blanks at the end of a line' "$(sources | xargs -r grep -nE '[ 	]+$')"
verdict 'every file ends with a newline' "$(
	sources | while IFS= read -r file; do
		[ -z "$(tail -c 1 "$file")" ] || echo "$file"
	done
)"
verdict 'scripts are executable' "$(find scripts .ci -type f ! -name 'lib.*' ! -perm -u+x 2>/dev/null)"
verdict 'README.md is short and names both commands' "$(
	[ "$(wc -l <README.md)" -lt 100 ] || echo 'README.md has 100 lines or more'
	grep -q scripts/demo README.md || echo 'README.md does not name scripts/demo'
	grep -q scripts/test README.md || echo 'README.md does not name scripts/test'
)"
verdict 'every environment variable is in doc/env.md' "$(
	find src clients -name '*.c' -print0 | xargs -0 grep -hoE '"TENON_[A-Z0-9_]+"' | tr -d '"' |
		sort -u | while IFS= read -r name; do
		grep -q "\`$name\`" doc/env.md || echo "$name"
	done
)"
verdict 'programs with more rights than their user ignore the environment' "$(
	grep -rnE '(^|[^_])getenv\(' src --include='*.c'
)"
finish
