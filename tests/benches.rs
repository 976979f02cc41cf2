//! What `benches/compare` does with us still works: the catalog that it fills is one of ours, and each row that needs
//! no peer can be measured. How fast is not asked here.

use std::process::Command;

#[test]
fn a_catalog_that_the_benchmark_filled_serves_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("python3")
        .arg("tests/tools/bench_rows.py")
        .arg(env!("CARGO_BIN_EXE_loondossier"))
        .arg(folder.path())
        .output()
        .expect("python3 runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
