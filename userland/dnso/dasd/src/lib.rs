// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-dasd: the agent on a server. It gives addresses to the server's listeners
//! when a NOSA asks for it (delayed address setting), and says how they do.
//!
//! * [`config`]: which listeners, and who may ask
//! * [`arm`]: an address for one connection
//! * [`armed`]: whose it is
//! * [`plane`]: the module's or a lab's, asked by one thread

pub mod arm;
mod armed;
pub mod config;
pub mod plane;

use armed::Armed;
use config::{Config, Service};
use plane::Plane;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;
use umux_abi::{Control, Errno, Error, PlaneRef};
use umux_daemon::exit::{EX_NOPERM, EX_UNAVAILABLE, Failure, failure};
use umux_dnso::log_seldom;
use umux_dnso::message::{Reason, Refused, Reply, Request, ServiceState};
use umux_dnso::metrics::latency;
use umux_dnso::program::{self, Arguments, Doors, Part, Start};
use umux_dnso::seldom::Refusals;
use umux_dnso::server::{self, Peer};

/// What was found out about the services is good for so long.
const STATE_AGE: Duration = Duration::from_millis(200);
/// A plane that does not answer in this time is not fit.
const STATE_LIMIT: Duration = Duration::from_secs(2);

/// The agent.
pub struct Dasd {
    agent: Arc<Agent>,
    doors: Doors,
}

/// What requests need of it.
struct Agent {
    plane: Plane,
    services: RwLock<Arc<BTreeMap<String, Service>>>,
    armed: Armed,
    state: tokio::sync::Mutex<Option<(Instant, Vec<ServiceState>)>>,
    latency: Histogram,
    refusals: Refusals,
}

/// What is opened while there are privileges.
pub struct Opened {
    listeners: Vec<TcpListener>,
    plane: PlaneRef,
    control: Box<dyn Control>,
}

impl Part for Dasd {
    const NAME: &'static str = "umux-dasd";
    const ABOUT: &'static str =
        "Arms addresses for the listeners of this host when a NOSA asks for it";
    const CONFIG: &'static str = "/usr/local/etc/umux-dasd.conf";
    const SAMPLE: &'static str = "umux-dasd.conf.sample";
    const PLANE: bool = true;
    type Config = Config;
    type Opened = Opened;

    fn open(config: &Config, arguments: &Arguments) -> Result<Opened, Failure> {
        let (plane, control) = Plane::open(arguments.lab.as_deref()).map_err(|e| {
            let code = match e {
                Error::NotAllowed => EX_NOPERM,
                _ => EX_UNAVAILABLE,
            };
            failure(code, e)
        })?;
        Ok(Opened {
            listeners: program::listen(&config.common.listen)?,
            plane,
            control,
        })
    }

    async fn start(
        config: Config,
        start: Start<Opened>,
        registry: &mut Registry,
    ) -> Result<Dasd, Failure> {
        let opened = start.opened;
        let latency = latency();
        registry.register(
            "umux_dasd_arm_seconds",
            "How long arming an address took",
            latency.clone(),
        );
        let agent = Arc::new(Agent {
            plane: Plane::start(opened.plane, opened.control),
            services: RwLock::new(Arc::new(config.services)),
            armed: Armed::default(),
            state: tokio::sync::Mutex::new(None),
            latency,
            refusals: Refusals::default(),
        });
        let (key, metrics) = (start.key, start.metrics);
        let doors = Doors::open(config.common, key, opened.listeners, metrics, &agent)?;
        Ok(Dasd { agent, doors })
    }

    async fn reload(&self, config: Config) {
        self.doors.reload(config.common);
        *self
            .agent
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(config.services);
        *self.agent.state.lock().await = None;
    }

    async fn broken(&self) -> Failure {
        self.agent.plane.lost().await;
        failure(
            EX_UNAVAILABLE,
            "the module's device is lost: it is opened again when umux-dasd is started anew",
        )
    }
}

impl Agent {
    fn services(&self) -> Arc<BTreeMap<String, Service>> {
        let services = self.services.read();
        Arc::clone(&services.unwrap_or_else(PoisonError::into_inner))
    }

    async fn state(&self) -> Result<Vec<ServiceState>, Refused> {
        let mut cached = self.state.lock().await;
        if let Some((at, state)) = &*cached
            && at.elapsed() < STATE_AGE
        {
            return Ok(state.clone());
        }
        let services = self.services();
        let look = move |c: &mut dyn Control| look(c, &services);
        let state = self.plane.ask(Instant::now() + STATE_LIMIT, look).await;
        let state = state.map_err(|failed| {
            let why = match failed {
                plane::Failed::Plane(e) => e.to_string(),
                plane::Failed::Gone(why) => why,
                _ => "the plane does not answer".to_string(),
            };
            Refused::new(Reason::NoServer, why)
        })?;
        *cached = Some((Instant::now(), state.clone()));
        Ok(state)
    }
}

