// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The plane at a socket.

use crate::TestPlane;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use umux_abi::lab::Server;

/// A plane being offered, for as long as this lives.
pub struct Served {
    plane: TestPlane,
    server: Option<Server>,
    path: PathBuf,
    _directory: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start(plane: &TestPlane) -> Served {
        let directory = tempfile::tempdir().expect("tests can write to the temporary directory");
        let path = directory.path().join("lab");
        let mut served = Served {
            plane: plane.clone(),
            server: None,
            path,
            _directory: directory,
        };
        served.resume();
        served
    }

    /// Its socket.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hangs up on everybody, as if the lab had died.
    pub fn interrupt(&mut self) {
        self.server = None;
    }

    /// Listens again at the same socket.
    pub fn resume(&mut self) {
        let server = Server::start(&self.path, Arc::new(self.plane.clone()));
        self.server = Some(server.expect("the socket is free"));
    }
}
