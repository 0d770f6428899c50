// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Delayed address setting: an address of the pool whose DAD is done, or one that the
//! NOSA chose, which then has to pass it first.

use crate::config::Service;
use crate::plane::{Failed, Plane};
use std::net::Ipv6Addr;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::warn;
use umux_abi::{AddrState, Control, DasSpec, Errno, Error, PoolId};
use umux_dnso::message::{Arm, Reason, Refused, Reply};

/// How often it is looked whether DAD is over,
const LOOK: Duration = Duration::from_millis(20);
/// and whether another node has the address.
const STATES: u32 = 5;

/// Arms an address.
pub async fn arm(plane: &Plane, service: &Service, arm: &Arm) -> Result<Reply, Refused> {
    let deadline = Instant::now() + Duration::from_millis(arm.budget_ms.into());
    let lifetime_ms = arm.lifetime_ms.clamp(1, service.lifetime_max_ms);
    let spec = DasSpec {
        port: service.port,
        pid: service.pid,
        fd: None,
        ssa: arm.ssa,
        pool: service.pool.clone(),
        client: arm.client,
        lifetime_ms,
    };
    let ssa = match arm.ssa {
        None => {
            let armed = plane.ask(deadline, move |c| c.das(&spec)).await;
            armed.map_err(|e| refused(&e))?
        }
        Some(ssa) => chosen(plane, spec, ssa, deadline).await?,
    };
    Ok(Reply::Armed { ssa, lifetime_ms })
}

/// Adds an address that was chosen elsewhere, and arms it when it is uncertain.
async fn chosen(
    plane: &Plane,
    spec: DasSpec,
    ssa: Ipv6Addr,
    deadline: Instant,
) -> Result<Ipv6Addr, Refused> {
    let wanted = spec.pool.clone();
    let pool = plane
        .ask(deadline, move |c| add(c, wanted, ssa))
        .await
        .map_err(|e| refused(&e))??;
    let mut looks = 0;
    loop {
        let spec = spec.clone();
        match plane.ask(deadline, move |c| c.das(&spec)).await {
            Ok(ssa) => return Ok(ssa),
            // It is tentative yet; or duplicated, or somebody else's already.
            Err(Failed::Plane(e)) if e.errno() == Some(Errno::Ebusy) => {}
            Err(Failed::Plane(e)) if e.errno() == Some(Errno::Enoent) => {
                return Err(collision(ssa));
            }
            Err(e) => {
                forget(plane, pool, ssa);
                return Err(refused(&e));
            }
        }
        looks += 1;
        if looks % STATES == 0 {
            let state = plane.ask(deadline, move |c| state(c, ssa)).await;
            match state.map_err(|e| refused(&e))? {
                Some(AddrState::Pending | AddrState::Tentative | AddrState::Uncertain) => {}
                Some(AddrState::Duplicated) | None => {
                    forget(plane, pool, ssa);
                    return Err(collision(ssa));
                }
                Some(_) => return Err(collision(ssa)),
            }
        }
        if deadline.saturating_duration_since(Instant::now()) < LOOK * 2 {
            forget(plane, pool, ssa);
            let why =
                format!("duplicate address detection of {ssa} takes longer than there is time");
            return Err(Refused::new(Reason::Late, why));
        }
        sleep(LOOK).await;
    }
}

fn add(
    control: &mut dyn Control,
    wanted: Option<PoolId>,
    ssa: Ipv6Addr,
) -> Result<Result<PoolId, Refused>, Error> {
    let pool = match wanted {
        Some(pool) => Some(pool),
        None => {
            let pools = control.pools()?.into_iter().map(|pool| pool.id);
            pools.into_iter().find(|id| id.prefix.contains(&ssa))
        }
    };
    let Some(pool) = pool else {
        let why = format!(
            "{ssa} is of no pool's prefix here: correct prefixes of this server in the NOSA's table"
        );
        return Ok(Err(Refused::new(Reason::Failed, why)));
    };
    let batch = control.addr_add(&pool, &[ssa])?;
    Ok(match batch.refused.first() {
        None => Ok(pool),
        Some((_, Errno::Eexist)) => Err(collision(ssa)),
        Some((_, errno)) => {
            let request = umux_abi::Request::AddrAdd(pool);
            let why = Error::refused(request, *errno).to_string();
            let reason = match errno {
                Errno::Enospc => Reason::Exhausted,
                _ => Reason::Failed,
            };
            Err(Refused::new(reason, why))
        }
    })
}

fn state(control: &mut dyn Control, ssa: Ipv6Addr) -> Result<Option<AddrState>, Error> {
    let addrs = control.addrs()?;
    Ok(addrs
        .into_iter()
        .find(|addr| addr.address == ssa)
        .map(|addr| addr.state))
}

fn collision(ssa: Ipv6Addr) -> Refused {
    Refused::new(Reason::Collision, format!("{ssa} is somebody's already"))
}

/// Takes an address out again that will not be armed; nobody waits for that.
fn forget(plane: &Plane, pool: PoolId, ssa: Ipv6Addr) {
    let plane = plane.clone();
    tokio::spawn(async move {
        let deadline = Instant::now() + Duration::from_secs(5);
        let gone = plane
            .ask(deadline, move |c| c.addr_del(&pool, &[ssa]))
            .await;
        if let Err(why) = gone {
            let why = refused(&why);
            warn!(%ssa, "an address that is not used cannot be withdrawn: {why}");
        }
    });
}

/// Why the plane does not arm.
fn refused(failed: &Failed) -> Refused {
    match failed {
        Failed::Busy => Refused::new(Reason::Overload, "too many requests wait for the plane"),
        Failed::Late => Refused::new(Reason::Late, "the plane did not answer in time"),
        Failed::Gone(why) => Refused::new(Reason::NoServer, why.clone()),
        Failed::Plane(error) => {
            let reason = match error.errno() {
                Some(Errno::Eaddrnotavail | Errno::Enospc) => Reason::Exhausted,
                Some(Errno::Esrch) => Reason::NoServer,
                Some(Errno::Ebusy) => Reason::Collision,
                Some(_) => Reason::Failed,
                None => Reason::NoServer,
            };
            Refused::new(reason, error.to_string())
        }
    }
}
