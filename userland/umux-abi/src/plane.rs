// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which plane a program works on: the module's, or a lab's.

use crate::{Control, Error, Events, Result, lab};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

const DEVICE: &str = "/dev/umux";

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

/// Opens the module's device, for [`control_on`]: whoever may open it need not be the
/// one that uses it.
pub fn open_device() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(DEVICE)
}

/// Says what it means that the device cannot be opened.
pub(crate) fn no_device(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::NotLoaded,
        io::ErrorKind::PermissionDenied => Error::NotAllowed,
        _ => Error::io(format!("cannot open {DEVICE}"), error),
    }
}

/// Control of the module by its device, whoever opened it.
#[cfg(target_os = "freebsd")]
pub fn control_on(device: io::Result<File>) -> Result<Box<dyn Control>> {
    let device = device.map_err(no_device)?;
    Ok(Box::new(crate::kernel::KernelControl::on(device)))
}

/// Other systems have no module.
#[cfg(not(target_os = "freebsd"))]
pub fn control_on(device: io::Result<File>) -> Result<Box<dyn Control>> {
    match device.map_err(no_device) {
        Err(Error::Io { what, source }) => Err(Error::Io { what, source }),
        _ => Err(Error::NotFreebsd),
    }
}

fn kernel_control() -> Result<Box<dyn Control>> {
    control_on(open_device())
}

#[cfg(target_os = "freebsd")]
fn kernel_events() -> Result<Box<dyn Events>> {
    Ok(Box::new(crate::kernel::KernelEvents::open()?))
}

#[cfg(not(target_os = "freebsd"))]
fn kernel_events() -> Result<Box<dyn Events>> {
    Err(Error::NotFreebsd)
}
