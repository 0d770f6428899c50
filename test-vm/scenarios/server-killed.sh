# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: What is armed goes with its listener, closed or killed, and with it alone
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
third_jail
umux_fill 60
guard "$PORT"
serve "$PORT"
pid=$(at host pgrep -j uvm_host -n echod 2>/dev/null || pgrep -n echod)
ssa=$(arm "$PORT" --count 20 --lifetime 3600 | head -n 1)
mkfifo hold
held=$(arm "$PORT")
at peer nc -6 "$held" "$PORT" < hold > /dev/null &
exec 9> hold
check "one has its connection" wait_until 10 armed_are established 1
check "20 wait" armed_are armed 20
kill -9 "$pid"
check "killed: none waits any more" wait_until 10 armed_are armed 0
check "there is no LISTEN_0" eval 'ctl listen list | grep -q "^no "'
# The client has not closed its half; until then there is a PCB (FIN_WAIT_2).
check "the connection that there was has an end of its own" pool_is VALID 1
exec 9>&-
check "all is over" wait_until 20 pool_is VALID 0
check "the addresses are silent" silent third "$PORT" "$ssa"
check "to the client too" silent peer "$PORT" "$ssa"
wait "$server"

# Another that listens there is another.
serve "$PORT"
check "what was armed for the first is nothing to the second" \
    silent peer "$PORT" "$ssa"
check "which has its own" talks peer "$(arm "$PORT")" "$PORT"
kill "$server"
wait
check "no reference to a socket is left" \
    wait_until 30 eval '[ "$(zone_used tcp_inpcb)" -le 6 ]'
vmstat -z | grep -i inpcb
