#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Does the runner keep arguments, output, status and environment, and does it clear up?
here=$(dirname "$(readlink -f "$0")")
run=$here/run
number=0
failed=0

verdict() { # name, wanted, got
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '# wanted: %s\n# got:    %s\n' "${2//$'\n'/ | }" "${3//$'\n'/ | }" >&2
		failed=1
	fi
}

if ! kernel=$("$here/build-kernel.sh" --path cma); then
	echo '1..0 # SKIP no rig kernel: tests/rig/build-kernel.sh makes it'
	exit 0
fi
echo TAP version 13
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp
mkdir "$tmp/a place" && cd "$tmp/a place" || exit 99

words=('a  b' "it's" '$HOME' '' '*' $'two\nlines' '"' '\')
verdict 'arguments arrive as they are' "$(printf '<%s>' "${words[@]}")" \
	"$("$run" -- printf '<%s>' "${words[@]}")"
verdict 'so does the folder' "$PWD" "$("$run" -- pwd)"
verdict 'so do variables' "a  'b|c|" \
	"$(THERE=c "$run" -e "HERE=a  'b" -e THERE -e ABSENT -- \
		sh -c 'echo "$HERE|$THERE|${ABSENT-}"')"
"$run" -- sh -c 'exit 42' 2>/dev/null
verdict 'the status comes back' 42 $?
"$run" -- sh -c 'echo out; echo err >&2; exit 77' >"$tmp/out" 2>"$tmp/err"
verdict 'output and errors stay apart' 'out,err' "$(cat "$tmp/out"),$(cat "$tmp/err")"
verdict 'much output arrives whole' "$(seq 1 200000 | md5sum)" \
	"$("$run" -- seq 1 200000 | (sleep 1 && md5sum))"
verdict 'another user' 65534:65534 "$("$run" -u 65534 -- sh -c 'echo $(id -u):$(id -g)')"
verdict 'what was left running is ended' started \
	"$("$run" -t 20 -- sh -c 'sleep 1000 & setsid sleep 1000 & echo started')"

mkdir "$tmp/writable, yes"
"$run" -w "$tmp/writable, yes" -- sh -c 'echo kept >"../writable, yes/file"; echo lost >file'
verdict 'only -w reaches the host' 'kept,' \
	"$(cat "$tmp/writable, yes/file"),$(cat file 2>/dev/null)"

"$run" -t 2 -- sleep 1000 2>"$tmp/err"
verdict 'no end in time' 125 $?
verdict 'and it says so' 1 "$(grep -c 'no end after 2 s' "$tmp/err")"
"$run" -- sh -c 'echo from-the-log >/dev/kmsg; exit 1' 2>"$tmp/err"
verdict 'the log is shown on failure' 1 "$(grep -c from-the-log "$tmp/err")"
"$run" -A panic=-1 -- sh -c 'busybox poweroff -f' 2>"$tmp/err"
verdict 'no status, no success' 125 $?
verdict 'an absent kernel is an error' 125 \
	"$("$run" -k "$tmp/none" -- true 2>/dev/null; echo $?)"
verdict 'or a plan that skips' "1..0 # SKIP no rig kernel '$tmp/none': tests/rig/build-kernel.sh makes it,0" \
	"$("$run" --tap -k "$tmp/none" -- true),$?"

left() { # what there is of guests that ran in $tmp
	ps -A -o stat,args | grep -a "uml_dir=$tmp" | grep -v '^Z\|grep'
	ls -d "$tmp"/tenon-rig.* 2>/dev/null
}
verdict 'a test can be wrapped' '<a  b><>' \
	"$(TENON_RIG_WRAP="printf <%s>" "$run" --tap -- 'a  b' '')"

# Root without being root outside: what the caller may not read, the guest's root may not.
if [ "$(id -u)" = 0 ] && cp "$kernel" "$tmp/linux" && chmod 755 "$tmp" &&
	setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$run" -a -x "$tmp/linux"; then
	echo secret >"$tmp/secret"
	chmod 600 "$tmp/secret"
	mkdir -m 777 "$tmp/share" "$tmp/tmp"
	cd "$tmp" || exit 99
	verdict 'without root' '0,denied' "$(TMPDIR=$tmp/tmp setpriv --reuid 65534 --regid 65534 \
		--clear-groups env -u HOME "$run" -k "$tmp/linux" -w "$tmp/share" -- sh -c '
			echo $(id -u),$(cat secret 2>/dev/null || echo denied)
			echo x >share/made')"
	verdict 'files made are the caller'"'"'s' 65534 "$(stat -c %u "$tmp/share/made")"
fi

for signal in TERM KILL; do
	"$run" -- sleep 1000 &
	pid=$!
	sleep 2
	kill -$signal $pid
	wait $pid 2>/dev/null
	sleep 1
	verdict "nothing is left after SIG$signal" '' "$(left)"
done

"$run" -- sh -c 'sleep 1; echo one' >"$tmp/one" &
"$run" -- sh -c 'sleep 1; echo two' >"$tmp/two"
wait
verdict 'two at a time' one,two "$(cat "$tmp/one"),$(cat "$tmp/two")"
echo "1..$number"
exit $failed
