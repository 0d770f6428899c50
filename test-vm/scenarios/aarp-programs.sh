# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The published experiments on anycast with FreeBSD's own programs: telnet, FTP, ssh, a resolver; what goes over the wire
# timeout: 400
# needs: userland helpers
# long: yes

# shellcheck shell=sh disable=SC2154

NAME=server.example

host_jail
peer_jail
third_jail
host_if=$(net_if host lan)
aarp_members
nearest "$NET_PEER_ADDRESS"

# Servers at both members, as they are in the base system.  One account is needed for
# FTP; the jails have the VM's files.
mkdir -p /tmp/ftp
echo "a file of FTP" > /tmp/ftp/file
chmod -R a+rX /tmp/ftp
pw useradd ftp -d /tmp/ftp -s /usr/sbin/nologin || fail "there is no account for FTP"
at_end()
{
	pw userdel ftp
	rm -rf /tmp/ftp /tmp/aarp /usr/local/sbin/aarpd \
	    /usr/local/etc/rc.d/aarpd /usr/local/etc/aarpd.conf
	if [ -f resolv.before ]; then
		cp resolv.before /etc/resolv.conf
	else
		rm -f /etc/resolv.conf
	fi
}
trap 'at_end; at_exit' EXIT
cp /etc/resolv.conf resolv.before 2> /dev/null
cat > inetd.conf <<END
telnet stream tcp6 nowait root /usr/libexec/telnetd telnetd -a off
ftp stream tcp6 nowait root /usr/libexec/ftpd ftpd -A
END
ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f user_key
for jail in peer third; do
	at "$jail" inetd -d "$PWD/inetd.conf" > "inetd.$jail.log" 2>&1 &
	cat > "sshd.$jail.conf" <<END
HostKey $PWD/host_key
AuthorizedKeysFile $PWD/user_key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
UseDNS no
PidFile none
ForceCommand echo member $jail
END
	at "$jail" /usr/sbin/sshd -D -e -f "$PWD/sshd.$jail.conf" 2> "sshd.$jail.log" &
	case $jail in
	peer)	answer=$NET_PEER_ADDRESS ;;
	*)	answer=$THIRD_ADDRESS ;;
	esac
	at "$jail" dnsd :: 53 "$answer" > "dnsd.$jail.log" &
done
serving()
{
	for address in "$NET_PEER_ADDRESS" "$THIRD_ADDRESS"; do
		for port in 21 22 23; do
			at host nc -6 -z -w 5 "$address" "$port" || return 1
		done
	done
	grep -q listening dnsd.peer.log && grep -q listening dnsd.third.log
}
wait_until 60 serving || tail -n 5 inetd.*.log sshd.*.log dnsd.*.log
require "servers run at both members" serving

aarpd_start <<END
[[anycast]]
prefix = "2001:db8:a::/48"
[resolver]
wait_ms = 10000
nonblocking_wait_ms = 10000
timeout_ms = 2000
END

helped="env LD_PRELOAD=$PRELOAD"
target=$GROUP
telnet_to()
{
	(sleep 3) | at host "$@" telnet -6 "$target"
}
ftp_to()
{
	at host "$@" fetch -v -T 20 -o - "ftp://[$target]/file"
}
ssh_to()
{
	at host "$@" ssh -6 -n -F none -i "$STATE/user_key" -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=30 "root@$target"
}
drill_to()
{
	at host "$@" drill "@$target" "$NAME" AAAA
}
host_to()
{
	at host "$@" host -W 5 -t AAAA "$NAME" "$target"
}

# Without help: as it always was.  drill(1) is no test for that: it takes an answer from
# whoever gives one.
without()
{
	at host timeout 10 nc -6 -w 3 "$GROUP" 22 < /dev/null > without.nc 2>&1
	never grep -q SSH without.nc
}
check "without the library ssh's port is not reached" without

