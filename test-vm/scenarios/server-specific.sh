# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A listener on one address is guarded there, and arming is refused with what to do
# timeout: 100
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 10
guard "$PORT"
at host echod "$NET_HOST_ADDRESS" "$PORT" > server &
server=$!
wait_until 10 grep -q listening server
check "it is a LISTEN_0" \
    eval 'ctl listen list | grep -q "^\[$NET_HOST_ADDRESS\]:$PORT "'
check "and silent" silent peer "$PORT" "$NET_HOST_ADDRESS"
check "arming is refused" never eval 'ctl das add "$PORT" 2> why'
cat why
check "with what to do" grep -q "let the server listen on all addresses" why
check "a port without a listener is named" \
    eval '! ctl das add 7778 2> why && grep -q "no guarded listener on TCP port 7778" why'
cat why
kill "$server"
wait "$server"
serve "$PORT"
check "an address that is in no pool is named" \
    eval '! ctl das add "$PORT" --ssa 2001:db8:1::99 2> why && grep -q "2001:db8:1::99 is in no pool" why'
given=$(pool_address uncertain 3)
check "one that is uncertain can be chosen" \
    eval '[ "$(ctl das add "$PORT" --ssa "$given")" = "$given" ]'
check "once" eval '! ctl das add "$PORT" --ssa "$given" 2> why && grep -q "is not uncertain" why'
check "it works" talks peer "$given" "$PORT"
ctl das add "$PORT" --count 9 > /dev/null
check "an empty pool says so" \
    eval '! ctl das add "$PORT" 2> why && grep -q "no address is ready" why'
cat why
kill "$server"
wait
