#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The libraries export what the headers declare, and nothing else.
# Arguments: the shared libraries. UNBUILT: headers of parts that are not built, "client server".
. "${0%/*}/lib.sh"

libs=()
for lib in "$@"; do
	libs+=("$(cd "$started_in" && realpath "$lib")") # meson's paths are relative
done

exported() { # libraries
	nm -D --defined-only "$@" | awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort
}

declared() {
	for header in include/tenon/*.h; do
		name=${header##*/}
		case " ${UNBUILT:-} " in
		*" ${name%.h} "*) continue ;;
		esac
		# a declaration may go over several lines
		tr '\n' ' ' <"$header" | grep -oE 'TENON_EXPORT [^;(]*\(' |
			grep -oE 'tenon_[a-z0-9_]+ *\($' | tr -d ' ('
	done | sort
}

for lib in "${libs[@]}"; do
	verdict "${lib##*/} exports tenon_* only" "$(exported "$lib" | grep -v '^tenon_')"
done
verdict 'no function is exported twice' "$(exported "${libs[@]}" | uniq -d)"
verdict 'every declared function is exported' "$(comm -23 <(declared) <(exported "${libs[@]}" | uniq))"
verdict 'every exported function is declared' "$(comm -13 <(declared) <(exported "${libs[@]}" | uniq))"
finish
