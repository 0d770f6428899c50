// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use umux_lab::link::choose::Link;

/// Shows umux at work, without FreeBSD: builds a small network, and checks on it
/// what umux promises.
///
/// Without arguments it runs the demonstration. With root on Linux the neighbours are
/// the Linux kernel, in network namespaces that go when the lab ends; else they are
/// simulated. Nothing outside the lab is touched.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the node's neighbours are; without it, the best that is allowed.
    #[arg(long, global = true, value_enum)]
    pub link: Option<Link>,
    /// Draw the life of every address and session into FILE.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Run N sessions through the core, on virtual time, and nothing else.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "svg")]
    pub sessions: Option<u64>,
    /// Begin everything random with S: the same S, the same addresses.
    #[arg(long, value_name = "S", global = true)]
    pub seed: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep a network running, for umuxd, umuxctl and others with --lab PATH.
    Serve {
        /// Where its socket is to be.
        socket: PathBuf,
        /// Sessions that the node begins, a second.
        #[arg(long, value_name = "N", default_value_t = 1.0)]
        rate: f64,
        /// Ports on which the node has an HTTP server; without it, 80. An echo server
        /// it has on port 7.
        #[arg(long, value_name = "PORT", default_values_t = [80], value_parser = clap::value_parser!(u16).range(1..))]
        listen: Vec<u16>,
        /// Hand what comes to this port on to a program of this machine, which listens
        /// at ADDRESS, instead of answering it.
        #[arg(long, value_name = "PORT=ADDRESS", value_parser = relay)]
        relay: Vec<(u16, SocketAddr)>,
        /// Addresses that the node has room for.
        #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        max_addrs: u32,
    },
    /// Hours of sessions, faults and reloads on virtual time, judged all along.
    Soak {
        /// How many, of virtual time.
        #[arg(long, value_name = "N", default_value_t = 8.0, value_parser = hours)]
        hours: f64,
    },
    /// Repeat an experiment of the literature.
    Experiment {
        /// Which.
        #[arg(value_enum)]
        name: Experiment,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Experiment {
    /// The uncertain state, against the DAD of Linux with all its settings.
    Uncertain,
}

/// Minutes to a month.
fn hours(text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok();
    parsed
        .filter(|hours| (0.05..=720.0).contains(hours))
        .ok_or_else(|| "write hours, from 0.05 to 720".into())
}

/// 80=127.0.0.1:8080
fn relay(text: &str) -> Result<(u16, SocketAddr), String> {
    let parsed = text.split_once('=').and_then(|(port, to)| {
        let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
        Some((port, to.parse().ok()?))
    });
    parsed.ok_or_else(|| "write a port and an address with its port, as 80=127.0.0.1:8080".into())
}
