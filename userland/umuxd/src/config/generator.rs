// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How the addresses of a pool are chosen: a method of umux-addrgen's with its
//! options, or a program of the administrator's.
//!
//! The nearest layer that names a method decides which; options of that method may
//! stand there or in any layer. An option of another method that would be ignored
//! although it stands as near is an error.

use super::file::Entry;
use super::layers::Layers;
use std::path::Path;
use toml::Spanned;
use umux_abi::Prefix;
use umux_addrgen::MethodName;
use umux_addrgen::method::{fqdn_hash, shared_suffix};
use umux_daemon::config::{Checked, Wrong, number, wrong};

const GROUPS_MAX: i64 = 65_536;

/// The method of a program of the administrator's.
const EXEC: &str = "exec";

/// Most arguments of a generator, its program included.
const ARGUMENTS_MAX: usize = 32;
/// Most bytes of all of them.
const COMMAND_MAX: usize = 4096;

/// How addresses are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Nobody said; it depends on the prefix. The command that shares suffixes, and
    /// the one that does not.
    Default(Vec<String>, Vec<String>),
    /// This method, by this command.
    Method(MethodName, Vec<String>),
    /// A program of the administrator's.
    Exec(Vec<String>),
}

impl Choice {
    /// The command for most prefixes, to be shown.
    pub fn words(&self) -> &[String] {
        match self {
            Choice::Default(command, _) | Choice::Method(_, command) | Choice::Exec(command) => {
                command
            }
        }
    }

    /// The command for a prefix; an error says why there is none.
    pub fn command(&self, prefix: &Prefix) -> Result<Vec<String>, String> {
        match self {
            Choice::Default(shared, plain) => {
                let shares = MethodName::SharedSuffix.admits(prefix).is_ok();
                Ok(if shares { shared } else { plain }.clone())
            }
            Choice::Method(method, command) => match method.admits(prefix) {
                Ok(()) => Ok(command.clone()),
                Err(why) => Err(why.to_string()),
            },
            Choice::Exec(command) => Ok(command.clone()),
        }
    }
}

/// What one layer says about the choice.
enum Said<'a> {
    Exec(&'a Spanned<Vec<String>>),
    ExecElsewhere(&'a Spanned<String>),
    Method(MethodName),
    Nothing,
}

/// Reads the choice, for a pool of so many addresses.
pub fn choice(layers: &Layers, level: u32, addrgen: &Path) -> Checked<Choice> {
    for (depth, entry) in layers.iter().enumerate() {
        let nearer = || layers.iter().take(depth + 1);
        match said(entry)? {
            Said::Nothing => {}
            Said::Exec(command) => {
                nearer().try_for_each(|entry| refuse_options(entry, None))?;
                return program(command);
            }
            Said::ExecElsewhere(at) => {
                nearer().try_for_each(|entry| refuse_options(entry, None))?;
                return match layers.get(|e| &e.generator) {
                    Some(command) => program(command),
                    None => wrong(
                        at,
                        "method is \"exec\", which needs generator = [\"/PROGRAM\", \"ARGUMENT\"...]",
                    ),
                };
            }
            Said::Method(method) => {
                nearer().try_for_each(|entry| refuse_options(entry, Some(method)))?;
                let command = command(method, layers, level, addrgen)?;
                return Ok(Choice::Method(method, command));
            }
        }
    }
    layers
        .iter()
        .try_for_each(|entry| refuse_options(entry, Some(MethodName::SharedSuffix)))?;
    Ok(Choice::Default(
        command(MethodName::SharedSuffix, layers, level, addrgen)?,
        command(MethodName::Random, layers, level, addrgen)?,
    ))
}

fn said(entry: &Entry) -> Checked<Said<'_>> {
    if let Some(method) = &entry.method {
        if method.get_ref() == EXEC {
            return Ok(match &entry.generator {
                Some(command) => Said::Exec(command),
                None => Said::ExecElsewhere(method),
            });
        }
        if let Some(command) = &entry.generator {
            return wrong(
                command,
                format!(
                    "generator is for method = \"exec\", and method is {:?}: remove the one or change the other",
                    method.get_ref()
                ),
            );
        }
        let named = MethodName::ALL
            .into_iter()
            .find(|name| name.as_str() == method.get_ref());
        return match named {
            Some(name) => Ok(Said::Method(name)),
            None => wrong(
                method,
                format!(
                    "method is {:?}: write {}, {EXEC}",
                    method.get_ref(),
                    MethodName::ALL.map(MethodName::as_str).join(", ")
                ),
            ),
        };
    }
    Ok(match (&entry.generator, &entry.groups) {
        (Some(command), _) => Said::Exec(command),
        (None, Some(groups)) if *groups.get_ref() == 0 => Said::Method(MethodName::Random),
        (None, Some(_)) => Said::Method(MethodName::SharedSuffix),
        (None, None) => Said::Nothing,
    })
}

