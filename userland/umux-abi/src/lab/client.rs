// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The client half.

use super::frame;
use super::proto::{Answer, Ask, PART};
use crate::bindings::UMUX_ABI_VERSION;
use crate::events::Sequencer;
use crate::{
    AddrInfo, Batch, Control, Counters, DasInfo, DasSpec, Error, Events, IfName, Info, Label,
    ListenInfo, ListenRule, Occurrence, PoolId, PoolInfo, PoolSpec, Request, Result, Rule,
    SessionInfo,
};
use std::io;
use std::net::Ipv6Addr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A lab answers at once; one that does not is stuck.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

struct Line {
    path: PathBuf,
    stream: UnixStream,
    reader: frame::Reader,
}

impl Line {
    fn connect(path: &Path) -> Result<Line> {
        let lab = |e: io::Error| Error::Lab {
            path: path.to_owned(),
            what: format!("cannot be reached ({e})"),
        };
        let stream = UnixStream::connect(path).map_err(lab)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT)).map_err(lab)?;
        stream.set_write_timeout(Some(ANSWER_LIMIT)).map_err(lab)?;
        let mut line = Line {
            path: path.to_owned(),
            stream,
            reader: frame::Reader::default(),
        };
        match line.ask(
            Request::Info,
            &Ask::Hello {
                abi: UMUX_ABI_VERSION,
            },
        )? {
            Answer::Hello { .. } => Ok(line),
            other => Err(unexpected(&other)),
        }
    }

    fn broken(&self, error: io::Error) -> Error {
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => "hung up".to_string(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "does not answer".to_string(),
            _ => format!("does not talk sense ({error})"),
        };
        Error::Lab {
            path: self.path.clone(),
            what,
        }
    }

    fn ask(&mut self, request: Request, ask: &Ask) -> Result<Answer> {
        frame::write(&mut self.stream, ask).map_err(|e| self.broken(e))?;
        self.answer(request)
    }

    fn answer(&mut self, request: Request) -> Result<Answer> {
        match self
            .reader
            .read(&mut self.stream)
            .map_err(|e| self.broken(e))?
        {
            Answer::Refused { errno } => Err(Error::refused(request, errno)),
            Answer::Malformed { why } => Err(Error::Nonsense(why)),
            other => Ok(other),
        }
    }

    /// Asks for a list and puts its parts together.
    fn list<T>(
        &mut self,
        request: Request,
        ask: &Ask,
        part: impl Fn(Answer) -> Option<(Vec<T>, bool)>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut answer = self.ask(request.clone(), ask)?;
        loop {
            let text = format!("{answer:.80?}");
            let (records, more) = part(answer).ok_or(Error::Nonsense(text))?;
            all.extend(records);
            if !more {
                return Ok(all);
            }
            answer = self.answer(request.clone())?;
        }
    }
}

fn unexpected(answer: &Answer) -> Error {
    Error::Nonsense(format!("{answer:?}"))
}

/// Control of a lab's plane.
pub struct LabControl {
    line: Line,
}

impl LabControl {
    /// Connects to the lab whose socket is at `path`.
    pub fn connect(path: &Path) -> Result<LabControl> {
        Ok(LabControl {
            line: Line::connect(path)?,
        })
    }

    fn batches(
        &mut self,
        request: &Request,
        addrs: &[Ipv6Addr],
        ask: impl Fn(Vec<Ipv6Addr>) -> Ask,
    ) -> Result<Batch> {
        let mut all = Batch::default();
        for part in addrs.chunks(PART) {
            match self.line.ask(request.clone(), &ask(part.to_vec()))? {
                Answer::Batch { batch } => all.absorb(batch),
                other => return Err(unexpected(&other)),
            }
        }
        Ok(all)
    }
}

