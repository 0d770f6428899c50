// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which plane a program works on: the module's, or a lab's.

use crate::{Control, Events, Result, lab};
use std::path::{Path, PathBuf};

/// Names a plane; opens its two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaneRef {
    /// The plane of the loaded module, in the caller's vnet.
    Kernel,
    /// A lab's plane, by its Unix socket.
    Lab(PathBuf),
}

impl PlaneRef {
    /// The lab that `--lab PATH` named, else the module.
    pub fn from_lab_option(path: Option<&Path>) -> PlaneRef {
        path.map_or(PlaneRef::Kernel, |path| PlaneRef::Lab(path.to_owned()))
    }

    /// Opens the control side.
    pub fn control(&self) -> Result<Box<dyn Control>> {
        match self {
            PlaneRef::Kernel => kernel_control(),
            PlaneRef::Lab(path) => Ok(Box::new(lab::LabControl::connect(path)?)),
        }
    }

    /// Opens the event side.
    pub fn events(&self) -> Result<Box<dyn Events>> {
        match self {
            PlaneRef::Kernel => kernel_events(),
            PlaneRef::Lab(path) => Ok(Box::new(lab::LabEvents::connect(path)?)),
        }
    }
}

#[cfg(target_os = "freebsd")]
fn kernel_control() -> Result<Box<dyn Control>> {
    Ok(Box::new(crate::kernel::KernelControl::open()?))
}

#[cfg(target_os = "freebsd")]
fn kernel_events() -> Result<Box<dyn Events>> {
    Ok(Box::new(crate::kernel::KernelEvents::open()?))
}

#[cfg(not(target_os = "freebsd"))]
fn kernel_control() -> Result<Box<dyn Control>> {
    Err(crate::Error::NotFreebsd)
}

#[cfg(not(target_os = "freebsd"))]
fn kernel_events() -> Result<Box<dyn Events>> {
    Err(crate::Error::NotFreebsd)
}
