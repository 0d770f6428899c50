// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Effects into the C array.

use umux_core::action::{Action, Actions, EventInfo};
use umux_core::table::Handle;
use umux_core::wire::nd::{LinkAddr, NdPacket};

use crate::convert::in6;
use umux_core_abi::{
    UMUX_A_ANSWER as ANSWER, UMUX_A_CHECK_PCB as CHECK_PCB, UMUX_A_CHECK_POOL as CHECK_POOL,
    UMUX_A_EVENT as EVENT, UMUX_A_FIND_PCB as FIND_PCB, UMUX_A_LEAVE as LEAVE, UMUX_A_SEND as SEND,
    UMUX_A_SEND_TO as SEND_TO, UMUX_AF, umux_action, umux_actions, umux_sockaddr,
};

const _: () = assert!(umux_core::action::ACTIONS_MAX == umux_core_abi::UMUX_ACTIONS_MAX as usize);
const _: () = assert!(umux_core::wire::nd::PACKET_MAX == umux_core_abi::UMUX_PACKET_MAX as usize);

/// Copies the effects of one call to where C reads them.
pub fn deliver(actions: &Actions, out: &mut umux_actions) {
    out.as_n = 0;
    for (action, to) in actions.iter().zip(out.as_v.iter_mut()) {
        out.as_n += 1;
        to.ua_handle = 0;
        to.ua_pool = 0;
        to.ua_len = 0;
        to.ua_plen = 0;
        to.ua_lladdr_len = 0;
        match action {
            Action::Send {
                ifindex,
                packet,
                probe,
            } => {
                to.ua_kind = SEND;
                to.ua_handle = probe.map_or(0, Handle::to_bits);
                to.ua_ifindex = *ifindex;
                put_packet(to, packet);
            }
            Action::SendTo {
                ifindex,
                peer,
                packet,
            } => {
                to.ua_kind = SEND_TO;
                to.ua_ifindex = *ifindex;
                to.ua_peer = in6(*peer);
                put_packet(to, packet);
            }
            Action::Answer {
                ifindex,
                peer,
                lladdr,
                packet,
            } => {
                to.ua_kind = ANSWER;
                to.ua_ifindex = *ifindex;
                to.ua_peer = in6(*peer);
                put_lladdr(to, lladdr.as_ref());
                put_packet(to, packet);
            }
            Action::Leave => to.ua_kind = LEAVE,
            Action::Event { pool, info } => {
                to.ua_kind = EVENT;
                to.ua_pool = *pool;
                put_event(to, info);
            }
            Action::CheckPcb { handle } => {
                to.ua_kind = CHECK_PCB;
                to.ua_handle = handle.to_bits();
            }
            Action::FindPcb { handle } => {
                to.ua_kind = FIND_PCB;
                to.ua_handle = handle.to_bits();
            }
            Action::CheckPool { pool } => {
                to.ua_kind = CHECK_POOL;
                to.ua_pool = *pool;
            }
        }
    }
}

fn put_packet(to: &mut umux_action, packet: &NdPacket) {
    to.ua_len = packet.len() as u16;
    let mut bytes = [0; umux_core::wire::nd::PACKET_MAX];
    for (to, from) in bytes.iter_mut().zip(packet) {
        *to = *from;
    }
    to.__bindgen_anon_1.ua_packet = bytes;
}

fn put_lladdr(to: &mut umux_action, lladdr: Option<&LinkAddr>) {
    for (to, from) in to
        .ua_lladdr
        .iter_mut()
        .zip(lladdr.map_or(&[][..], LinkAddr::as_bytes))
    {
        *to = *from;
    }
    to.ua_lladdr_len = lladdr.map_or(0, |lladdr| lladdr.as_bytes().len() as u8);
}

/// The pool's interface and prefix travel along: the pool itself may be gone
/// when the message is made.
fn put_event(to: &mut umux_action, info: &EventInfo) {
    to.ua_ifindex = info.ifindex;
    to.ua_peer = in6(info.prefix);
    to.ua_plen = info.plen;
    to.__bindgen_anon_1.ua_event = umux_sockaddr {
        su_len: size_of::<umux_sockaddr>() as u8,
        su_family: UMUX_AF as u8,
        su_events: info.events.bits(),
        su_seq: info.seq,
        su_uncertain: info.uncertain,
        su_tentative: info.tentative,
        su_valid: info.valid,
        su_duplicated: info.duplicated,
        su_missed: info.missed,
        su_pad: 0,
    };
}
