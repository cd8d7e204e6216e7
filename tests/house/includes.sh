#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Includes go one way: a room uses what stands left of it, never what stands right. Rooms of the
# same rank do not know each other.
. "${0%/*}/lib.sh"

rank_of() { # room
	case $1 in
	base) echo 0 ;;
	constraint) echo 1 ;;
	format) echo 2 ;;
	plan) echo 3 ;;
	config | region) echo 4 ;;
	device) echo 5 ;; # its table is a text that config reads
	heap) echo 6 ;;
	buffer) echo 7 ;;
	access) echo 8 ;;
	gbm | wayland) echo 9 ;;
	weston) echo 10 ;;
	*) return 1 ;;
	esac
}

# The room that a public header belongs to: its name, or, for several headers of one room, this.
room_of_header() {
	case $1 in
	common | log) echo base ;;
	explain | split) echo plan ;;
	table | offers | probe | drm | v4l2 | cpu | machine) echo device ;;
	context | swapchain | window | segments) echo buffer ;;
	client | server) echo wayland ;;
	*) echo "$1" ;;
	esac
}

includes_of() { # file: each included name, with < or " in front
	sed -nE 's/^[ \t]*#[ \t]*include[ \t]+([<"][^>"]+)[>"].*/\1/p' "$1"
}

# file, its room: complaints
check_file() {
	local file=$1 room=$2 inc other

	includes_of "$file" | while IFS= read -r inc; do
		other=
		case $inc in
		[\<\"]../*) echo "$file: $inc: name the room instead of .." ;;
		[\<\"]tenon/*.h)
			other=${inc#?tenon/}
			other=$(room_of_header "${other%.h}")
			;;
		\"*/*) other=${inc#\"} other=${other%%/*} ;;
		esac
		if [ -z "$other" ] || [ "$other" = "$room" ]; then
			continue
		fi
		if ! rank_of "$other" >/dev/null; then
			echo "$file: $inc: of no known room; tests/house/includes.sh lists them"
		elif [ "$(rank_of "$other")" -ge "$(rank_of "$room")" ]; then
			echo "$file: $inc: $room may not use $other"
		fi
	done
}

check_room() { # room
	find "src/$1" -name '*.[ch]' | sort | while IFS= read -r file; do
		check_file "$file" "$1"
	done
}

for dir in src/*/; do
	room=${dir#src/}
	room=${room%/}
	if rank_of "$room" >/dev/null; then
		verdict "$room uses only rooms left of it" "$(check_room "$room")"
	else
		verdict "$room is a room" "src/$room has no rank in tests/house/includes.sh"
	fi
done

verdict 'constraint, format and plan use libc alone, and no files' "$(
	find src/constraint src/format src/plan -name '*.[ch]' | sort | xargs -r grep -nE \
		'#[ \t]*include[ \t]+<(sys/(ioctl|mman|stat|socket)\.h|fcntl\.h|ini\.h|xf86drm|wayland|gbm\.h|libudev\.h|linux/)'
)"
verdict 'programs use public headers only' "$(
	find clients -name '*.[ch]' | sort | while IFS= read -r file; do
		includes_of "$file" | grep -E '^"' | while IFS= read -r inc; do
			name=${inc#\"}
			case $name in
			config.h | *-protocol.h) continue ;;
			esac
			[ -n "$(find clients -path "*/$name")" ] || echo "$file: $inc"
		done
	done
)"
verdict 'public headers use public headers and libc only' "$(
	grep -nE '#[ \t]*include' include/tenon/*.h |
		grep -vE '<tenon/[a-z0-9_]+\.h>|<(stdarg|stdbool|stddef|stdint|stdio|sys/types|time)\.h>'
)"
finish
