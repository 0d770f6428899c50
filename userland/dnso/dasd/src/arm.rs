// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Delayed address setting: an address of the pool whose DAD is done, or one that the
//! NOSA chose, which then has to pass it first.

use crate::config::Service;
use crate::plane::{Failed, Plane};
use std::fmt::Display;
use std::net::Ipv6Addr;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::debug;
use umux_abi::{AddrState, Control, DasSpec, Errno, Error, PoolId, Result as Done};
use umux_dnso::log_seldom;
use umux_dnso::message::{Arm, Reason, Refused, Reply};
use umux_dnso::seldom::Seldom;

/// Withdrawing an address takes no longer.
const WITHDRAW: Duration = Duration::from_secs(5);
/// First and longest pause between two looks whether DAD is over.
const LOOK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(80));
/// Before that nobody is asked whether another node has the address.
const FIRST: Duration = Duration::from_millis(60);
const NOT_WITHDRAWN: &str =
    "an address that nobody was told of cannot be withdrawn, and waits until its time is over";
/// Lines that say so.
static STAY: Seldom = Seldom::new(5, Duration::from_secs(10));

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
            let armed = plane.ask_or_undo(deadline, move |c| c.das(&spec), unwanted);
            armed.await.map_err(|e| refused(&e))?
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
    let undo = move |c: &mut dyn Control, added: Result<Added, Refused>| {
        if added.is_ok() {
            told(ssa, take_out_unarmed(c, ssa));
        }
    };
    let added = plane.ask_or_undo(deadline, move |c| add(c, wanted, ssa), undo);
    let added = added.await.map_err(|e| refused(&e))??;
    let armed = when_uncertain(plane, &spec, &added, ssa, deadline).await;
    if armed.is_err() {
        later(plane, ssa, take_out_unarmed);
    }
    armed
}

