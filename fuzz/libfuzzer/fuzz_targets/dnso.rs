// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| umux_fuzz::dnso::run(data));