/// Which services can be had now.
fn look(
    control: &mut dyn Control,
    services: &BTreeMap<String, Service>,
) -> Result<Vec<ServiceState>, Error> {
    let listeners = match control.listeners() {
        // It has no list, and says so when an address is to be armed.
        Err(e) if e.errno() == Some(Errno::Eopnotsupp) => None,
        other => Some(other?),
    };
    let pools = control.pools()?;
    let state = services.iter().map(|(name, service)| {
        let listening = listeners.as_ref().is_none_or(|listeners| {
            listeners.iter().any(|listener| {
                listener.port == service.port && service.pid.is_none_or(|pid| pid == listener.pid)
            })
        });
        let of_service = pools
            .iter()
            .filter(|pool| service.pool.as_ref().is_none_or(|id| *id == pool.id));
        ServiceState {
            name: name.clone(),
            listening,
            ready: of_service.map(|pool| pool.counts.uncertain).sum(),
        }
    });
    Ok(state.collect())
}

impl server::Service for Agent {
    async fn answer(&self, peer: Peer, request: Request) -> Reply {
        let arm = match request {
            Request::Arm(arm) => arm,
            Request::Disarm { ssa } => {
                if !self
                    .armed
                    .give_up(&ssa, &peer.name, std::time::Instant::now())
                {
                    let why =
                        "an address is withdrawn for the one that had it armed, soon afterwards";
                    let seldom = self.refusals.about(Reason::NotAllowed);
                    log_seldom!(seldom, WARN, peer = peer.name, "not withdrawn: {why}");
                    return Reply::Refused(Refused::new(Reason::NotAllowed, why));
                }
                arm::withdraw(&self.plane, ssa);
                return Reply::Disarmed;
            }
            Request::State => {
                return match self.state().await {
                    Ok(services) => Reply::State { services },
                    Err(refused) => Reply::Refused(refused),
                };
            }
            other => return Refused::not_mine("umux-dasd", &other),
        };
        let services = self.services();
        let Some(service) = services.get(&arm.service) else {
            let why = format!(
                "no [[service]] has the name {:?} here: correct the NOSA's table or write one",
                arm.service
            );
            let seldom = self.refusals.about(Reason::NotAllowed);
            log_seldom!(seldom, WARN, peer = peer.name, "{why}");
            return Reply::Refused(Refused::new(Reason::NotAllowed, why));
        };
        let begin = Instant::now();
        match arm::arm(&self.plane, service, &arm).await {
            Ok(reply) => {
                if let Reply::Armed { ssa, .. } = reply {
                    self.armed.keep(ssa, &peer.name, std::time::Instant::now());
                }
                self.latency.observe(begin.elapsed().as_secs_f64());
                debug!(peer = peer.name, service = arm.service, client = %arm.client, "armed");
                reply
            }
            Err(refused) => {
                log_seldom!(
                    self.refusals.about(refused.reason),
                    WARN,
                    peer = peer.name,
                    service = arm.service,
                    reason = refused.reason.as_str(),
                    "not armed: {refused}"
                );
                Reply::Refused(refused)
            }
        }
    }

    fn unheard(&self, reply: Reply) {
        if let Reply::Armed { ssa, .. } = reply {
            arm::withdraw(&self.plane, ssa);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;
    use umux_abi::PoolSpec;
    use umux_dnso::message::Arm;
    use umux_dnso::server::Service as _;
    use umux_testplane::{TestPlane, pool};

    fn peer(name: &str) -> Peer {
        Peer {
            name: name.into(),
            names: Arc::default(),
        }
    }

    fn agent(plane: &TestPlane) -> Agent {
        let service = Service {
            port: 80,
            pid: None,
            pool: None,
            lifetime_max_ms: 60_000,
        };
        Agent {
            // What is asked of a lab again is not asked here.
            plane: Plane::start(PlaneRef::Kernel, Box::new(plane.clone())),
            services: RwLock::new(Arc::new(BTreeMap::from([("http".into(), service)]))),
            armed: Armed::default(),
            state: tokio::sync::Mutex::new(None),
            latency: latency(),
            refusals: Refusals::default(),
        }
    }

    #[tokio::test]
    async fn an_address_is_withdrawn_for_the_one_that_had_it_armed_only() {
        let mut plane = TestPlane::new();
        plane.listen(80);
        let id = pool("em0 2001:db8:1::/64");
        plane.pool_add(&PoolSpec::new(id.clone())).expect("on-link");
        let addresses = [5, 6].map(|n| Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, n));
        plane.addr_add(&id, &addresses).expect("room");
        let agent = agent(&plane);
        let arm = Request::Arm(Arm {
            service: "http".into(),
            ssa: None,
            client: ipnet::Ipv6Net::default(),
            lifetime_ms: 10_000,
            budget_ms: 5_000,
        });
        let Reply::Armed { ssa, .. } = agent.answer(peer("a"), arm).await else {
            panic!("not armed");
        };
        let [other] = addresses
            .into_iter()
            .filter(|a| *a != ssa)
            .collect::<Vec<_>>()[..]
        else {
            panic!("{ssa} is none of {addresses:?}");
        };
        let disarm = |ssa| Request::Disarm { ssa };
        for (who, ssa) in [("b", ssa), ("a", other)] {
            let reply = agent.answer(peer(who), disarm(ssa)).await;
            assert!(
                matches!(&reply, Reply::Refused(no) if no.reason == Reason::NotAllowed),
                "{reply:?}"
            );
        }
        assert!(plane.withdrawn().is_empty());
        let reply = agent.answer(peer("a"), disarm(ssa)).await;
        assert_eq!(reply, Reply::Disarmed);
        for _ in 0..500 {
            if plane.withdrawn() == [ssa] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not withdrawn");
    }
}
