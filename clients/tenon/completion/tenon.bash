# SPDX-License-Identifier: MIT
# Completion of tenon(1) for bash.

_tenon_devices() {
	tenon devices --json 2>/dev/null | sed -nE 's/^ {6}"name": *"(.*)",?$/\1/p'
}

_tenon_formats() {
	tenon info --json 2>/dev/null |
		sed -nE '/^ *"formats"/,/\]/s/^ *"([A-Za-z0-9_]+)",?$/\1/p'
}

_tenon_nodes() {
	tenon info --json 2>/dev/null | sed -nE 's/^ *"node": *"(.*)",?$/\1/p' | sed 's|\\/|/|g'
}

_tenon_heaps() {
	tenon info --json 2>/dev/null |
		sed -nE '/^ *"heaps"/,/^ *"devices"/s/^ *"name": *"(.*)",?$/\1/p'
}

# Roles behind the colon: bash takes "vc4:scanout" apart at it.
_tenon_roles() {
	local done=''

	case $1 in *+*) done=${1%+*}+ ;; esac
	compgen -P "$done" -W 'render scanout cursor encode decode capture cpu any' -- "${1##*+}"
}

_tenon() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	local before=''

	if [ "$COMP_CWORD" -ge 2 ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'info solve devices probe --help --version' -- "$cur")
		return
	fi
	case $command:$prev in
	solve:-d | solve:--device)
		mapfile -t COMPREPLY < <(compgen -W "$(_tenon_devices)" -- "$cur")
		return
		;;
	solve::)
		mapfile -t COMPREPLY < <(_tenon_roles "$cur")
		return
		;;
	solve:-f | solve:--format | probe:-f | probe:--format)
		mapfile -t COMPREPLY < <(compgen -W "$(_tenon_formats)" -- "$cur")
		return
		;;
	solve:-s | solve:--size | probe:-s | probe:--size)
		mapfile -t COMPREPLY < <(compgen -W '640x480 1280x720 1920x1080 3840x2160' -- "$cur")
		return
		;;
	probe:--heap)
		mapfile -t COMPREPLY < <(compgen -W "$(_tenon_heaps)" -- "$cur")
		return
		;;
	esac
	if [ "$command:$cur" = solve:: ] && [[ $before == -d || $before == --device ]]; then
		mapfile -t COMPREPLY < <(_tenon_roles '')
		return
	fi
	case $command in
	solve)
		mapfile -t COMPREPLY < <(compgen -W '--device --format --size --iommu --split --explain
			--json --help' -- "$cur")
		;;
	devices)
		mapfile -t COMPREPLY < <(compgen -W "--json --help $(_tenon_devices)" -- "$cur")
		;;
	probe)
		mapfile -t COMPREPLY < <(compgen -W "--format --size --heap --no-search --json --help
			$(_tenon_nodes)" -- "$cur")
		;;
	info) mapfile -t COMPREPLY < <(compgen -W '--json --help' -- "$cur") ;;
	esac
}

complete -F _tenon tenon
