#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the build into a folder, and builds and runs a program against it as a stranger would:
# through pkg-config, out of the source tree.
# Arguments: outside.c, build folder, prefix, libdir below it.
. "${0%/*}/lib.sh"
source=$1
build=$2
prefix=$3
libdir=$4
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
root=$dest$prefix
export PKG_CONFIG_PATH=$root/$libdir/pkgconfig
export LD_LIBRARY_PATH=$root/$libdir

out=$(meson install -C "$build" --no-rebuild --quiet --destdir "$dest" 2>&1) && out=
verdict 'meson install' "$out"

# The prefix is moved, too: pkg-config's answers must follow it.
pc() {
	pkg-config --define-variable=prefix="$root" "$@" tenon
}

verdict 'pkg-config knows the version' "$(
	want=$(sed -nE "s/^ *version: '([0-9.]+)'.*/\1/p" meson.build | head -n 1)
	have=$(pc --modversion 2>&1)
	[ "$have" = "$want" ] || echo "$have instead of $want"
)"
verdict 'pkg-config tells which parts are there' "$(
	for part in client server weston gbm udev; do
		case $(pc --variable="have_$part" 2>&1) in
		true | false) ;;
		*) echo "have_$part is neither true nor false" ;;
		esac
	done
)"
verdict 'every public header is installed' "$(
	for header in include/tenon/*.h; do
		[ -f "$root/$header" ] || echo "$header"
	done
)"
verdict 'a program builds against the installed library' "$(
	# shellcheck disable=SC2046
	cd "$dest" && ${CC:-cc} -Wall -Werror "$source" -o outside $(pc --cflags --libs) 2>&1
)"
verdict 'it runs' "$(out=$("$dest/outside" 2>&1) || echo "status $?: $out")"
verdict 'nothing installed remembers the source tree' "$(
	# Debug information does, and may. A whole path, and not the end of another: the tree may lie in
	# /tenon, and headers in /usr/include/tenon.
	grep -rlIE "(^|[^[:alnum:]_./-]|-[IL])$(sed 's/[^[:alnum:]_/-]/\\&/g' <<<"$SOURCE_ROOT")(\$|[^[:alnum:]_.-])" \
		"$root"
)"
finish
