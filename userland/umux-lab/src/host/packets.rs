// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Frames between the link, the gate and the stacks, as in kmod/umux_pfil.c and
//! kmod/umux_nd.c.

use super::node::Node;
use super::session::Session;
use crate::link::Station;
use crate::link::ether::{Ether, Frame, Mac, wrap};
use std::net::Ipv6Addr;
use umux_core::action::{Action, Actions};
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::{Heard, Micros};
use umux_core::wire::ip6::Ip6;

impl Node {
    /// The verdict is carried out.
    fn pass(&mut self, verdict: Verdict, frame: &[u8], now: Micros) {
        match verdict {
            Verdict::Legacy => self.stock.receive(now, frame),
            Verdict::Local => self.hand_over(frame),
            Verdict::Neighbor => self.discover(frame, now),
            // The gate saw the whole packet.
            Verdict::Drop | Verdict::More | Verdict::Send | Verdict::SendServer => {}
            // The node forwards nothing: what asks a LISTEN_0 for a connection is
            // for this host.
            Verdict::Guarded => {}
            Verdict::Admit => self.admit(frame, now),
        }
    }

    /// To the stack that has the destination.
    fn hand_over(&mut self, frame: &[u8]) {
        let dst = Ether::parse(frame)
            .and_then(|ether| Ip6::parse(ether.packet))
            .map(|ip6| ip6.dst());
        let Some(dst) = dst else { return };
        if let Some(handshake) = self.handshakes.get_mut(&dst) {
            handshake.stack.receive(frame);
            return;
        }
        let id = self.by_address.get(&dst);
        let session = id.and_then(|id| self.sessions.get_mut(id));
        if let Some(stack) = session.and_then(Session::own_stack) {
            stack.receive(frame);
        }
    }

    /// Neighbour discovery, about us possibly.
    fn discover(&mut self, frame: &[u8], now: Micros) {
        let Some(ether) = Ether::parse(frame) else {
            return;
        };
        let mut actions = Actions::new();
        let ifindex = self.ifindex();
        let heard = self
            .core
            .plane
            .heard(ifindex, ether.packet, now, &mut actions);
        match heard {
            Heard::Legacy => self.stock.receive(now, frame),
            Heard::Local => self.hand_over(frame),
            Heard::Consumed => {}
        }
        self.act(actions, Some(ether.src), now);
    }

    /// Carries out what the core asks for.  `asked`: the station that sent
    /// what is answered, for a peer that did not say its link-layer address.
    fn act(&mut self, actions: Actions, asked: Option<Mac>, now: Micros) {
        for action in actions {
            match action {
                // As in kmod/umux_nd.c: what could not be sent is told.
                Action::Send {
                    probe: Some(probe), ..
                } if self.starved => {
                    let _ = self.core.plane.unsent(probe, now);
                }
                Action::Send { packet, .. } => {
                    if let Some(ip6) = Ip6::parse(&packet) {
                        self.send_own(Mac::of_group(ip6.dst()), &packet);
                    }
                }
                // What the core's own questions are for is not done here: a stack of
                // the lab resolves its neighbours by itself.
                Action::SendTo { .. } => {}
                Action::Answer { lladdr, packet, .. } => {
                    let said = lladdr.and_then(|lladdr| lladdr.as_bytes().try_into().ok());
                    if let Some(mac) = said.map(Mac).or(asked) {
                        self.send_own(mac, &packet);
                    }
                }
                Action::Leave => {
                    while let Some(group) = self.core.plane.next_group() {
                        self.groups.leave(group);
                    }
                }
                Action::Event { info, .. } => self.publish(&info),
                Action::CheckPcb { handle } => self.check(handle, now),
                Action::FindPcb { handle } => self.find_pcb(handle, now),
                Action::CheckPool { pool } => self.check_pool(pool, now),
            }
        }
    }

    /// The core's own packets pass the gate unseen.
    fn send_own(&mut self, dst: Mac, packet: &[u8]) {
        let frame = wrap(dst, self.mac, packet);
        self.outgoing.push(frame);
    }

    /// What a stack sends: the output gate.
    fn output(&mut self, frame: Frame, now: Micros) {
        let ether = Ether::parse(&frame);
        let verdict = match ether {
            Some(ether) => Gate::new(self.core.table).output(ether.packet, true),
            None => Verdict::Legacy,
        };
        if verdict == Verdict::SendServer
            && let Some(ip6) = ether.and_then(|ether| Ip6::parse(ether.packet))
        {
            self.seen(ip6.src(), now);
        }
        match verdict {
            // A kernel asks for a session's peer in the session's name; here each
            // stack has a neighbour cache of its own, and the host's own has to
            // get its answer itself.
            Verdict::Legacy | Verdict::Send | Verdict::SendServer | Verdict::Neighbor => {
                self.outgoing.push(frame)
            }
            // An address of this host: looped back, and never on the link.
            Verdict::Local | Verdict::Admit => self.pass(verdict, &frame, now),
            Verdict::Drop | Verdict::More | Verdict::Guarded => {}
        }
    }

    /// Whether the interface's filter lets a frame in.
    fn hears(&self, ether: &Ether<'_>) -> bool {
        if !ether.dst.is_multicast() {
            return ether.dst == self.mac;
        }
        let dst = Ip6::parse(ether.packet).map(|ip6| ip6.dst());
        dst.is_some_and(|dst| self.groups.hears(dst) || self.is_own_group(dst))
    }

    fn is_own_group(&self, group: Ipv6Addr) -> bool {
        self.address
            .is_some_and(|addr| umux_core::wire::solicited_node(&addr) == group)
    }

    /// All stacks; what they send goes through the gate.
    fn poll_stacks(&mut self, now: Micros) -> Option<Micros> {
        let mut sent = Vec::new();
        let mut next = self.stock.poll(now, &mut sent);
        let sessions = self.sessions.values_mut().filter_map(Session::own_stack);
        let handshakes = self.handshakes.values_mut().map(|h| &mut *h.stack);
        for stack in sessions.chain(handshakes) {
            let (frames, at) = stack.poll(now);
            sent.extend(frames);
            next = [next, at].into_iter().flatten().min();
        }
        for frame in sent {
            self.output(frame, now);
        }
        next
    }

    /// Stacks, sessions, timers.
    fn run(&mut self, now: Micros) -> Option<Micros> {
        let mut next: Option<Micros> = None;
        let mut sooner = |at: Option<Micros>| {
            next = [next, at].into_iter().flatten().min();
        };
        let mut stacks = self.poll_stacks(now);
        if self.run_servers(now) {
            // What they wrote goes out at once.
            stacks = self.poll_stacks(now);
        }
        sooner(stacks);
        self.detach(now);
        loop {
            let mut actions = Actions::new();
            let at = self.core.plane.run(now, &mut actions);
            self.act(actions, None, now);
            if at.is_none_or(|at| at > now) {
                sooner(self.core.plane.next_run());
                break;
            }
        }
        self.forget_handshakes();
        next
    }
}

impl Station for Node {
    fn receive(&mut self, now: Micros, frame: &[u8]) {
        let Some(ether) = Ether::parse(frame) else {
            return;
        };
        if !self.up || !self.hears(&ether) {
            return;
        }
        let verdict = Gate::new(self.core.table).input(ether.packet, true);
        self.pass(verdict, frame, now);
        self.observe(now);
    }

    fn poll(&mut self, now: Micros, out: &mut Vec<Frame>) -> Option<Micros> {
        let next = self.run(now);
        self.observe(now);
        if self.up {
            out.append(&mut self.outgoing);
        } else {
            self.outgoing.clear();
        }
        next
    }
}
