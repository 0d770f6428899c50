# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Link-local destinations keep link-local sources
# timeout: 90
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
at peer echod :: "$PORT" > served &
wait_until 10 grep -q listening served || fail "the peer does not listen"
target=$(net_linklocal peer "$peer_if")

taken=$(pool_field TAKEN)
for how in tcp-connect tcp-sendto udp-connect udp-sendto; do
	check "$how to a link-local address is answered" \
	    at host sockcase "$how" "$target%$host_if" "$PORT"
done
cat served
check "every source was link-local" \
    never eval 'awk "\$1 != \"listening\" { print \$2 }" served | grep -v "^fe80"'
check "ping6 to the group of all nodes works" \
    at host ping6 -c 1 -t 3 "ff02::1%$host_if"
check "no address was taken" same "$(pool_field TAKEN)" "$taken"
