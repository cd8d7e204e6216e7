#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each feature option off builds, and says so; all of them off, too. One build folder, so that only
# what an option changes is compiled again. Last, an install into a prefix, used from outside.
. "$(dirname "$0")/lib.sh"
dir=$CI_BUILD/options
prefix=$CI_BUILD/prefix

features() {
	sed -nE "s/^option\('([a-z-]+)', type: 'feature'.*/\1/p" meson_options.txt
}

# The .pc file tells what was built; a part that is off must not be there.
off() { # features...
	local feature options=()

	for feature in $(features); do
		options+=("-D$feature=auto")
	done
	options+=(-Dtests=disabled -Dbench=disabled -Dfuzz=disabled)
	for feature; do
		options+=("-D$feature=disabled")
	done
	build "$dir" --prefix="$prefix" -Dwerror=true "${options[@]}" || return 1
	for feature; do
		if grep -q "^have_${feature//-/_}=true" "$dir/meson-private/tenon.pc"; then
			echo "have_$feature is true in tenon.pc"
			return 1
		fi
	done
}

outside() {
	local pc=$prefix/lib

	rm -rf "$prefix"
	meson install -C "$dir" --no-rebuild || return 1
	pc=$(dirname "$(find "$prefix" -name tenon.pc)")
	export PKG_CONFIG_PATH=$pc LD_LIBRARY_PATH=${pc%/pkgconfig}
	# shellcheck disable=SC2046
	cc -Wall -Werror tests/house/outside.c -o "$prefix/outside" \
		$(pkg-config --cflags --libs tenon) || return 1
	"$prefix/outside"
}

for feature in $(features); do
	step "without $feature" off "$feature"
done
# shellcheck disable=SC2046
step 'without any option' off $(features)
step 'default options' off && step 'install into a prefix, and a program against it' outside