impl Control for LabControl {
    fn info(&mut self) -> Result<Info> {
        match self.line.ask(Request::Info, &Ask::Info)? {
            Answer::Info { info } => Ok(info),
            other => Err(unexpected(&other)),
        }
    }

    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        let request = Request::PoolAdd(spec.id.clone());
        self.done(request, &Ask::PoolAdd { spec: spec.clone() })
    }

    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        let ask = Ask::PoolDel {
            pool: id.clone(),
            force,
        };
        self.done(Request::PoolDel(id.clone()), &ask)
    }

    fn pools(&mut self) -> Result<Vec<PoolInfo>> {
        self.line
            .list(Request::Pools, &Ask::Pools, |answer| match answer {
                Answer::Pools { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.batches(&Request::AddrAdd(id.clone()), addrs, |addrs| Ask::AddrAdd {
            pool: id.clone(),
            addrs,
        })
    }

    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.batches(&Request::AddrDel(id.clone()), addrs, |addrs| Ask::AddrDel {
            pool: id.clone(),
            addrs,
        })
    }

    fn addrs(&mut self) -> Result<Vec<AddrInfo>> {
        self.line
            .list(Request::Addrs, &Ask::Addrs, |answer| match answer {
                Answer::Addrs { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn sessions(&mut self) -> Result<Vec<SessionInfo>> {
        self.line
            .list(Request::Sessions, &Ask::Sessions, |answer| match answer {
                Answer::Sessions { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn stats(&mut self) -> Result<Counters> {
        match self.line.ask(Request::Stats, &Ask::Stats)? {
            Answer::Stats { counters } => Ok(counters),
            other => Err(unexpected(&other)),
        }
    }

    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        let ask = Ask::Flush {
            interface: interface.cloned(),
        };
        match self.line.ask(Request::Flush(interface.cloned()), &ask)? {
            Answer::Flushed { count } => Ok(count),
            other => Err(unexpected(&other)),
        }
    }

    fn labels(&mut self) -> Result<Vec<Label>> {
        self.line
            .list(Request::Labels, &Ask::Labels, |answer| match answer {
                Answer::Labels { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()> {
        let labels = labels.map(<[Label]>::to_vec);
        self.done(Request::SetLabels, &Ask::SetLabels { labels })
    }

    fn rules(&mut self) -> Result<Vec<Rule>> {
        self.line
            .list(Request::Rules, &Ask::Rules, |answer| match answer {
                Answer::Rules { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()> {
        let rules = rules.map(<[Rule]>::to_vec);
        self.done(Request::SetRules, &Ask::SetRules { rules })
    }

    fn listen_rules(&mut self) -> Result<Vec<ListenRule>> {
        self.line.list(
            Request::ListenRules,
            &Ask::ListenRules,
            |answer| match answer {
                Answer::ListenRules { records, more } => Some((records, more)),
                _ => None,
            },
        )
    }

    fn set_listen_rules(&mut self, rules: &[ListenRule], apply: bool) -> Result<()> {
        let rules = rules.to_vec();
        self.done(
            Request::SetListenRules,
            &Ask::SetListenRules { rules, apply },
        )
    }

    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        self.line
            .list(Request::Listeners, &Ask::Listeners, |answer| match answer {
                Answer::Listeners { records, more } => Some((records, more)),
                _ => None,
            })
    }

    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        let ask = Ask::Das { spec: spec.clone() };
        match self.line.ask(Request::Das(spec.clone()), &ask)? {
            Answer::Armed { ssa } => Ok(ssa),
            other => Err(unexpected(&other)),
        }
    }

    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        self.line
            .list(Request::DasList, &Ask::DasList, |answer| match answer {
                Answer::DasList { records, more } => Some((records, more)),
                _ => None,
            })
    }
}

impl LabControl {
    /// A request whose answer says only that it is done.
    fn done(&mut self, request: Request, ask: &Ask) -> Result<()> {
        match self.line.ask(request, ask)? {
            Answer::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }
}

/// Events of a lab's plane.
pub struct LabEvents {
    line: Line,
    sequencer: Sequencer,
}

impl LabEvents {
    /// Connects to the lab whose socket is at `path`, and subscribes.
    pub fn connect(path: &Path) -> Result<LabEvents> {
        let mut line = Line::connect(path)?;
        match line.ask(Request::Info, &Ask::Subscribe)? {
            Answer::Done => Ok(LabEvents {
                line,
                sequencer: Sequencer::default(),
            }),
            other => Err(unexpected(&other)),
        }
    }
}

impl Events for LabEvents {
    fn next(&mut self, timeout: Duration) -> Result<Option<Occurrence>> {
        if let Some(held) = self.sequencer.held() {
            return Ok(Some(held));
        }
        let until = Instant::now() + timeout;
        // Zero would mean "for ever" to the socket.
        let left = until
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let set = self.line.stream.set_read_timeout(Some(left));
        set.map_err(|e| self.line.broken(e))?;
        match self.line.reader.read(&mut self.line.stream) {
            Ok(Answer::Event { event }) => Ok(Some(self.sequencer.admit(event))),
            Ok(other) => Err(unexpected(&other)),
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(None)
            }
            Err(e) => Err(self.line.broken(e)),
        }
    }
}
