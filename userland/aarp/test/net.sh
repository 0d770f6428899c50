# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# A network of Linux namespaces, and what scripts here share.
#
#	wanted TOOL...		ends the test where they are not
#	inside "$@"		starts the script anew, in namespaces of its own
#	build			builds programs and test programs
#	network			this namespace and two members of a group
#	at MEMBER COMMAND...	runs a command at member 1 or 2
#	nearest MEMBER		makes this one the nearest
#	serve			echo servers of TCP and UDP at both members
#	daemon [ARGUMENT...]	starts aarpd with the configuration that is read
#	preloaded COMMAND...	runs a command that aarpd helps
#
# Members are 2001:db8:N::1, and of the group 2001:db8:a::1.  Without help nobody can
# have a TCP connection to that, and answers to its datagrams come from elsewhere.
# All of it goes when the script ends.

# shellcheck shell=sh

# What nobody answers for.
NOBODY=2001:db8:a::dead
PORT=7777

EX_SKIP=77

top=$(cd "$(dirname "$0")/../../.." && pwd)
# shellcheck source=../../../test-vm/guest/lib/verdict.sh
. "$top/test-vm/guest/lib/verdict.sh"
# shellcheck source=../../../test-vm/guest/lib/wait.sh
. "$top/test-vm/guest/lib/wait.sh"
# shellcheck source=../../../test-vm/guest/lib/aarp.sh
. "$top/test-vm/guest/lib/aarp.sh"

# The verdict of the VM's scenarios goes to a console, too.
console()
{
	:
}

# wanted TOOL...: without them nothing can be run
wanted()
{
	for tool in "$@"; do
		command -v "$tool" > /dev/null ||
		    cannot "there is no $tool here: .ci/run has the list of packages that hold what is wanted"
	done
}

cannot()
{
	echo "$(basename "$0"): $*" >&2
	[ -n "${CI:-}" ] && exit 1
	exit "$EX_SKIP"
}

inside()
{
	if [ -n "${AARP_INSIDE:-}" ]; then
		# A configuration that others can write is refused.
		umask 022
		STATE=$(mktemp -d)
		trap 'rm -rf "$STATE"' EXIT
		cd "$STATE" || exit 1
		chmod 755 "$STATE"
		# Where other users can run them.
		mkdir bin
		cp "$built/aarpd" "$built/aarpctl" "$built"/libaarp*.so \
		    "$outputs"/aarp-test/* bin/
		built=$STATE/bin
		PATH=$STATE/bin:$PATH
		return
	fi
	[ "$(uname)" = Linux ] || cannot "this needs Linux; in a FreeBSD VM, test-vm/run aarp does the same"
	[ "$(id -u)" -eq 0 ] || cannot "only root can make network namespaces"
	unshare -n -m true 2>/dev/null || cannot "this kernel, or this container, makes no network namespaces"
	build
	AARP_INSIDE=yes exec unshare -n -m -p -f --mount-proc \
	    "$top/userland/aarp/test/$(basename "$0")" "$@"
}

build()
{
	(cd "$top" && cargo build --quiet "${AARP_PROFILE:---profile=dev}" \
	    -p aarpd -p aarpctl -p libaarp -p aarp-preload) || exit 1
	mkdir -p "$outputs/aarp-test"
	for program in "calls calls.c calls_stream.c calls_datagram.c calls_descriptors.c calls_processes.c" \
	    "member member.c" "forge forge.c" "api api.c" "hold hold.c" "names names.c" "cost cost.c cost_calls.c cost_connects.c cost_resolutions.c"; do
		# shellcheck disable=SC2086 # a list of words
		compile $program
	done
	# shellcheck disable=SC2086
	${CC:-cc} -Wall -I"$top/test-vm/guest/src" \
	    "$top/test-vm/guest/src/echod.c" -o "$outputs/aarp-test/echod" || exit 1
}

# compile PROGRAM SOURCE...
compile()
{
	name=$1
	shift
	(cd "$top/userland/aarp/test/src" &&
	    ${CC:-cc} -std=c11 -O2 -D_FORTIFY_SOURCE=2 -Wall -Wextra -Werror -Wshadow \
	    -Wmissing-prototypes -pthread -I"$top/userland/aarp/libaarp/include" "$@" \
	    -o "$outputs/aarp-test/$name" -L"$built" -laarp "-Wl,-rpath,\$ORIGIN") ||
	    exit 1
}

outputs=${CARGO_TARGET_DIR:-$top/target}
case ${AARP_PROFILE:-} in
--release)	built=$outputs/release ;;
*)		built=$outputs/debug ;;
esac

at()
{
	member=$1
	shift
	nsenter -t "$(cat "$STATE/member.$member")" -n "$@"
}

network()
{
	# aarpd and resolvers have their files for themselves.
	mount -t tmpfs none /var/run
	ip link set lo up
	for member in 1 2; do
		unshare -n sleep 100000 &
		echo $! > "member.$member"
		wait_until 5 in_own_namespace "$member" || fail "there is no namespace"
		ip link add "near$member" type veth peer name far netns "$(cat "member.$member")"
		at "$member" sysctl -q -w net.ipv6.conf.all.forwarding=1
		at "$member" ip link set lo up
		address "at $member" "2001:db8:$member::1/64" far
		address "" "2001:db8:$member::2/64" "near$member"
		at "$member" ip -6 route add default via "2001:db8:$member::2"
		at "$member" member "$GROUP" far 128 > "joined.$member" &
		wait_until 5 grep -qs member "joined.$member" || fail "member $member does not join"
		ip -6 route add 2001:db8:a::/48 via "2001:db8:$member::1" metric "${member}0"
	done
}

in_own_namespace()
{
	[ "$(readlink "/proc/$(cat "member.$1")/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# address "AT" ADDRESS INTERFACE
address()
{
	# shellcheck disable=SC2086 # a command and its argument, or nothing
	$1 ip link set "$3" up
	# shellcheck disable=SC2086
	$1 ip -6 address add "$2" dev "$3" nodad
}

nearest()
{
	ip -6 route del 2001:db8:a::/48 metric 5 2>/dev/null
	ip -6 route add 2001:db8:a::/48 via "2001:db8:$1::1" metric 5
}

serve()
{
	for member in 1 2; do
		at "$member" echod :: "$PORT" > "served.$member" &
		wait_until 5 grep -qs listening "served.$member" || fail "member $member does not serve"
	done
	# For what is no matter of anycast.
	echod :: "$PORT" > served.here &
	wait_until 5 grep -qs listening served.here || fail "nobody serves here"
}

daemon()
{
	cat > aarpd.conf
	chmod 644 aarpd.conf
	aarpd -f aarpd.conf "$@" 2> aarpd.log &
	daemon=$!
	wait_until 5 test -S /var/run/aarp/control.sock || {
		cat aarpd.log
		fail "aarpd does not start"
	}
	wait_until 5 grep -qs resolves aarpd.log
}

end_daemon()
{
	kill "$daemon"
	wait "$daemon"
}

preloaded()
{
	LD_PRELOAD=$built/libaarp_preload.so "$@"
}

# statistic NAME: its value
statistic()
{
	aarpctl stats | awk -v name="$1" '$1 == name { print $2 }'
}

same()
{
	[ "$1" = "$2" ] && return 0
	echo "    $1 is not $2"
	return 1
}

# What a scenario's harness does when its file ends.
finish()
{
	echo "$verdict_checks checks, $verdict_failures failed"
	[ "$verdict_failures" -eq 0 ] && [ "$verdict_checks" -gt 0 ]
}
