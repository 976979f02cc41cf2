//! The power is cut: a filesystem of its own is shut down without a word, so that only what was brought
//! to the disk is there when it is mounted again.

use crate::common::server::Server;
use crate::ledger::Writers;
use crate::{run, times};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// An ext4 filesystem in a file, mounted.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    fn make(folder: &Path) -> Self {
        let disk = Self { image: folder.join("disk"), mount: folder.join("mounted") };
        std::fs::File::create(&disk.image).unwrap().set_len(2 << 30).unwrap();
        std::fs::create_dir(&disk.mount).unwrap();
        run("mkfs.ext4", &["-q".as_ref(), &disk.image]);
        disk.mount();
        disk
    }

    fn mount(&self) {
        run("mount", &["-o".as_ref(), "loop".as_ref(), &self.image, &self.mount]);
    }

    /// Whatever is not on the disk now never comes there: `EXT4_IOC_SHUTDOWN` without flushing the log.
    fn cut(&self) {
        let script = format!("{}/tests/tools/power_cut.py", env!("CARGO_MANIFEST_DIR"));
        run("python3", &[Path::new(&script), &self.mount]);
    }

    fn unmount(&self) {
        run("umount", &[&self.mount]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.mount).output());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::make(folder.path());
    let mut server = Server::make(folder.path(), &disk.mount.join("data"));
    let mut writers = Writers::new();
    server.start().await;
    writers.settle(&server).await;
    let (cuts, dark) = (times(20, 100), writers.dark());
    let mut lost = 0;
    for cut in 0..cuts {
        let alive = Duration::from_millis(u64::from(100 + cut * 137 % 900));
        writers
            .write_until(&mut server, async |server| {
                tokio::time::sleep(alive).await;
                std::fs::write(disk.mount.join(format!("control {cut}")), b"not synced").unwrap();
                dark.store(true, Ordering::SeqCst);
                disk.cut();
                server.kill();
            })
            .await;
        disk.unmount();
        disk.mount();
        let control = std::fs::read(disk.mount.join(format!("control {cut}"))).unwrap_or_default();
        lost += u32::from(control.is_empty());
        server.start().await;
        writers.check(&server).await;
    }
    server.kill();
    let found = server.runs(&["verify", "--read-data"]);
    assert!(found.contains("0 faults"), "{found}");
    // A file that nobody brought to the disk is there only where a neighbour's fsync took it along.
    assert!(lost > 0, "these were no power cuts");
    let acknowledged = writers.acknowledged();
    assert!(acknowledged > u64::from(cuts), "they wrote: {acknowledged}");
    println!(
        "{cuts} power cuts, {acknowledged} acknowledged changes, none lost; {lost} unsynced files gone"
    );
}
