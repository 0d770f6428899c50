# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# IPsec between jails "host" and "peer".
#
#	ipsec_on	from now on the two talk TCP to each other's own addresses in
#			ESP only
#	ipsec_off	no keys and no policies any more

# shellcheck shell=sh

ipsec_keys()
{
	cat <<-EOT
	flush; spdflush;
	add $NET_PEER_ADDRESS $NET_HOST_ADDRESS esp 0x10001 -E aes-gcm-16 0x6b6579206f662074686973207363656e6172696f;
	add $NET_HOST_ADDRESS $NET_PEER_ADDRESS esp 0x10002 -E aes-gcm-16 0x6b6579206f662074686973207363656e6172696f;
	spdadd $NET_PEER_ADDRESS $NET_HOST_ADDRESS tcp -P $1 ipsec esp/transport//require;
	spdadd $NET_HOST_ADDRESS $NET_PEER_ADDRESS tcp -P $2 ipsec esp/transport//require;
	EOT
}

ipsec_on()
{
	kldload -n ipsec || fail "there is no ipsec"
	ipsec_keys in out | at host setkey -c || fail "setkey refuses"
	ipsec_keys out in | at peer setkey -c || fail "setkey refuses"
}

ipsec_off()
{
	local jail

	for jail in host peer; do
		echo "flush; spdflush;" | at "$jail" setkey -c
	done
}
