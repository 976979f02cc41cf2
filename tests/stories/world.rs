//! The server with its cast, and the names that the stories use.

use crate::client::{Client, Speaks, Told};
use crate::common::{Backing, Gateway, cast};
use crate::dav::Dav;
use crate::sftp::Sftp;
use loondossier::dossier::roster::Options;
use loondossier::dossier::{DossierPath, Language, Refusal};
use loondossier::vfs::Create;

/// By which protocol a story's clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Dav,
    Sftp,
}

/// One server, and a protocol to speak to it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    wire: Wire,
}

impl World {
    pub(crate) async fn start(wire: Wire, backing: Backing) -> Self {
        Self { gateway: Gateway::start_on(backing).await, wire }
    }

    /// A client of this login, signed in.
    pub(crate) async fn client(&self, login: &'static str) -> Client {
        let speaks = match self.wire {
            Wire::Dav => Speaks::Dav(Dav::new(self.gateway.dav, login)),
            Wire::Sftp => Speaks::Sftp(Sftp::connect(self.gateway.sftp, login).await),
        };
        Client { speaks, clock: self.gateway.clock.clone() }
    }

    /// Somebody puts a file, and its connection breaks when all of it came but no close.
    pub(crate) async fn breaks_off(&self, login: &str, path: &str, content: &[u8]) {
        let session = self.gateway.session(login).await;
        let path = DossierPath::parse(path).unwrap();
        let create = Create { make: true, ..Create::default() };
        let mut upload = self.gateway.vfs.create(&session, &path, create).await.unwrap();
        upload.write_at(0, content.to_vec().into()).await.unwrap();
        assert_eq!(upload.cut().await, Ok(true));
    }

    /// Applies the roster of the cast with some texts in its files replaced.
    pub(crate) async fn roster(&self, changes: &[(&str, &str, &str)]) {
        self.gateway.apply(&changed(changes)).await;
    }

    /// Whether that roster is taken with the guards that are there by default.
    pub(crate) async fn roster_applies(&self, changes: &[(&str, &str, &str)]) -> bool {
        let guarded = Options { prune: true, ..Options::default() };
        self.gateway.try_to_apply(&changed(changes), guarded).await.is_ok()
    }

    /// A client each.
    pub(crate) async fn clients<const N: usize>(&self, logins: [&'static str; N]) -> [Client; N] {
        let mut clients = Vec::new();
        for login in logins {
            clients.push(self.client(login).await);
        }
        clients.try_into().ok().unwrap()
    }
}

/// The roster of the cast with some texts in its files replaced.
fn changed(changes: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    let mut files = cast();
    for (file, old, new) in changes {
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(old), "{old} is in {file}");
        *text = text.replacen(old, new, 1);
    }
    files
}

pub(crate) const MINE: &str = "/Mijn bestanden";
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The folders of a party as they were at the end of the day on which the stories begin.
pub(crate) const THAT_DAY: &str = "/Eerdere dagen/2026-11-24";

/// What an employee shares with Bakkerij Jansen, as the employee and as the employer see it.
pub(crate) const TO_JANSEN: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
pub(crate) const BY_DEVRIES: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";

/// What Bakkerij Jansen shares with the office, as the employer and as the office see it.
pub(crate) const TO_OFFICE: &str = "/Gedeeld met kantoor";
pub(crate) const BY_JANSEN: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";

/// What Bakkerij Jansen shares with A. de Vries, as the employer and as the employee see it.
pub(crate) const TO_DEVRIES: &str = "/Werknemers/0042 A. de Vries/Gedeeld met werknemer";
pub(crate) const BY_EMPLOYER: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";

/// What the office shares with Bakkerij Jansen, as the office and as the employer see it.
pub(crate) const TO_EMPLOYER: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
pub(crate) const BY_OFFICE: &str = "/Gedeeld door kantoor";

/// Where the office puts overviews of Bakkerij Jansen, and what is for A. de Vries there.
pub(crate) const PLACED: &str = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
pub(crate) const FOR_DEVRIES: &str = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries";

/// Where deliveries are handed in, and where those lie that were refused.
pub(crate) const DROP: &str = "/Aanleveren";
pub(crate) const REFUSED: &str = "/Aanleveren/Afgewezen";

/// A payslip of A. de Vries: as it is handed in, and as its employee and its employer have it.
pub(crate) const BY_NAME: &str = "123456782L01_0042_loonstrook_2026-11.pdf";
pub(crate) const NAME: &str = "Loonstrook 2026-11.pdf";
pub(crate) const OF_DEVRIES: &str = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026";
pub(crate) const WITH_JANSEN: &str = "/Werknemers/0042 A. de Vries/Loonstroken/2026";

/// A path in a folder.
pub(crate) fn at(folder: &str, name: &str) -> String {
    format!("{folder}/{name}")
}

/// What is answered to a delivery that is refused.
pub(crate) fn refused(refusal: Refusal) -> Told {
    Told::Refused(format!("{}: {}", refusal.code(), refusal.sentence(Language::Nl)))
}

/// What a file says.
pub(crate) async fn text(client: &Client, path: &str) -> String {
    String::from_utf8(client.get(path).await.unwrap()).unwrap()
}

/// The receipts of the day on which the stories play.
pub(crate) async fn receipts(client: &Client) -> String {
    text(client, "/Aanleveren/Ontvangst/2026-11-24.csv").await
}

/// Which document is at a path, and which version of it.
pub(crate) async fn document(world: &World, login: &str, path: &str) -> (String, i64) {
    let session = world.gateway.session(login).await;
    let path = DossierPath::parse(path).unwrap();
    let entry = world.gateway.vfs.stat(&session, &path).await.unwrap();
    (entry.public_id.unwrap(), entry.version)
}