# traced NAME COMMAND...: what it says, and what goes over the link.
traced()
{
	trace=$1
	shift
	at host aarpctl flush > /dev/null
	trace_start "$trace" host "$host_if" \
	    '(icmp6 and ip6[40] < 130) or tcp or udp'
	"$@" > "$trace.out" 2>&1
	trace_stop "$trace"
	trace_show "$trace" > "$REPORT/$trace.txt"
	head -n 5 "$REPORT/$trace.txt"
}
said()
{
	grep -q "$2" "$1.out" && return 0
	head -n 20 "$1.out"
	return 1
}
experiment()
{
	program=$1 port=$2 answer=$3 jail=$4 member=$5
	# shellcheck disable=SC2086 # a command and its argument
	traced "$program-$jail" "${program}_to" $helped
	check "$program talks to $jail" said "$program-$jail" "$answer"
	check "$program: request, reply, session on the wire" \
	    as_published "$REPORT/$program-$jail.txt" "$GROUP" "$member" "$port"
}
experiment telnet 23 "^Connected to" peer "$NET_PEER_ADDRESS"
experiment ftp 21 "^a file of FTP" peer "$NET_PEER_ADDRESS"
experiment ssh 22 "^member peer" peer "$NET_PEER_ADDRESS"
experiment drill 53 "^$NAME.*$NET_PEER_ADDRESS" peer "$NET_PEER_ADDRESS"
experiment host 53 "has IPv6 address $NET_PEER_ADDRESS" peer "$NET_PEER_ADDRESS"

# A resolver whose nameserver has the anycast address, then telnet to a name.
echo "nameserver $GROUP" > /etc/resolv.conf
target=$NAME
no_name()
{
	at host timeout 20 telnet -6 "$NAME" < /dev/null > without.telnet 2>&1
	never grep -q "^Connected to" without.telnet
}
check "without the library no name is found" no_name
# shellcheck disable=SC2086
traced resolver telnet_to $helped
check "telnet finds the name and its server" said resolver "^Connected to $NAME"
check "the resolver: request, reply, question to the member on the wire" \
    as_published "$REPORT/resolver.txt" "$GROUP" "$NET_PEER_ADDRESS" 53

# The other member is nearer now.
target=$GROUP
nearest "$THIRD_ADDRESS"
experiment ssh 22 "^member third" third "$THIRD_ADDRESS"
experiment drill 53 "^$NAME.*$THIRD_ADDRESS" third "$THIRD_ADDRESS"

kill "$aarpd"
wait "$aarpd"

# As Makefile.freebsd installs it.
mkdir -p /usr/local/sbin /usr/local/etc/rc.d
cp "$JOB/bin/aarpd" /usr/local/sbin/
cp "$JOB/rc.d/aarpd" /usr/local/etc/rc.d/
cp aarpd.conf /usr/local/etc/aarpd.conf
check "rc.d finds the configuration sound" at host service aarpd oneconfigtest
check "rc.d starts aarpd" at host service aarpd onestart
resolves()
{
	[ "$(at host aarpctl resolve "$GROUP")" = "$THIRD_ADDRESS" ]
}
check "it resolves" wait_until 20 resolves
confined()
{
	procstat -s "$(cat /var/run/aarpd.pid)" | awk 'NR == 2 { print $10 }' | grep C
}
check "the kernel says that it is in capability mode" confined
cat >> /usr/local/etc/aarpd.conf <<END
[[anycast]]
prefix = "2001:db8:b::/48"
interface = "$host_if"
END
check "rc.d has the configuration read again" at host service aarpd onereload
check "it still resolves" wait_until 20 resolves
by_interface()
{
	at host aarpctl explain 2001:db8:b::1 | grep "is resolved by $host_if"
}
check "aarpctl names the interface that the configuration names" wait_until 20 by_interface
explained()
{
	at host aarpctl explain "$GROUP" | grep "programs connect to $THIRD_ADDRESS"
}
check "aarpctl explains it" explained
check "rc.d stops it" at host service aarpd onestop
check "then nobody resolves" wait_until 20 never resolves
