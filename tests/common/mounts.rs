//! The gateway as a disk: mounted in `schijf`, a folder of the user's, until it is dropped.

use super::ssh::User;
use super::{Gateway, program};
use loondossier::dossier::Scope;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A folder where davfs2 has mounted the gateway.
pub struct Davfs {
    pub user: User,
    folder: PathBuf,
}

impl Davfs {
    /// With an app password, a configuration, secrets and a cache of its own, and locks on.
    pub async fn new(gateway: &Gateway, user: User) -> Self {
        Self::at(gateway, &format!("http://{}/", gateway.dav), user, "").await
    }

    /// The same from a URL, with more of a configuration.
    pub async fn at(gateway: &Gateway, url: &str, user: User, more: &str) -> Self {
        let password = gateway.app_password(&user.login, Scope::FULL).await;
        let folder = user.folder.path().join("schijf");
        for name in ["schijf", "cache"] {
            fs::create_dir(user.folder.path().join(name)).unwrap();
        }
        let secret = format!("{url} {} {password}\n", user.login);
        let secrets = user.file("secrets", secret.as_bytes());
        // It refuses secrets that others may read, and keeps its cache as a user of its own.
        let allow = |file: PathBuf, mode| fs::set_permissions(file, Permissions::from_mode(mode));
        allow(secrets, 0o600).unwrap();
        allow(user.folder.path().to_owned(), 0o755).unwrap();
        allow(user.folder.path().join("cache"), 0o777).unwrap();
        let base = user.folder.path().display();
        // Newer kernels read a folder in larger pieces than fit davfs2's buffer of 16 KiB.
        let conf = format!(
            "use_locks 1\nask_auth 0\nsecrets {base}/secrets\ncache_dir {base}/cache\n\
             delay_upload 0\nbuf_size 256\n{more}"
        );
        let conf = user.file("davfs2.conf", conf.as_bytes());
        let mount = Self { user, folder };
        let options = format!("conf={},uid=0", conf.display());
        mount.user.run("mount.davfs", &[url, "schijf", "-o", &options]).well();
        mount
    }
}

impl Drop for Davfs {
    fn drop(&mut self) {
        // It is there no more after a test that went well.
        let mut umount = Command::new(program("umount"));
        drop(umount.arg("-l").arg(&self.folder).stderr(Stdio::null()).status());
    }
}

/// A folder where a program of FUSE has mounted the gateway.
pub struct Fuse(PathBuf);

impl Fuse {
    /// By sshfs.
    pub fn sshfs(user: &User) -> Self {
        let mount = Self::new(user);
        // It starts ssh in the root folder.
        let config = user.folder.path().join("ssh_config");
        user.run("sshfs", &["-F", config.to_str().unwrap(), "gateway:/", "schijf"]).well();
        mount
    }

    /// By `rclone mount`, which sends a file when it is closed.
    pub fn rclone(user: &User) -> Self {
        let mount = Self::new(user);
        let cache = user.folder.path().join("cache");
        let cache = ["--cache-dir", cache.to_str().unwrap(), "--vfs-cache-mode", "writes"];
        let how = ["mount", "gateway:", "schijf", "--daemon", "--vfs-write-back", "0"];
        user.run("rclone", &[&how[..], &cache].concat()).well();
        mount
    }

    fn new(user: &User) -> Self {
        let folder = user.folder.path().join("schijf");
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        drop(Command::new(program("fusermount3")).args(["-u", "-z"]).arg(&self.0).status());
    }
}
