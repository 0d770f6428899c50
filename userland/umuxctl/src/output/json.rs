// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! JSON for programs. Documented in umuxctl(8).
//!
//! Every result is one object with `schema`, which changes when a field changes
//! its meaning or goes. New fields may come at any time.

use serde::Serialize;
use umux_abi::{
    AddrInfo, Batch, Counters, DasInfo, Errno, Info as PlaneInfo, Label, ListenInfo, ListenRule,
    PoolId, PoolInfo, Rule, SessionInfo,
};

/// Version of all of it.
pub const SCHEMA: u32 = 1;

macro_rules! result {
    ($(#[$doc:meta])* $name:ident { $field:ident: $type:ty }) => {
        $(#[$doc])*
        #[derive(Serialize)]
        pub struct $name<'a> {
            schema: u32,
            $field: $type,
        }

        impl<'a> $name<'a> {
            pub fn of($field: $type) -> $name<'a> {
                $name { schema: SCHEMA, $field }
            }
        }
    };
}

result!(
    /// `pool list`
    Pools { pools: &'a [PoolInfo] }
);
result!(
    /// `addr list`
    Addrs { addresses: &'a [AddrInfo] }
);
result!(
    /// `session list`
    Sessions { sessions: &'a [SessionInfo] }
);
result!(
    /// `stats`
    Stats { counters: &'a Counters }
);
result!(
    /// `info`
    Info { info: &'a PlaneInfo }
);

result!(
    /// `policy list`
    Labels { labels: &'a [Label] }
);
result!(
    /// `rule list`
    Rules { rules: &'a [Rule] }
);

result!(
    /// `listen rules`
    ListenRules { rules: &'a [ListenRule] }
);
result!(
    /// `listen list`
    Listeners { listeners: &'a [ListenInfo] }
);
result!(
    /// `das list`
    Armed { armed: &'a [DasInfo] }
);
result!(
    /// `das add`
    Addresses { addresses: &'a [std::net::Ipv6Addr] }
);

/// `flush`
#[derive(Serialize)]
pub struct Flushed {
    schema: u32,
    flushed: u32,
}

impl Flushed {
    pub fn of(flushed: u32) -> Flushed {
        Flushed {
            schema: SCHEMA,
            flushed,
        }
    }
}

/// `dnso keygen`, `dnso pubkey`
#[derive(Serialize)]
pub struct Key {
    schema: u32,
    key: String,
}

impl Key {
    pub fn of(key: &str) -> Key {
        Key {
            schema: SCHEMA,
            key: key.to_owned(),
        }
    }
}

/// What has nothing to tell.
#[derive(Serialize)]
pub struct Done {
    schema: u32,
    done: bool,
}

impl Done {
    pub fn new() -> Done {
        Done {
            schema: SCHEMA,
            done: true,
        }
    }
}

/// `addr add`, `addr del`, `pool fill`
#[derive(Serialize)]
pub struct Outcome<'a> {
    schema: u32,
    #[serde(flatten)]
    pool: &'a PoolId,
    done: usize,
    refused: Vec<Refusal<'a>>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    address: &'a std::net::Ipv6Addr,
    errno: Errno,
}

impl<'a> Outcome<'a> {
    pub fn of(pool: &'a PoolId, batch: &'a Batch) -> Outcome<'a> {
        Outcome {
            schema: SCHEMA,
            pool,
            done: batch.done,
            refused: batch
                .refused
                .iter()
                .map(|(address, errno)| Refusal {
                    address,
                    errno: *errno,
                })
                .collect(),
        }
    }
}