async fn when_uncertain(
    plane: &Plane,
    spec: &DasSpec,
    added: &Added,
    ssa: Ipv6Addr,
    deadline: Instant,
) -> Result<Ipv6Addr, Refused> {
    let begin = Instant::now();
    let mut look = LOOK.0;
    loop {
        let spec = spec.clone();
        let armed = plane.ask_or_undo(deadline, move |c| c.das(&spec), unwanted);
        match armed.await {
            Ok(ssa) => return Ok(ssa),
            // It is tentative yet; or duplicated, or somebody else's already.
            Err(Failed::Plane(e)) if e.errno() == Some(Errno::Ebusy) => {}
            Err(Failed::Plane(e)) if e.errno() == Some(Errno::Enoent) => {
                return Err(collision(ssa));
            }
            Err(e) => return Err(refused(&e)),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let last = left < look * 2;
        if begin.elapsed() >= FIRST || last {
            let added = added.clone();
            let lost = plane.ask(deadline, move |c| is_lost(c, &added, ssa, last));
            if lost.await.map_err(|e| refused(&e))? {
                return Err(collision(ssa));
            }
        }
        if last {
            let why = format!(
                "duplicate address detection of {ssa} takes longer than there is time: \
                 raise attempt_ms of NOSA, broker and NOCA for this name"
            );
            return Err(Refused::new(Reason::NoTime, why));
        }
        sleep(look).await;
        // Seldom, if many wait: each look keeps the plane from others.
        look = (look * 2).min(LOOK.1);
    }
}

/// Is it duplicated, or did others take it? All addresses are looked through for that,
/// so only if some were found to be duplicated since, or for the last time.
fn is_lost(control: &mut dyn Control, added: &Added, ssa: Ipv6Addr, last: bool) -> Done<bool> {
    if !last {
        let pools = control.pools()?;
        let pool = pools.iter().find(|pool| pool.id == added.pool);
        if pool.is_some_and(|pool| pool.duplicated == added.duplicated) {
            return Ok(false);
        }
    }
    Ok(!matches!(
        state(control, ssa)?,
        Some(AddrState::Pending | AddrState::Tentative | AddrState::Uncertain)
    ))
}

/// Where an address was added.
#[derive(Debug, Clone)]
struct Added {
    pool: PoolId,
    /// How many of that pool had been found to be duplicated before.
    duplicated: u64,
}

fn add(
    control: &mut dyn Control,
    wanted: Option<PoolId>,
    ssa: Ipv6Addr,
) -> Done<Result<Added, Refused>> {
    let pools = control.pools()?;
    let found = pools.into_iter().find(|pool| match &wanted {
        Some(wanted) => pool.id == *wanted,
        None => pool.id.prefix.contains(&ssa),
    });
    let Some(pool) = found else {
        let why = format!(
            "{ssa} is of no pool's prefix here: correct prefixes of this server in the NOSA's table"
        );
        return Ok(Err(Refused::new(Reason::Failed, why)));
    };
    let batch = control.addr_add(&pool.id, &[ssa])?;
    Ok(match batch.refused.first() {
        None => Ok(Added {
            pool: pool.id,
            duplicated: pool.duplicated,
        }),
        Some((_, Errno::Eexist)) => Err(collision(ssa)),
        Some((_, errno)) => {
            let request = umux_abi::Request::AddrAdd(pool.id);
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

/// The pool that an address is of.
fn pool_of(control: &mut dyn Control, ssa: Ipv6Addr) -> Done<Option<PoolId>> {
    let pools = control.pools()?.into_iter().map(|pool| pool.id);
    Ok(pools.into_iter().find(|id| id.prefix.contains(&ssa)))
}

/// Takes an address out again. One that has got its client meanwhile stays.
fn take_out(control: &mut dyn Control, ssa: Ipv6Addr) -> Done<()> {
    if let Some(pool) = pool_of(control, ssa)? {
        let batch = control.addr_del(&pool, &[ssa])?;
        match batch.refused.first() {
            Some((_, errno)) if !matches!(errno, Errno::Enoent | Errno::Ebusy) => {
                return Err(Error::refused(umux_abi::Request::AddrDel(pool), *errno));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The same, unless it is armed, which then others did: it was of their pool.
fn take_out_unarmed(control: &mut dyn Control, ssa: Ipv6Addr) -> Done<()> {
    match state(control, ssa)? {
        None | Some(AddrState::Valid) => Ok(()),
        Some(_) => take_out(control, ssa),
    }
}

fn told(ssa: Ipv6Addr, taken_out: Done<()>) {
    match taken_out {
        Ok(()) => debug!(%ssa, "it came too late, and is withdrawn"),
        Err(why) => stays(ssa, &why),
    }
}

/// It lets in whoever knows it, and many can read a log; reasons name it, too.
fn stays(ssa: Ipv6Addr, why: &dyn Display) {
    log_seldom!(STAY, WARN, "{NOT_WITHDRAWN}; --verbose shows why");
    debug!(%ssa, "not withdrawn: {why}");
}

/// It was armed too late: nobody will ever be told of it.
fn unwanted(control: &mut dyn Control, ssa: Ipv6Addr) {
    told(ssa, take_out(control, ssa));
}

/// Takes an address out again that was armed for nobody.
pub fn withdraw(plane: &Plane, ssa: Ipv6Addr) {
    later(plane, ssa, take_out);
}

/// Nobody waits for that.
fn later(plane: &Plane, ssa: Ipv6Addr, take_out: fn(&mut dyn Control, Ipv6Addr) -> Done<()>) {
    let plane = plane.clone();
    tokio::spawn(async move {
        let deadline = Instant::now() + WITHDRAW;
        let mut gone = plane.ask(deadline, move |c| take_out(c, ssa)).await;
        while matches!(gone, Err(Failed::Busy)) && Instant::now() < deadline {
            sleep(LOOK.1).await;
            gone = plane.ask(deadline, move |c| take_out(c, ssa)).await;
        }
        match gone {
            Ok(()) => debug!(%ssa, "it came too late, and is withdrawn"),
            Err(why) => stays(ssa, &refused(&why)),
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