/// Refuses options that are not this method's; none: those of any.
fn refuse_options(entry: &Entry, method: Option<MethodName>) -> Checked<()> {
    let refuse = |key: &str, at: usize, owner: MethodName| {
        if method == Some(owner) {
            return Ok(());
        }
        Err(Wrong {
            at,
            what: match method {
                Some(method) => format!(
                    "{key} is for the method {}, and the method here is {}: remove the one or change the other",
                    owner.as_str(),
                    method.as_str()
                ),
                None => format!(
                    "{key} is for the method {}: with a generator of your own, give options as its arguments",
                    owner.as_str()
                ),
            },
        })
    };
    match &entry.groups {
        // Zero is how a pool says that it does not share the suffixes of the defaults.
        Some(groups) if *groups.get_ref() == 0 && method == Some(MethodName::Random) => {}
        Some(groups) => refuse("groups", groups.span().start, MethodName::SharedSuffix)?,
        None => {}
    }
    if let Some(fqdn) = &entry.fqdn {
        refuse("fqdn", fqdn.span().start, MethodName::FqdnHash)?;
    }
    if let Some(history) = &entry.history {
        refuse("history", history.span().start, MethodName::Rfc3041Md5)?;
    }
    if let Some(id) = &entry.interface_id {
        refuse("interface_id", id.span().start, MethodName::Rfc3041Md5)?;
    }
    Ok(())
}

/// The command line of umux-addrgen.
fn command(
    method: MethodName,
    layers: &Layers,
    level: u32,
    addrgen: &Path,
) -> Checked<Vec<String>> {
    let mut command = vec![
        addrgen.display().to_string(),
        "--method".into(),
        method.as_str().into(),
    ];
    let mut option = |name: &str, value: String| command.extend([name.to_owned(), value]);
    match method {
        MethodName::Random => {}
        MethodName::SharedSuffix => {
            let groups = match layers.get(|e| &e.groups) {
                Some(groups) if *groups.get_ref() == 0 => {
                    return wrong(
                        groups,
                        "groups is 0, which shares nothing: write 1 to 65536, or method = \"random\"",
                    );
                }
                Some(groups) => number("groups", groups, 0..=GROUPS_MAX)?,
                None => shared_suffix::GROUPS,
            };
            option("--groups", groups.to_string());
            // When the pool was used up once, its suffixes are others.
            option("--share", level.div_ceil(groups.max(1)).to_string());
        }
        MethodName::Rfc3041Md5 => {
            if let Some(history) = layers.get(|e| &e.history) {
                if !Path::new(history.get_ref()).is_absolute() {
                    return wrong(history, "history is a file: write its whole path");
                }
                option("--history", history.get_ref().clone());
            }
            if let Some(id) = layers.get(|e| &e.interface_id) {
                let digits = id.get_ref().replace([':', '-'], "");
                if digits.len() != 16 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return wrong(
                        id,
                        "interface_id is 16 hexadecimal digits, for example \"02:11:22:ff:fe:33:44:55\"",
                    );
                }
                option("--interface-id", digits);
            }
        }
        MethodName::FqdnHash => {
            if let Some(fqdn) = layers.get(|e| &e.fqdn) {
                match fqdn_hash::normalise(fqdn.get_ref()) {
                    Ok(name) => option("--fqdn", name),
                    Err(why) => return wrong(fqdn, why.to_string()),
                }
            }
        }
    }
    Ok(command)
}

/// A program of the administrator's, with its arguments.
fn program(given: &Spanned<Vec<String>>) -> Checked<Choice> {
    let command = given.get_ref();
    match command.first() {
        Some(program) if Path::new(program).is_absolute() => {}
        Some(program) if !program.is_empty() => {
            return wrong(
                given,
                format!(
                    "generator is {program:?}: write the program's whole path, since no shell looks for it"
                ),
            );
        }
        _ => {
            return wrong(
                given,
                "generator names no program: write [\"/PROGRAM\", \"ARGUMENT\"...]",
            );
        }
    }
    let bytes: usize = command.iter().map(String::len).sum();
    if command.len() > ARGUMENTS_MAX || bytes > COMMAND_MAX {
        return wrong(
            given,
            format!(
                "generator has {} words of {bytes} bytes: at most {ARGUMENTS_MAX} of {COMMAND_MAX} are taken; \
                 put the rest into a file that the program reads",
                command.len()
            ),
        );
    }
    if command.iter().any(|word| word.contains('\0')) {
        return wrong(given, "generator has a NUL byte in it: remove it");
    }
    Ok(Choice::Exec(command.clone()))
}
