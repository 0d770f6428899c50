// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is to be taken down when somebody interrupts the lab.  Namespaces and
//! interfaces go with the process; a daemon and a socket do not.

use std::sync::{Arc, Mutex, PoisonError};

type Task = Box<dyn FnOnce() + Send>;

/// Tasks for an untimely end; clones are the same.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Mutex<Vec<Task>>>);

impl Interrupt {
    /// Adds one; the last is carried out first.
    pub fn add(&self, task: impl FnOnce() + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(Box::new(task));
    }

    /// Carries them out.
    pub fn run(&self) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(task) = tasks.pop() {
            task();
        }
    }
}
