#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| loondossier_fuzz::check("frames", data));
