//! What is refused says why, in the language of the party: to the program, and beside the file that lies there.

use crate::common::ssh::User;
use crate::common::{Gateway, PASSWORD, pdf};
use loondossier::dossier::Scope;

/// A party that delivers, and what it is told.
struct Party {
    login: &'static str,
    drop: &'static str,
    refused: &'static str,
    reason: &'static str,
    lhn: &'static str,
    sentence: &'static str,
}

const DUTCH: Party = Party {
    login: "petra",
    drop: "/Aanleveren",
    refused: "Afgewezen",
    reason: "reden.txt",
    lhn: "123456782L01",
    sentence: "E05: Dit personeelsnummer is niet bekend bij deze werkgever. Werk eerst de personeelslijst bij.",
};

const ENGLISH: Party = Party {
    login: "bos",
    drop: "/Deliver",
    refused: "Refused",
    reason: "reason.txt",
    lhn: "111222333L01",
    sentence: "E05: This personnel number is unknown with this employer. Update the roster first.",
};

/// Each of its programs ends badly, with the sentence.
fn every_program_says_it(user: &User, url: &str, party: &Party) {
    let says =
        |program: &str, said: String| assert!(said.contains(party.sentence), "{program}: {said}");
    let to = |program: &str| format!("{}_99_{}_2026-11_{program}.pdf", party.lhn, "loonstrook");
    let lftp = format!(
        "set net:max-retries 1\nset sftp:connect-program \"ssh -a -x -F ssh_config\"\n\
         open -u {},x sftp://gateway\nput strook.pdf -o {}/{}\n",
        party.login,
        party.drop,
        to("lftp")
    );
    says("lftp", user.feed("lftp", &[], &lftp).badly());
    let target = format!("gateway:{}/{}", party.drop, to("rclone"));
    let rclone = user.run("rclone", &["copyto", "--retries", "1", "strook.pdf", &target]);
    says("rclone", rclone.badly());
    let args = ["winscp", "strook.pdf", party.drop, &to("winscp")];
    says("winscp", user.python("paramiko_deliver.py", PASSWORD, &args).badly());
    let login = format!("{}:{PASSWORD}", party.login);
    let url = format!("{url}{}/{}", party.drop, to("curl"));
    let args = ["-sS", "-u", &login, "-w", "\n%{http_code}", "-T", "strook.pdf", &url];
    assert_eq!(user.run("curl", &args).well(), format!("{}\n422", party.sentence));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_said_in_the_language_of_whoever_delivers() {
    let gateway = Gateway::start().await;
    for party in [DUTCH, ENGLISH] {
        let user = User::new(&gateway, party.login, Scope::FULL).await;
        user.file("strook.pdf", &pdf("strook"));
        every_program_says_it(&user, &format!("http://{}", gateway.dav), &party);
        // All that is to be read about it is got by a program too.
        let folder = format!("{}/{}", party.drop, party.refused);
        user.sftp(&format!("get -r {folder} weg\n")).well();
        for program in ["curl", "lftp", "rclone", "winscp"] {
            let name = format!("weg/{}_99_loonstrook_2026-11_{program}.pdf", party.lhn);
            assert_eq!(user.read(&name), pdf("strook"));
            let reason = user.read(&format!("{name}.{}", party.reason));
            assert_eq!(String::from_utf8(reason).unwrap(), format!("{}\r\n", party.sentence));
        }
        let there = std::fs::read_dir(user.folder.path().join("weg")).unwrap().count();
        assert_eq!(there, 8, "{}", party.login);
    }
}
