#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every installed program has a manual page, is listed to be built, and page and --help name the
# same options. Argument: the build folder.
. "${0%/*}/lib.sh"
build=$(cd "$started_in" && realpath "$1")

# Installed programs: where they were built.
programs() {
	meson introspect "$build" --installed | tr ',' '\n' |
		sed -nE 's|.*"([^"]*/clients/[^"]*)": "[^"]*/bin/[^"]*".*|\1|p' | sort
}

options() { # long options in a text
	grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' | sed -E 's/^[^-]*//' | sort -u
}

for program in $(programs); do
	name=${program##*/}
	page=doc/man/$name.1.scd
	if [ ! -f "$page" ]; then
		verdict "$name has a manual page" "$page is not there"
		continue
	fi
	verdict "$name and its manual page name the same options" "$(
		# where scdoc wants a backslash
		comm -3 <("$program" --help 2>&1 | options) <(tr -d '\\' <"$page" | options)
	)"
done
verdict 'every manual page is built' "$(
	find doc/man -name '*.scd' -printf '%f\n' | while IFS= read -r page; do
		grep -q "'${page%.scd}'" doc/man/meson.build || echo "in no meson.build: $page"
	done
)"
finish
