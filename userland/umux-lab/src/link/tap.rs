// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A TAP interface: a port of the link that leads to the Linux kernel.

use super::ether::{FRAME_MAX, Frame};
use nix::libc;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

const DEVICE: &str = "/dev/net/tun";

nix::ioctl_write_int!(tunsetiff, b'T', 202);

/// The lab's end of the interface; the interface goes with it.
pub struct Tap(File);

impl Tap {
    /// Makes a TAP interface in the network namespace of the calling thread.
    ///
    /// # Errors
    /// What the system says; `EPERM` without `CAP_NET_ADMIN`.
    pub fn open(name: &str) -> io::Result<Tap> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(DEVICE)?;
        let mut request = libc::ifreq {
            ifr_name: [0; libc::IFNAMSIZ],
            ifr_ifru: libc::__c_anonymous_ifr_ifru {
                ifru_flags: (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short,
            },
        };
        // The last byte stays 0.
        let room = request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1);
        for (to, from) in room.zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        // SAFETY: TUNSETIFF reads and writes one ifreq at the address that it
        // is given; `request` is one, initialised, and outlives the call.
        unsafe { tunsetiff(file.as_raw_fd(), (&raw mut request) as libc::c_ulong) }?;
        Ok(Tap(file))
    }

    /// The next frame that the kernel sent, if there is one.
    pub fn read(&mut self) -> Option<Frame> {
        let mut frame = vec![0; FRAME_MAX];
        let n = self.0.read(&mut frame).ok()?;
        frame.truncate(n);
        Some(frame)
    }

    /// Gives the kernel a frame.  One that it has no room for is lost, as on
    /// any Ethernet.
    pub fn write(&mut self, frame: &[u8]) {
        let _ = self.0.write(frame);
    }

    /// A descriptor to wait on.
    ///
    /// # Errors
    /// No more descriptors.
    pub fn handle(&self) -> io::Result<OwnedFd> {
        Ok(self.0.try_clone()?.into())
    }
}
