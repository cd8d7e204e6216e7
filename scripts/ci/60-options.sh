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

# The demo is configured and built where only its own packages are: those of the tests are hidden.
demo_alone() {
	local pc=$CI_BUILD/demo-pkgconfig build=$CI_BUILD/demo package folder names=()

	rm -rf "$pc" "$build" && mkdir -p "$pc" || return 1
	for folder in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
		[ ! -d "$folder" ] || find "$folder" -name '*.pc' -exec ln -sf -t "$pc" {} +
	done
	mapfile -t names < <(comm -13 <(scripts/setup --list demo | awk '{ print $1 }' | sort -u) \
		<(scripts/setup --list ci | awk '{ print $1 }' | sort -u))
	for package in "${names[@]//|*/}"; do
		dpkg -L "$package" 2>/dev/null | sed -n 's,.*/\([^/]*\.pc\)$,\1,p' |
			while read -r name; do rm -f "$pc/$name"; done
	done
	[ ! -e "$pc/cmocka.pc" ] || return 1 # else this would prove nothing
	PKG_CONFIG_LIBDIR=$pc CMAKE=none \
		scripts/demo --no-setup --no-hugepages --build "$build" --out "$CI_BUILD/demo-out"
}

for feature in $(features); do
	step "without $feature" off "$feature"
done
# shellcheck disable=SC2046
step 'without any option' off $(features)
step 'default options' off && step 'install into a prefix, and a program against it' outside
step 'the demo, with no more than its packages' demo_alone
