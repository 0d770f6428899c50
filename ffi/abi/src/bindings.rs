// Generated from kmod/umux_abi.h; ffi/abi/tests/bindings.rs writes and checks this.

pub const UMUX_ABI_VERSION: u32 = 3;
pub const UMUX_IFNAMSIZ: u32 = 16;
pub const UMUX_NSTATES: u32 = 7;
pub const UMUX_BATCH_MAX: u32 = 1024;
pub const UMUX_MISS_LEGACY: u32 = 0;
pub const UMUX_MISS_REFUSE: u32 = 1;
pub const UMUX_POOL_FORCE: u32 = 1;
pub const UMUX_PI_LINK_UP: u32 = 1;
pub const UMUX_SI_ON_WIRE: u32 = 1;
pub const UMUX_SI_LINGER: u32 = 2;
pub const UMUX_SI_SERVER: u32 = 4;
pub const UMUX_CURSOR_END: u32 = 4294967295;
pub const UMUX_LABELS_MAX: u32 = 128;
pub const UMUX_RULES_MAX: u32 = 256;
pub const UMUX_RULE_UNIFY: u32 = 0;
pub const UMUX_RULE_LEGACY: u32 = 1;
pub const UMUX_WISH_NONE: u32 = 0;
pub const UMUX_WISH_TEMPORARY: u32 = 1;
pub const UMUX_WISH_PUBLIC: u32 = 2;
pub const UMUX_WISH_ANY: u32 = 255;
pub const UMUX_JAIL_ANY: u32 = 4294967295;
pub const UMUX_LRULES_MAX: u32 = 128;
pub const UMUX_LRULE_LEGACY: u32 = 0;
pub const UMUX_LRULE_GUARD: u32 = 1;
pub const UMUX_LI_DUAL: u32 = 1;
pub const UMUX_DAS_GIVEN: u32 = 1;
pub const UMUX_DAS_FD: u32 = 2;
pub const UMUX_POLICY_DEFAULT: u32 = 1;
pub const UMUX_POLICY_APPLY: u32 = 2;
pub const UMUX_DEV: &[u8; 5] = b"umux\0";
pub const UMUX_AF: u32 = 39;
pub const UMUX_EV_USED: u32 = 1;
pub const UMUX_EV_ENDED: u32 = 2;
pub const UMUX_EV_MISS: u32 = 4;
pub const UMUX_EV_DUPLICATED: u32 = 8;
pub const UMUX_EV_READY: u32 = 16;
pub const UMUX_EV_CONFLICT: u32 = 32;
pub const UMUX_EV_EXPIRED: u32 = 64;
pub const UMUX_EV_LINK: u32 = 128;
pub const UMUX_EV_POOL_GONE: u32 = 256;
pub const UMUX_EV_POOL_NEW: u32 = 512;
pub const UMUX_EV_WITHDRAWN: u32 = 1024;
pub const UMUX_EV_ARMED: u32 = 2048;
pub const UMUX_EV_LAPSED: u32 = 4096;
pub const UMUX_PACKET_MAX: u32 = 96;
pub const UMUX_ACTIONS_MAX: u32 = 4;
pub const UMUX_HANDLE_NONE: u32 = 0;
pub const UMUX_GATE_BYTES: u32 = 256;
pub const UMUX_GATE_WHOLE: u32 = 1;
pub const UMUX_ANNOUNCE_NONE: u32 = 0;
pub const UMUX_ANNOUNCE_ROUTERS: u32 = 1;
pub const UMUX_ANNOUNCE_NEXTHOP: u32 = 2;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_in6 {
    pub s6: [u8; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_in6"][::core::mem::size_of::<umux_in6>() - 16usize];
    ["Alignment of umux_in6"][::core::mem::align_of::<umux_in6>() - 1usize];
    ["Offset of field: umux_in6::s6"][::core::mem::offset_of!(umux_in6, s6) - 0usize];
};
pub const UMUX_S_FREE: umux_state = 0;
pub const UMUX_S_PENDING: umux_state = 1;
pub const UMUX_S_TENTATIVE: umux_state = 2;
pub const UMUX_S_UNCERTAIN: umux_state = 3;
pub const UMUX_S_VALID: umux_state = 4;
pub const UMUX_S_DUPLICATED: umux_state = 5;
pub const UMUX_S_TOMBSTONE: umux_state = 6;
pub type umux_state = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_hdr {
    pub uh_version: u32,
    pub uh_size: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_hdr"][::core::mem::size_of::<umux_hdr>() - 8usize];
    ["Alignment of umux_hdr"][::core::mem::align_of::<umux_hdr>() - 4usize];
    [
        "Offset of field: umux_hdr::uh_version",
    ][::core::mem::offset_of!(umux_hdr, uh_version) - 0usize];
    [
        "Offset of field: umux_hdr::uh_size",
    ][::core::mem::offset_of!(umux_hdr, uh_size) - 4usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_info {
    pub ui_hdr: umux_hdr,
    pub ui_max_addrs: u32,
    pub ui_max_pools: u32,
    pub ui_pools: u32,
    pub ui_addrs: u32,
    pub ui_release: [::core::ffi::c_char; 32usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_info"][::core::mem::size_of::<umux_info>() - 56usize];
    ["Alignment of umux_info"][::core::mem::align_of::<umux_info>() - 4usize];
    [
        "Offset of field: umux_info::ui_hdr",
    ][::core::mem::offset_of!(umux_info, ui_hdr) - 0usize];
    [
        "Offset of field: umux_info::ui_max_addrs",
    ][::core::mem::offset_of!(umux_info, ui_max_addrs) - 8usize];
    [
        "Offset of field: umux_info::ui_max_pools",
    ][::core::mem::offset_of!(umux_info, ui_max_pools) - 12usize];
    [
        "Offset of field: umux_info::ui_pools",
    ][::core::mem::offset_of!(umux_info, ui_pools) - 16usize];
    [
        "Offset of field: umux_info::ui_addrs",
    ][::core::mem::offset_of!(umux_info, ui_addrs) - 20usize];
    [
        "Offset of field: umux_info::ui_release",
    ][::core::mem::offset_of!(umux_info, ui_release) - 24usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_pool_req {
    pub up_hdr: umux_hdr,
    pub up_ifname: [::core::ffi::c_char; 16usize],
    pub up_prefix: umux_in6,
    pub up_plen: u8,
    pub up_miss: u8,
    pub up_pad: u16,
    pub up_flags: u32,
    pub up_max_age: u32,
    pub up_notify_ms: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_pool_req"][::core::mem::size_of::<umux_pool_req>() - 56usize];
    ["Alignment of umux_pool_req"][::core::mem::align_of::<umux_pool_req>() - 4usize];
    [
        "Offset of field: umux_pool_req::up_hdr",
    ][::core::mem::offset_of!(umux_pool_req, up_hdr) - 0usize];
    [
        "Offset of field: umux_pool_req::up_ifname",
    ][::core::mem::offset_of!(umux_pool_req, up_ifname) - 8usize];
    [
        "Offset of field: umux_pool_req::up_prefix",
    ][::core::mem::offset_of!(umux_pool_req, up_prefix) - 24usize];
    [
        "Offset of field: umux_pool_req::up_plen",
    ][::core::mem::offset_of!(umux_pool_req, up_plen) - 40usize];
    [
        "Offset of field: umux_pool_req::up_miss",
    ][::core::mem::offset_of!(umux_pool_req, up_miss) - 41usize];
    [
        "Offset of field: umux_pool_req::up_pad",
    ][::core::mem::offset_of!(umux_pool_req, up_pad) - 42usize];
    [
        "Offset of field: umux_pool_req::up_flags",
    ][::core::mem::offset_of!(umux_pool_req, up_flags) - 44usize];
    [
        "Offset of field: umux_pool_req::up_max_age",
    ][::core::mem::offset_of!(umux_pool_req, up_max_age) - 48usize];
    [
        "Offset of field: umux_pool_req::up_notify_ms",
    ][::core::mem::offset_of!(umux_pool_req, up_notify_ms) - 52usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_pool_info {
    pub pi_ifname: [::core::ffi::c_char; 16usize],
    pub pi_ifindex: u32,
    pub pi_flags: u32,
    pub pi_prefix: umux_in6,
    pub pi_plen: u8,
    pub pi_miss: u8,
    pub pi_pad: u16,
    pub pi_max_age: u32,
    pub pi_notify_ms: u32,
    pub pi_count: [u32; 7usize],
    pub pi_added: u64,
    pub pi_taken: u64,
    pub pi_returned: u64,
    pub pi_ended: u64,
    pub pi_missed: u64,
    pub pi_duplicated: u64,
    pub pi_expired: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_pool_info"][::core::mem::size_of::<umux_pool_info>() - 136usize];
    ["Alignment of umux_pool_info"][::core::mem::align_of::<umux_pool_info>() - 8usize];
    [
        "Offset of field: umux_pool_info::pi_ifname",
    ][::core::mem::offset_of!(umux_pool_info, pi_ifname) - 0usize];
    [
        "Offset of field: umux_pool_info::pi_ifindex",
    ][::core::mem::offset_of!(umux_pool_info, pi_ifindex) - 16usize];
    [
        "Offset of field: umux_pool_info::pi_flags",
    ][::core::mem::offset_of!(umux_pool_info, pi_flags) - 20usize];
    [
        "Offset of field: umux_pool_info::pi_prefix",
    ][::core::mem::offset_of!(umux_pool_info, pi_prefix) - 24usize];
    [
        "Offset of field: umux_pool_info::pi_plen",
    ][::core::mem::offset_of!(umux_pool_info, pi_plen) - 40usize];
    [
        "Offset of field: umux_pool_info::pi_miss",
    ][::core::mem::offset_of!(umux_pool_info, pi_miss) - 41usize];
    [
        "Offset of field: umux_pool_info::pi_pad",
    ][::core::mem::offset_of!(umux_pool_info, pi_pad) - 42usize];
    [
        "Offset of field: umux_pool_info::pi_max_age",
    ][::core::mem::offset_of!(umux_pool_info, pi_max_age) - 44usize];
    [
        "Offset of field: umux_pool_info::pi_notify_ms",
    ][::core::mem::offset_of!(umux_pool_info, pi_notify_ms) - 48usize];
    [
        "Offset of field: umux_pool_info::pi_count",
    ][::core::mem::offset_of!(umux_pool_info, pi_count) - 52usize];
    [
        "Offset of field: umux_pool_info::pi_added",
    ][::core::mem::offset_of!(umux_pool_info, pi_added) - 80usize];
    [
        "Offset of field: umux_pool_info::pi_taken",
    ][::core::mem::offset_of!(umux_pool_info, pi_taken) - 88usize];
    [
        "Offset of field: umux_pool_info::pi_returned",
    ][::core::mem::offset_of!(umux_pool_info, pi_returned) - 96usize];
    [
        "Offset of field: umux_pool_info::pi_ended",
    ][::core::mem::offset_of!(umux_pool_info, pi_ended) - 104usize];
    [
        "Offset of field: umux_pool_info::pi_missed",
    ][::core::mem::offset_of!(umux_pool_info, pi_missed) - 112usize];
    [
        "Offset of field: umux_pool_info::pi_duplicated",
    ][::core::mem::offset_of!(umux_pool_info, pi_duplicated) - 120usize];
    [
        "Offset of field: umux_pool_info::pi_expired",
    ][::core::mem::offset_of!(umux_pool_info, pi_expired) - 128usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_addr_item {
    pub ai_addr: umux_in6,
    pub ai_error: i32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_addr_item"][::core::mem::size_of::<umux_addr_item>() - 20usize];
    ["Alignment of umux_addr_item"][::core::mem::align_of::<umux_addr_item>() - 4usize];
    [
        "Offset of field: umux_addr_item::ai_addr",
    ][::core::mem::offset_of!(umux_addr_item, ai_addr) - 0usize];
    [
        "Offset of field: umux_addr_item::ai_error",
    ][::core::mem::offset_of!(umux_addr_item, ai_error) - 16usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_addr_req {
    pub ua_hdr: umux_hdr,
    pub ua_ifname: [::core::ffi::c_char; 16usize],
    pub ua_prefix: umux_in6,
    pub ua_plen: u8,
    pub ua_pad: [u8; 3usize],
    pub ua_count: u32,
    pub ua_done: u32,
    pub ua_pad2: u32,
    pub ua_items: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_addr_req"][::core::mem::size_of::<umux_addr_req>() - 64usize];
    ["Alignment of umux_addr_req"][::core::mem::align_of::<umux_addr_req>() - 8usize];
    [
        "Offset of field: umux_addr_req::ua_hdr",
    ][::core::mem::offset_of!(umux_addr_req, ua_hdr) - 0usize];
    [
        "Offset of field: umux_addr_req::ua_ifname",
    ][::core::mem::offset_of!(umux_addr_req, ua_ifname) - 8usize];
    [
        "Offset of field: umux_addr_req::ua_prefix",
    ][::core::mem::offset_of!(umux_addr_req, ua_prefix) - 24usize];
    [
        "Offset of field: umux_addr_req::ua_plen",
    ][::core::mem::offset_of!(umux_addr_req, ua_plen) - 40usize];
    [
        "Offset of field: umux_addr_req::ua_pad",
    ][::core::mem::offset_of!(umux_addr_req, ua_pad) - 41usize];
    [
        "Offset of field: umux_addr_req::ua_count",
    ][::core::mem::offset_of!(umux_addr_req, ua_count) - 44usize];
    [
        "Offset of field: umux_addr_req::ua_done",
    ][::core::mem::offset_of!(umux_addr_req, ua_done) - 48usize];
    [
        "Offset of field: umux_addr_req::ua_pad2",
    ][::core::mem::offset_of!(umux_addr_req, ua_pad2) - 52usize];
    [
        "Offset of field: umux_addr_req::ua_items",
    ][::core::mem::offset_of!(umux_addr_req, ua_items) - 56usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_addr_info {
    pub ad_addr: umux_in6,
    pub ad_ifindex: u32,
    pub ad_state: u8,
    pub ad_plen: u8,
    pub ad_probes_left: u8,
    pub ad_proto: u8,
    pub ad_age_ms: u32,
    pub ad_timer_ms: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_addr_info"][::core::mem::size_of::<umux_addr_info>() - 32usize];
    ["Alignment of umux_addr_info"][::core::mem::align_of::<umux_addr_info>() - 4usize];
    [
        "Offset of field: umux_addr_info::ad_addr",
    ][::core::mem::offset_of!(umux_addr_info, ad_addr) - 0usize];
    [
        "Offset of field: umux_addr_info::ad_ifindex",
    ][::core::mem::offset_of!(umux_addr_info, ad_ifindex) - 16usize];
    [
        "Offset of field: umux_addr_info::ad_state",
    ][::core::mem::offset_of!(umux_addr_info, ad_state) - 20usize];
    [
        "Offset of field: umux_addr_info::ad_plen",
    ][::core::mem::offset_of!(umux_addr_info, ad_plen) - 21usize];
    [
        "Offset of field: umux_addr_info::ad_probes_left",
    ][::core::mem::offset_of!(umux_addr_info, ad_probes_left) - 22usize];
    [
        "Offset of field: umux_addr_info::ad_proto",
    ][::core::mem::offset_of!(umux_addr_info, ad_proto) - 23usize];
    [
        "Offset of field: umux_addr_info::ad_age_ms",
    ][::core::mem::offset_of!(umux_addr_info, ad_age_ms) - 24usize];
    [
        "Offset of field: umux_addr_info::ad_timer_ms",
    ][::core::mem::offset_of!(umux_addr_info, ad_timer_ms) - 28usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_sess_info {
    pub si_local: umux_in6,
    pub si_peer: umux_in6,
    pub si_ifindex: u32,
    pub si_lport: u16,
    pub si_fport: u16,
    pub si_proto: u8,
    pub si_flags: u8,
    pub si_pad: u16,
    pub si_uid: u32,
    pub si_age_ms: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_sess_info"][::core::mem::size_of::<umux_sess_info>() - 56usize];
    ["Alignment of umux_sess_info"][::core::mem::align_of::<umux_sess_info>() - 8usize];
    [
        "Offset of field: umux_sess_info::si_local",
    ][::core::mem::offset_of!(umux_sess_info, si_local) - 0usize];
    [
        "Offset of field: umux_sess_info::si_peer",
    ][::core::mem::offset_of!(umux_sess_info, si_peer) - 16usize];
    [
        "Offset of field: umux_sess_info::si_ifindex",
    ][::core::mem::offset_of!(umux_sess_info, si_ifindex) - 32usize];
    [
        "Offset of field: umux_sess_info::si_lport",
    ][::core::mem::offset_of!(umux_sess_info, si_lport) - 36usize];
    [
        "Offset of field: umux_sess_info::si_fport",
    ][::core::mem::offset_of!(umux_sess_info, si_fport) - 38usize];
    [
        "Offset of field: umux_sess_info::si_proto",
    ][::core::mem::offset_of!(umux_sess_info, si_proto) - 40usize];
    [
        "Offset of field: umux_sess_info::si_flags",
    ][::core::mem::offset_of!(umux_sess_info, si_flags) - 41usize];
    [
        "Offset of field: umux_sess_info::si_pad",
    ][::core::mem::offset_of!(umux_sess_info, si_pad) - 42usize];
    [
        "Offset of field: umux_sess_info::si_uid",
    ][::core::mem::offset_of!(umux_sess_info, si_uid) - 44usize];
    [
        "Offset of field: umux_sess_info::si_age_ms",
    ][::core::mem::offset_of!(umux_sess_info, si_age_ms) - 48usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_dump_req {
    pub ud_hdr: umux_hdr,
    pub ud_cursor: u32,
    pub ud_count: u32,
    pub ud_recsize: u32,
    pub ud_pad: u32,
    pub ud_buf: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_dump_req"][::core::mem::size_of::<umux_dump_req>() - 32usize];
    ["Alignment of umux_dump_req"][::core::mem::align_of::<umux_dump_req>() - 8usize];
    [
        "Offset of field: umux_dump_req::ud_hdr",
    ][::core::mem::offset_of!(umux_dump_req, ud_hdr) - 0usize];
    [
        "Offset of field: umux_dump_req::ud_cursor",
    ][::core::mem::offset_of!(umux_dump_req, ud_cursor) - 8usize];
    [
        "Offset of field: umux_dump_req::ud_count",
    ][::core::mem::offset_of!(umux_dump_req, ud_count) - 12usize];
    [
        "Offset of field: umux_dump_req::ud_recsize",
    ][::core::mem::offset_of!(umux_dump_req, ud_recsize) - 16usize];
    [
        "Offset of field: umux_dump_req::ud_pad",
    ][::core::mem::offset_of!(umux_dump_req, ud_pad) - 20usize];
    [
        "Offset of field: umux_dump_req::ud_buf",
    ][::core::mem::offset_of!(umux_dump_req, ud_buf) - 24usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_flush_req {
    pub uf_hdr: umux_hdr,
    pub uf_ifname: [::core::ffi::c_char; 16usize],
    pub uf_flushed: u32,
    pub uf_pad: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_flush_req"][::core::mem::size_of::<umux_flush_req>() - 32usize];
    ["Alignment of umux_flush_req"][::core::mem::align_of::<umux_flush_req>() - 4usize];
    [
        "Offset of field: umux_flush_req::uf_hdr",
    ][::core::mem::offset_of!(umux_flush_req, uf_hdr) - 0usize];
    [
        "Offset of field: umux_flush_req::uf_ifname",
    ][::core::mem::offset_of!(umux_flush_req, uf_ifname) - 8usize];
    [
        "Offset of field: umux_flush_req::uf_flushed",
    ][::core::mem::offset_of!(umux_flush_req, uf_flushed) - 24usize];
    [
        "Offset of field: umux_flush_req::uf_pad",
    ][::core::mem::offset_of!(umux_flush_req, uf_pad) - 28usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_label {
    pub la_prefix: umux_in6,
    pub la_precedence: u32,
    pub la_label: u32,
    pub la_plen: u8,
    pub la_pad: [u8; 7usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_label"][::core::mem::size_of::<umux_label>() - 32usize];
    ["Alignment of umux_label"][::core::mem::align_of::<umux_label>() - 4usize];
    [
        "Offset of field: umux_label::la_prefix",
    ][::core::mem::offset_of!(umux_label, la_prefix) - 0usize];
    [
        "Offset of field: umux_label::la_precedence",
    ][::core::mem::offset_of!(umux_label, la_precedence) - 16usize];
    [
        "Offset of field: umux_label::la_label",
    ][::core::mem::offset_of!(umux_label, la_label) - 20usize];
    [
        "Offset of field: umux_label::la_plen",
    ][::core::mem::offset_of!(umux_label, la_plen) - 24usize];
    [
        "Offset of field: umux_label::la_pad",
    ][::core::mem::offset_of!(umux_label, la_pad) - 25usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_rule {
    pub ru_dst: umux_in6,
    pub ru_plen: u8,
    pub ru_verdict: u8,
    pub ru_proto: u8,
    pub ru_wish: u8,
    pub ru_port_first: u16,
    pub ru_port_last: u16,
    pub ru_uid_first: u32,
    pub ru_uid_last: u32,
    pub ru_jail: u32,
    pub ru_pad: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_rule"][::core::mem::size_of::<umux_rule>() - 40usize];
    ["Alignment of umux_rule"][::core::mem::align_of::<umux_rule>() - 4usize];
    [
        "Offset of field: umux_rule::ru_dst",
    ][::core::mem::offset_of!(umux_rule, ru_dst) - 0usize];
    [
        "Offset of field: umux_rule::ru_plen",
    ][::core::mem::offset_of!(umux_rule, ru_plen) - 16usize];
    [
        "Offset of field: umux_rule::ru_verdict",
    ][::core::mem::offset_of!(umux_rule, ru_verdict) - 17usize];
    [
        "Offset of field: umux_rule::ru_proto",
    ][::core::mem::offset_of!(umux_rule, ru_proto) - 18usize];
    [
        "Offset of field: umux_rule::ru_wish",
    ][::core::mem::offset_of!(umux_rule, ru_wish) - 19usize];
    [
        "Offset of field: umux_rule::ru_port_first",
    ][::core::mem::offset_of!(umux_rule, ru_port_first) - 20usize];
    [
        "Offset of field: umux_rule::ru_port_last",
    ][::core::mem::offset_of!(umux_rule, ru_port_last) - 22usize];
    [
        "Offset of field: umux_rule::ru_uid_first",
    ][::core::mem::offset_of!(umux_rule, ru_uid_first) - 24usize];
    [
        "Offset of field: umux_rule::ru_uid_last",
    ][::core::mem::offset_of!(umux_rule, ru_uid_last) - 28usize];
    [
        "Offset of field: umux_rule::ru_jail",
    ][::core::mem::offset_of!(umux_rule, ru_jail) - 32usize];
    [
        "Offset of field: umux_rule::ru_pad",
    ][::core::mem::offset_of!(umux_rule, ru_pad) - 36usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_lrule {
    pub lr_addr: umux_in6,
    pub lr_plen: u8,
    pub lr_verdict: u8,
    pub lr_port_first: u16,
    pub lr_port_last: u16,
    pub lr_pad: u16,
    pub lr_uid_first: u32,
    pub lr_uid_last: u32,
    pub lr_jail: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_lrule"][::core::mem::size_of::<umux_lrule>() - 36usize];
    ["Alignment of umux_lrule"][::core::mem::align_of::<umux_lrule>() - 4usize];
    [
        "Offset of field: umux_lrule::lr_addr",
    ][::core::mem::offset_of!(umux_lrule, lr_addr) - 0usize];
    [
        "Offset of field: umux_lrule::lr_plen",
    ][::core::mem::offset_of!(umux_lrule, lr_plen) - 16usize];
    [
        "Offset of field: umux_lrule::lr_verdict",
    ][::core::mem::offset_of!(umux_lrule, lr_verdict) - 17usize];
    [
        "Offset of field: umux_lrule::lr_port_first",
    ][::core::mem::offset_of!(umux_lrule, lr_port_first) - 18usize];
    [
        "Offset of field: umux_lrule::lr_port_last",
    ][::core::mem::offset_of!(umux_lrule, lr_port_last) - 20usize];
    [
        "Offset of field: umux_lrule::lr_pad",
    ][::core::mem::offset_of!(umux_lrule, lr_pad) - 22usize];
    [
        "Offset of field: umux_lrule::lr_uid_first",
    ][::core::mem::offset_of!(umux_lrule, lr_uid_first) - 24usize];
    [
        "Offset of field: umux_lrule::lr_uid_last",
    ][::core::mem::offset_of!(umux_lrule, lr_uid_last) - 28usize];
    [
        "Offset of field: umux_lrule::lr_jail",
    ][::core::mem::offset_of!(umux_lrule, lr_jail) - 32usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_listen_info {
    pub li_addr: umux_in6,
    pub li_port: u16,
    pub li_flags: u8,
    pub li_pad: u8,
    pub li_uid: u32,
    pub li_jail: u32,
    pub li_pid: u32,
    pub li_waiting: u32,
    pub li_pad2: u32,
    pub li_made: u64,
    pub li_age_ms: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_listen_info"][::core::mem::size_of::<umux_listen_info>() - 56usize];
    [
        "Alignment of umux_listen_info",
    ][::core::mem::align_of::<umux_listen_info>() - 8usize];
    [
        "Offset of field: umux_listen_info::li_addr",
    ][::core::mem::offset_of!(umux_listen_info, li_addr) - 0usize];
    [
        "Offset of field: umux_listen_info::li_port",
    ][::core::mem::offset_of!(umux_listen_info, li_port) - 16usize];
    [
        "Offset of field: umux_listen_info::li_flags",
    ][::core::mem::offset_of!(umux_listen_info, li_flags) - 18usize];
    [
        "Offset of field: umux_listen_info::li_pad",
    ][::core::mem::offset_of!(umux_listen_info, li_pad) - 19usize];
    [
        "Offset of field: umux_listen_info::li_uid",
    ][::core::mem::offset_of!(umux_listen_info, li_uid) - 20usize];
    [
        "Offset of field: umux_listen_info::li_jail",
    ][::core::mem::offset_of!(umux_listen_info, li_jail) - 24usize];
    [
        "Offset of field: umux_listen_info::li_pid",
    ][::core::mem::offset_of!(umux_listen_info, li_pid) - 28usize];
    [
        "Offset of field: umux_listen_info::li_waiting",
    ][::core::mem::offset_of!(umux_listen_info, li_waiting) - 32usize];
    [
        "Offset of field: umux_listen_info::li_pad2",
    ][::core::mem::offset_of!(umux_listen_info, li_pad2) - 36usize];
    [
        "Offset of field: umux_listen_info::li_made",
    ][::core::mem::offset_of!(umux_listen_info, li_made) - 40usize];
    [
        "Offset of field: umux_listen_info::li_age_ms",
    ][::core::mem::offset_of!(umux_listen_info, li_age_ms) - 48usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_das_req {
    pub da_hdr: umux_hdr,
    pub da_ssa: umux_in6,
    pub da_client: umux_in6,
    pub da_client_plen: u8,
    pub da_plen: u8,
    pub da_port: u16,
    pub da_flags: u32,
    pub da_pid: u32,
    pub da_lifetime_ms: u32,
    pub da_ifname: [::core::ffi::c_char; 16usize],
    pub da_prefix: umux_in6,
    pub da_fd: i32,
    pub da_pad: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_das_req"][::core::mem::size_of::<umux_das_req>() - 96usize];
    ["Alignment of umux_das_req"][::core::mem::align_of::<umux_das_req>() - 4usize];
    [
        "Offset of field: umux_das_req::da_hdr",
    ][::core::mem::offset_of!(umux_das_req, da_hdr) - 0usize];
    [
        "Offset of field: umux_das_req::da_ssa",
    ][::core::mem::offset_of!(umux_das_req, da_ssa) - 8usize];
    [
        "Offset of field: umux_das_req::da_client",
    ][::core::mem::offset_of!(umux_das_req, da_client) - 24usize];
    [
        "Offset of field: umux_das_req::da_client_plen",
    ][::core::mem::offset_of!(umux_das_req, da_client_plen) - 40usize];
    [
        "Offset of field: umux_das_req::da_plen",
    ][::core::mem::offset_of!(umux_das_req, da_plen) - 41usize];
    [
        "Offset of field: umux_das_req::da_port",
    ][::core::mem::offset_of!(umux_das_req, da_port) - 42usize];
    [
        "Offset of field: umux_das_req::da_flags",
    ][::core::mem::offset_of!(umux_das_req, da_flags) - 44usize];
    [
        "Offset of field: umux_das_req::da_pid",
    ][::core::mem::offset_of!(umux_das_req, da_pid) - 48usize];
    [
        "Offset of field: umux_das_req::da_lifetime_ms",
    ][::core::mem::offset_of!(umux_das_req, da_lifetime_ms) - 52usize];
    [
        "Offset of field: umux_das_req::da_ifname",
    ][::core::mem::offset_of!(umux_das_req, da_ifname) - 56usize];
    [
        "Offset of field: umux_das_req::da_prefix",
    ][::core::mem::offset_of!(umux_das_req, da_prefix) - 72usize];
    [
        "Offset of field: umux_das_req::da_fd",
    ][::core::mem::offset_of!(umux_das_req, da_fd) - 88usize];
    [
        "Offset of field: umux_das_req::da_pad",
    ][::core::mem::offset_of!(umux_das_req, da_pad) - 92usize];
};
pub const UMUX_P_CLIENT: umux_phase = 0;
pub const UMUX_P_ARMED: umux_phase = 1;
pub const UMUX_P_LOCKED: umux_phase = 2;
pub const UMUX_P_ACKED: umux_phase = 3;
pub const UMUX_P_ESTABLISHED: umux_phase = 4;
pub const UMUX_P_CLOSING: umux_phase = 5;
pub type umux_phase = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_das_info {
    pub di_ssa: umux_in6,
    pub di_client: umux_in6,
    pub di_client_plen: u8,
    pub di_phase: u8,
    pub di_port: u16,
    pub di_fport: u16,
    pub di_pad: u16,
    pub di_ifindex: u32,
    pub di_uid: u32,
    pub di_lease_ms: u32,
    pub di_age_ms: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_das_info"][::core::mem::size_of::<umux_das_info>() - 56usize];
    ["Alignment of umux_das_info"][::core::mem::align_of::<umux_das_info>() - 4usize];
    [
        "Offset of field: umux_das_info::di_ssa",
    ][::core::mem::offset_of!(umux_das_info, di_ssa) - 0usize];
    [
        "Offset of field: umux_das_info::di_client",
    ][::core::mem::offset_of!(umux_das_info, di_client) - 16usize];
    [
        "Offset of field: umux_das_info::di_client_plen",
    ][::core::mem::offset_of!(umux_das_info, di_client_plen) - 32usize];
    [
        "Offset of field: umux_das_info::di_phase",
    ][::core::mem::offset_of!(umux_das_info, di_phase) - 33usize];
    [
        "Offset of field: umux_das_info::di_port",
    ][::core::mem::offset_of!(umux_das_info, di_port) - 34usize];
    [
        "Offset of field: umux_das_info::di_fport",
    ][::core::mem::offset_of!(umux_das_info, di_fport) - 36usize];
    [
        "Offset of field: umux_das_info::di_pad",
    ][::core::mem::offset_of!(umux_das_info, di_pad) - 38usize];
    [
        "Offset of field: umux_das_info::di_ifindex",
    ][::core::mem::offset_of!(umux_das_info, di_ifindex) - 40usize];
    [
        "Offset of field: umux_das_info::di_uid",
    ][::core::mem::offset_of!(umux_das_info, di_uid) - 44usize];
    [
        "Offset of field: umux_das_info::di_lease_ms",
    ][::core::mem::offset_of!(umux_das_info, di_lease_ms) - 48usize];
    [
        "Offset of field: umux_das_info::di_age_ms",
    ][::core::mem::offset_of!(umux_das_info, di_age_ms) - 52usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_policy_req {
    pub uy_hdr: umux_hdr,
    pub uy_flags: u32,
    pub uy_count: u32,
    pub uy_recsize: u32,
    pub uy_pad: u32,
    pub uy_buf: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_policy_req"][::core::mem::size_of::<umux_policy_req>() - 32usize];
    [
        "Alignment of umux_policy_req",
    ][::core::mem::align_of::<umux_policy_req>() - 8usize];
    [
        "Offset of field: umux_policy_req::uy_hdr",
    ][::core::mem::offset_of!(umux_policy_req, uy_hdr) - 0usize];
    [
        "Offset of field: umux_policy_req::uy_flags",
    ][::core::mem::offset_of!(umux_policy_req, uy_flags) - 8usize];
    [
        "Offset of field: umux_policy_req::uy_count",
    ][::core::mem::offset_of!(umux_policy_req, uy_count) - 12usize];
    [
        "Offset of field: umux_policy_req::uy_recsize",
    ][::core::mem::offset_of!(umux_policy_req, uy_recsize) - 16usize];
    [
        "Offset of field: umux_policy_req::uy_pad",
    ][::core::mem::offset_of!(umux_policy_req, uy_pad) - 20usize];
    [
        "Offset of field: umux_policy_req::uy_buf",
    ][::core::mem::offset_of!(umux_policy_req, uy_buf) - 24usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_counters {
    pub uc_in_session: u64,
    pub uc_in_dropped: u64,
    pub uc_out_session: u64,
    pub uc_out_dropped: u64,
    pub uc_out_local: u64,
    pub uc_ns_dad: u64,
    pub uc_ns_resolve: u64,
    pub uc_ns_silent: u64,
    pub uc_na: u64,
    pub uc_nd_invalid: u64,
    pub uc_probes: u64,
    pub uc_defended: u64,
    pub uc_answered: u64,
    pub uc_looped: u64,
    pub uc_duplicated: u64,
    pub uc_conflict: u64,
    pub uc_taken: u64,
    pub uc_returned: u64,
    pub uc_ended: u64,
    pub uc_missed: u64,
    pub uc_bypassed: u64,
    pub uc_events: u64,
    pub uc_guarded: u64,
    pub uc_armed: u64,
    pub uc_accepted: u64,
    pub uc_lapsed: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_counters"][::core::mem::size_of::<umux_counters>() - 208usize];
    ["Alignment of umux_counters"][::core::mem::align_of::<umux_counters>() - 8usize];
    [
        "Offset of field: umux_counters::uc_in_session",
    ][::core::mem::offset_of!(umux_counters, uc_in_session) - 0usize];
    [
        "Offset of field: umux_counters::uc_in_dropped",
    ][::core::mem::offset_of!(umux_counters, uc_in_dropped) - 8usize];
    [
        "Offset of field: umux_counters::uc_out_session",
    ][::core::mem::offset_of!(umux_counters, uc_out_session) - 16usize];
    [
        "Offset of field: umux_counters::uc_out_dropped",
    ][::core::mem::offset_of!(umux_counters, uc_out_dropped) - 24usize];
    [
        "Offset of field: umux_counters::uc_out_local",
    ][::core::mem::offset_of!(umux_counters, uc_out_local) - 32usize];
    [
        "Offset of field: umux_counters::uc_ns_dad",
    ][::core::mem::offset_of!(umux_counters, uc_ns_dad) - 40usize];
    [
        "Offset of field: umux_counters::uc_ns_resolve",
    ][::core::mem::offset_of!(umux_counters, uc_ns_resolve) - 48usize];
    [
        "Offset of field: umux_counters::uc_ns_silent",
    ][::core::mem::offset_of!(umux_counters, uc_ns_silent) - 56usize];
    [
        "Offset of field: umux_counters::uc_na",
    ][::core::mem::offset_of!(umux_counters, uc_na) - 64usize];
    [
        "Offset of field: umux_counters::uc_nd_invalid",
    ][::core::mem::offset_of!(umux_counters, uc_nd_invalid) - 72usize];
    [
        "Offset of field: umux_counters::uc_probes",
    ][::core::mem::offset_of!(umux_counters, uc_probes) - 80usize];
    [
        "Offset of field: umux_counters::uc_defended",
    ][::core::mem::offset_of!(umux_counters, uc_defended) - 88usize];
    [
        "Offset of field: umux_counters::uc_answered",
    ][::core::mem::offset_of!(umux_counters, uc_answered) - 96usize];
    [
        "Offset of field: umux_counters::uc_looped",
    ][::core::mem::offset_of!(umux_counters, uc_looped) - 104usize];
    [
        "Offset of field: umux_counters::uc_duplicated",
    ][::core::mem::offset_of!(umux_counters, uc_duplicated) - 112usize];
    [
        "Offset of field: umux_counters::uc_conflict",
    ][::core::mem::offset_of!(umux_counters, uc_conflict) - 120usize];
    [
        "Offset of field: umux_counters::uc_taken",
    ][::core::mem::offset_of!(umux_counters, uc_taken) - 128usize];
    [
        "Offset of field: umux_counters::uc_returned",
    ][::core::mem::offset_of!(umux_counters, uc_returned) - 136usize];
    [
        "Offset of field: umux_counters::uc_ended",
    ][::core::mem::offset_of!(umux_counters, uc_ended) - 144usize];
    [
        "Offset of field: umux_counters::uc_missed",
    ][::core::mem::offset_of!(umux_counters, uc_missed) - 152usize];
    [
        "Offset of field: umux_counters::uc_bypassed",
    ][::core::mem::offset_of!(umux_counters, uc_bypassed) - 160usize];
    [
        "Offset of field: umux_counters::uc_events",
    ][::core::mem::offset_of!(umux_counters, uc_events) - 168usize];
    [
        "Offset of field: umux_counters::uc_guarded",
    ][::core::mem::offset_of!(umux_counters, uc_guarded) - 176usize];
    [
        "Offset of field: umux_counters::uc_armed",
    ][::core::mem::offset_of!(umux_counters, uc_armed) - 184usize];
    [
        "Offset of field: umux_counters::uc_accepted",
    ][::core::mem::offset_of!(umux_counters, uc_accepted) - 192usize];
    [
        "Offset of field: umux_counters::uc_lapsed",
    ][::core::mem::offset_of!(umux_counters, uc_lapsed) - 200usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_stats_req {
    pub us_hdr: umux_hdr,
    pub us_counters: umux_counters,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_stats_req"][::core::mem::size_of::<umux_stats_req>() - 216usize];
    ["Alignment of umux_stats_req"][::core::mem::align_of::<umux_stats_req>() - 8usize];
    [
        "Offset of field: umux_stats_req::us_hdr",
    ][::core::mem::offset_of!(umux_stats_req, us_hdr) - 0usize];
    [
        "Offset of field: umux_stats_req::us_counters",
    ][::core::mem::offset_of!(umux_stats_req, us_counters) - 8usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_sockaddr {
    pub su_len: u8,
    pub su_family: u8,
    pub su_events: u16,
    pub su_seq: u32,
    pub su_uncertain: u32,
    pub su_tentative: u32,
    pub su_valid: u32,
    pub su_duplicated: u32,
    pub su_missed: u32,
    pub su_pad: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_sockaddr"][::core::mem::size_of::<umux_sockaddr>() - 32usize];
    ["Alignment of umux_sockaddr"][::core::mem::align_of::<umux_sockaddr>() - 4usize];
    [
        "Offset of field: umux_sockaddr::su_len",
    ][::core::mem::offset_of!(umux_sockaddr, su_len) - 0usize];
    [
        "Offset of field: umux_sockaddr::su_family",
    ][::core::mem::offset_of!(umux_sockaddr, su_family) - 1usize];
    [
        "Offset of field: umux_sockaddr::su_events",
    ][::core::mem::offset_of!(umux_sockaddr, su_events) - 2usize];
    [
        "Offset of field: umux_sockaddr::su_seq",
    ][::core::mem::offset_of!(umux_sockaddr, su_seq) - 4usize];
    [
        "Offset of field: umux_sockaddr::su_uncertain",
    ][::core::mem::offset_of!(umux_sockaddr, su_uncertain) - 8usize];
    [
        "Offset of field: umux_sockaddr::su_tentative",
    ][::core::mem::offset_of!(umux_sockaddr, su_tentative) - 12usize];
    [
        "Offset of field: umux_sockaddr::su_valid",
    ][::core::mem::offset_of!(umux_sockaddr, su_valid) - 16usize];
    [
        "Offset of field: umux_sockaddr::su_duplicated",
    ][::core::mem::offset_of!(umux_sockaddr, su_duplicated) - 20usize];
    [
        "Offset of field: umux_sockaddr::su_missed",
    ][::core::mem::offset_of!(umux_sockaddr, su_missed) - 24usize];
    [
        "Offset of field: umux_sockaddr::su_pad",
    ][::core::mem::offset_of!(umux_sockaddr, su_pad) - 28usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_plane {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_core_config {
    pub cc_key: [u64; 2usize],
    pub cc_max_addrs: u32,
    pub cc_max_pools: u32,
    pub cc_max_ifaces: u32,
    pub cc_tombstone_ms: u32,
    pub cc_duplicated_ms: u32,
    pub cc_audit_ms: u32,
    pub cc_dad_spread_ms: u32,
    pub cc_pad: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_core_config"][::core::mem::size_of::<umux_core_config>() - 48usize];
    [
        "Alignment of umux_core_config",
    ][::core::mem::align_of::<umux_core_config>() - 8usize];
    [
        "Offset of field: umux_core_config::cc_key",
    ][::core::mem::offset_of!(umux_core_config, cc_key) - 0usize];
    [
        "Offset of field: umux_core_config::cc_max_addrs",
    ][::core::mem::offset_of!(umux_core_config, cc_max_addrs) - 16usize];
    [
        "Offset of field: umux_core_config::cc_max_pools",
    ][::core::mem::offset_of!(umux_core_config, cc_max_pools) - 20usize];
    [
        "Offset of field: umux_core_config::cc_max_ifaces",
    ][::core::mem::offset_of!(umux_core_config, cc_max_ifaces) - 24usize];
    [
        "Offset of field: umux_core_config::cc_tombstone_ms",
    ][::core::mem::offset_of!(umux_core_config, cc_tombstone_ms) - 28usize];
    [
        "Offset of field: umux_core_config::cc_duplicated_ms",
    ][::core::mem::offset_of!(umux_core_config, cc_duplicated_ms) - 32usize];
    [
        "Offset of field: umux_core_config::cc_audit_ms",
    ][::core::mem::offset_of!(umux_core_config, cc_audit_ms) - 36usize];
    [
        "Offset of field: umux_core_config::cc_dad_spread_ms",
    ][::core::mem::offset_of!(umux_core_config, cc_dad_spread_ms) - 40usize];
    [
        "Offset of field: umux_core_config::cc_pad",
    ][::core::mem::offset_of!(umux_core_config, cc_pad) - 44usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_core_iface {
    pub ci_ifindex: u32,
    pub ci_dad_count: u32,
    pub ci_retrans_ms: u32,
    pub ci_up: u8,
    pub ci_lladdr_len: u8,
    pub ci_lladdr: [u8; 8usize],
    pub ci_pad: [u8; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_core_iface"][::core::mem::size_of::<umux_core_iface>() - 24usize];
    [
        "Alignment of umux_core_iface",
    ][::core::mem::align_of::<umux_core_iface>() - 4usize];
    [
        "Offset of field: umux_core_iface::ci_ifindex",
    ][::core::mem::offset_of!(umux_core_iface, ci_ifindex) - 0usize];
    [
        "Offset of field: umux_core_iface::ci_dad_count",
    ][::core::mem::offset_of!(umux_core_iface, ci_dad_count) - 4usize];
    [
        "Offset of field: umux_core_iface::ci_retrans_ms",
    ][::core::mem::offset_of!(umux_core_iface, ci_retrans_ms) - 8usize];
    [
        "Offset of field: umux_core_iface::ci_up",
    ][::core::mem::offset_of!(umux_core_iface, ci_up) - 12usize];
    [
        "Offset of field: umux_core_iface::ci_lladdr_len",
    ][::core::mem::offset_of!(umux_core_iface, ci_lladdr_len) - 13usize];
    [
        "Offset of field: umux_core_iface::ci_lladdr",
    ][::core::mem::offset_of!(umux_core_iface, ci_lladdr) - 14usize];
    [
        "Offset of field: umux_core_iface::ci_pad",
    ][::core::mem::offset_of!(umux_core_iface, ci_pad) - 22usize];
};
pub const UMUX_A_NONE: umux_action_kind = 0;
pub const UMUX_A_SEND: umux_action_kind = 1;
pub const UMUX_A_SEND_TO: umux_action_kind = 2;
pub const UMUX_A_LEAVE: umux_action_kind = 3;
pub const UMUX_A_EVENT: umux_action_kind = 4;
pub const UMUX_A_CHECK_PCB: umux_action_kind = 5;
pub const UMUX_A_CHECK_POOL: umux_action_kind = 6;
pub const UMUX_A_FIND_PCB: umux_action_kind = 7;
pub const UMUX_A_ANSWER: umux_action_kind = 8;
pub type umux_action_kind = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct umux_action {
    pub ua_kind: u32,
    pub ua_ifindex: u32,
    pub ua_pool: u32,
    pub ua_len: u16,
    pub ua_lladdr_len: u8,
    pub ua_plen: u8,
    pub ua_lladdr: [u8; 8usize],
    pub ua_handle: u64,
    pub ua_peer: umux_in6,
    pub __bindgen_anon_1: umux_action__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union umux_action__bindgen_ty_1 {
    pub ua_packet: [u8; 96usize],
    pub ua_event: umux_sockaddr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of umux_action__bindgen_ty_1",
    ][::core::mem::size_of::<umux_action__bindgen_ty_1>() - 96usize];
    [
        "Alignment of umux_action__bindgen_ty_1",
    ][::core::mem::align_of::<umux_action__bindgen_ty_1>() - 4usize];
    [
        "Offset of field: umux_action__bindgen_ty_1::ua_packet",
    ][::core::mem::offset_of!(umux_action__bindgen_ty_1, ua_packet) - 0usize];
    [
        "Offset of field: umux_action__bindgen_ty_1::ua_event",
    ][::core::mem::offset_of!(umux_action__bindgen_ty_1, ua_event) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_action"][::core::mem::size_of::<umux_action>() - 144usize];
    ["Alignment of umux_action"][::core::mem::align_of::<umux_action>() - 8usize];
    [
        "Offset of field: umux_action::ua_kind",
    ][::core::mem::offset_of!(umux_action, ua_kind) - 0usize];
    [
        "Offset of field: umux_action::ua_ifindex",
    ][::core::mem::offset_of!(umux_action, ua_ifindex) - 4usize];
    [
        "Offset of field: umux_action::ua_pool",
    ][::core::mem::offset_of!(umux_action, ua_pool) - 8usize];
    [
        "Offset of field: umux_action::ua_len",
    ][::core::mem::offset_of!(umux_action, ua_len) - 12usize];
    [
        "Offset of field: umux_action::ua_lladdr_len",
    ][::core::mem::offset_of!(umux_action, ua_lladdr_len) - 14usize];
    [
        "Offset of field: umux_action::ua_plen",
    ][::core::mem::offset_of!(umux_action, ua_plen) - 15usize];
    [
        "Offset of field: umux_action::ua_lladdr",
    ][::core::mem::offset_of!(umux_action, ua_lladdr) - 16usize];
    [
        "Offset of field: umux_action::ua_handle",
    ][::core::mem::offset_of!(umux_action, ua_handle) - 24usize];
    [
        "Offset of field: umux_action::ua_peer",
    ][::core::mem::offset_of!(umux_action, ua_peer) - 32usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct umux_actions {
    pub as_n: u32,
    pub as_pad: u32,
    pub as_v: [umux_action; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_actions"][::core::mem::size_of::<umux_actions>() - 584usize];
    ["Alignment of umux_actions"][::core::mem::align_of::<umux_actions>() - 8usize];
    [
        "Offset of field: umux_actions::as_n",
    ][::core::mem::offset_of!(umux_actions, as_n) - 0usize];
    [
        "Offset of field: umux_actions::as_pad",
    ][::core::mem::offset_of!(umux_actions, as_pad) - 4usize];
    [
        "Offset of field: umux_actions::as_v",
    ][::core::mem::offset_of!(umux_actions, as_v) - 8usize];
};
pub type umux_handle_t = u64;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_take {
    pub ut_ifindex: u32,
    pub ut_uid: u32,
    pub ut_peer: umux_in6,
    pub ut_fport: u16,
    pub ut_lport: u16,
    pub ut_jid: u32,
    pub ut_proto: u8,
    pub ut_wish: u8,
    pub ut_old: u8,
    pub ut_pad: u8,
    pub ut_handle: umux_handle_t,
    pub ut_local: umux_in6,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_take"][::core::mem::size_of::<umux_take>() - 64usize];
    ["Alignment of umux_take"][::core::mem::align_of::<umux_take>() - 8usize];
    [
        "Offset of field: umux_take::ut_ifindex",
    ][::core::mem::offset_of!(umux_take, ut_ifindex) - 0usize];
    [
        "Offset of field: umux_take::ut_uid",
    ][::core::mem::offset_of!(umux_take, ut_uid) - 4usize];
    [
        "Offset of field: umux_take::ut_peer",
    ][::core::mem::offset_of!(umux_take, ut_peer) - 8usize];
    [
        "Offset of field: umux_take::ut_fport",
    ][::core::mem::offset_of!(umux_take, ut_fport) - 24usize];
    [
        "Offset of field: umux_take::ut_lport",
    ][::core::mem::offset_of!(umux_take, ut_lport) - 26usize];
    [
        "Offset of field: umux_take::ut_jid",
    ][::core::mem::offset_of!(umux_take, ut_jid) - 28usize];
    [
        "Offset of field: umux_take::ut_proto",
    ][::core::mem::offset_of!(umux_take, ut_proto) - 32usize];
    [
        "Offset of field: umux_take::ut_wish",
    ][::core::mem::offset_of!(umux_take, ut_wish) - 33usize];
    [
        "Offset of field: umux_take::ut_old",
    ][::core::mem::offset_of!(umux_take, ut_old) - 34usize];
    [
        "Offset of field: umux_take::ut_pad",
    ][::core::mem::offset_of!(umux_take, ut_pad) - 35usize];
    [
        "Offset of field: umux_take::ut_handle",
    ][::core::mem::offset_of!(umux_take, ut_handle) - 40usize];
    [
        "Offset of field: umux_take::ut_local",
    ][::core::mem::offset_of!(umux_take, ut_local) - 48usize];
};
pub const UMUX_V_LEGACY: umux_verdict = 0;
pub const UMUX_V_LOCAL: umux_verdict = 1;
pub const UMUX_V_DROP: umux_verdict = 2;
pub const UMUX_V_ND: umux_verdict = 3;
pub const UMUX_V_MORE: umux_verdict = 4;
pub const UMUX_V_SEND: umux_verdict = 5;
pub const UMUX_V_SEND_SERVER: umux_verdict = 6;
pub const UMUX_V_ADMIT: umux_verdict = 7;
pub const UMUX_V_GUARDED: umux_verdict = 8;
pub type umux_verdict = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_listener {
    pub ul_addr: umux_in6,
    pub ul_cookie: u64,
    pub ul_port: u16,
    pub ul_dual: u8,
    pub ul_pad: u8,
    pub ul_uid: u32,
    pub ul_jid: u32,
    pub ul_pid: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_listener"][::core::mem::size_of::<umux_listener>() - 40usize];
    ["Alignment of umux_listener"][::core::mem::align_of::<umux_listener>() - 8usize];
    [
        "Offset of field: umux_listener::ul_addr",
    ][::core::mem::offset_of!(umux_listener, ul_addr) - 0usize];
    [
        "Offset of field: umux_listener::ul_cookie",
    ][::core::mem::offset_of!(umux_listener, ul_cookie) - 16usize];
    [
        "Offset of field: umux_listener::ul_port",
    ][::core::mem::offset_of!(umux_listener, ul_port) - 24usize];
    [
        "Offset of field: umux_listener::ul_dual",
    ][::core::mem::offset_of!(umux_listener, ul_dual) - 26usize];
    [
        "Offset of field: umux_listener::ul_pad",
    ][::core::mem::offset_of!(umux_listener, ul_pad) - 27usize];
    [
        "Offset of field: umux_listener::ul_uid",
    ][::core::mem::offset_of!(umux_listener, ul_uid) - 28usize];
    [
        "Offset of field: umux_listener::ul_jid",
    ][::core::mem::offset_of!(umux_listener, ul_jid) - 32usize];
    [
        "Offset of field: umux_listener::ul_pid",
    ][::core::mem::offset_of!(umux_listener, ul_pid) - 36usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_bind {
    pub ub_local: umux_in6,
    pub ub_peer: umux_in6,
    pub ub_cookie: u64,
    pub ub_lport: u16,
    pub ub_fport: u16,
    pub ub_ifindex: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_bind"][::core::mem::size_of::<umux_bind>() - 48usize];
    ["Alignment of umux_bind"][::core::mem::align_of::<umux_bind>() - 8usize];
    [
        "Offset of field: umux_bind::ub_local",
    ][::core::mem::offset_of!(umux_bind, ub_local) - 0usize];
    [
        "Offset of field: umux_bind::ub_peer",
    ][::core::mem::offset_of!(umux_bind, ub_peer) - 16usize];
    [
        "Offset of field: umux_bind::ub_cookie",
    ][::core::mem::offset_of!(umux_bind, ub_cookie) - 32usize];
    [
        "Offset of field: umux_bind::ub_lport",
    ][::core::mem::offset_of!(umux_bind, ub_lport) - 40usize];
    [
        "Offset of field: umux_bind::ub_fport",
    ][::core::mem::offset_of!(umux_bind, ub_fport) - 42usize];
    [
        "Offset of field: umux_bind::ub_ifindex",
    ][::core::mem::offset_of!(umux_bind, ub_ifindex) - 44usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct umux_das_how {
    pub dh_cookie: u64,
    pub dh_pool: u32,
    pub dh_lock_ms: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of umux_das_how"][::core::mem::size_of::<umux_das_how>() - 16usize];
    ["Alignment of umux_das_how"][::core::mem::align_of::<umux_das_how>() - 8usize];
    [
        "Offset of field: umux_das_how::dh_cookie",
    ][::core::mem::offset_of!(umux_das_how, dh_cookie) - 0usize];
    [
        "Offset of field: umux_das_how::dh_pool",
    ][::core::mem::offset_of!(umux_das_how, dh_pool) - 8usize];
    [
        "Offset of field: umux_das_how::dh_lock_ms",
    ][::core::mem::offset_of!(umux_das_how, dh_lock_ms) - 12usize];
};
