//! What others do that a viewer does not see, for listings that must be the same with and without it.

use super::{Gateway, cast, pdf};
use loondossier::dossier::DossierPath;
use loondossier::vfs::Create;

const OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";

/// Viewers, and the folders that they list.
pub const VIEWERS: [(&str, &[&str]); 3] = [
    (
        "petra",
        &[
            "/",
            "/Werkgevers",
            "/Werkgevers/Bakkerij Jansen BV",
            "/Werkgevers/Bakkerij Jansen BV/Overzichten",
            "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026",
            "/Werkgevers/Bakkerij Jansen BV/Werknemers",
            "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries",
            "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever",
            "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
            "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz",
            "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstroken/2026",
            "/Mijn bestanden",
            "/Back-ups",
            "/Eerdere dagen",
            "/Logboek",
        ],
    ),
    (
        "jansen",
        &[
            "/",
            "/Overzichten/Journaalposten/2026",
            "/Werknemers",
            "/Werknemers/0042 A. de Vries",
            "/Werknemers/0042 A. de Vries/Loonstroken/2026",
            "/Werknemers/0042 A. de Vries/Gedeeld door werknemer",
            "/Werknemers/0042 A. de Vries/Gedeeld met werknemer",
            "/Werknemers/0043 S. Yilmaz",
            "/Werknemers/0043 S. Yilmaz/Gedeeld door werknemer",
            "/Gedeeld door kantoor",
            "/Gedeeld met kantoor",
            "/Mijn bestanden",
            "/Back-ups",
            "/Eerdere dagen",
            "/Logboek",
        ],
    ),
    (
        "devries",
        &[
            "/",
            "/Werkgevers",
            "/Werkgevers/Bakkerij Jansen BV",
            "/Werkgevers/Bakkerij Jansen BV/Loonstroken",
            "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026",
            "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever",
            "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
            "/Mijn bestanden",
            "/Eerdere dagen",
            "/Logboek",
        ],
    ),
];

/// Something in every folder that a viewer lists.
pub async fn something_for_all(gateway: &Gateway) {
    for (login, path) in [
        ("petra", &*format!("{OFFICE}/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf")),
        ("petra", &format!("{OFFICE}/Overzichten/Journaalposten/2026/a.pdf")),
        ("petra", "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstrook 2026-11.pdf"),
        ("petra", &format!("{OFFICE}/Gedeeld met werkgever/a.pdf")),
        ("petra", "/Mijn bestanden/a.pdf"),
        ("jansen", "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/a.pdf"),
        ("jansen", "/Gedeeld met kantoor/a.pdf"),
        ("jansen", "/Mijn bestanden/a.pdf"),
        ("devries", &format!("{OFFICE}/Gedeeld met werkgever/a.pdf")),
        ("devries", "/Mijn bestanden/a.pdf"),
    ] {
        put(gateway, login, path).await;
    }
}

/// Others put files everywhere, where this viewer sees nothing of them; also under the names of what it
/// does see, and of what a system leaves behind beside it.
pub async fn nothing_for(gateway: &Gateway, viewer: &str) {
    let bos = "/Werkgevers/Garage Bos";
    let all = [
        ("jansen devries", "petra", "/Mijn bestanden/b.pdf"),
        ("jansen devries", "petra", "/Back-ups/a.pdf"),
        ("jansen devries", "petra", &format!("{bos}/Gedeeld met werkgever/a.pdf")),
        ("jansen devries", "petra", &format!("{bos}/Overzichten/Journaalposten/2026/a.pdf")),
        (
            "jansen devries",
            "petra",
            &format!("{bos}/Werknemers/7 S. Yilmaz/Loonstrook 2026-10.pdf"),
        ),
        ("jansen devries", "petra", &format!("{OFFICE}/Gedeeld met werkgever/._a.pdf")),
        ("devries", "petra", &format!("{OFFICE}/Overzichten/Journaalposten/2026/b.pdf")),
        ("devries", "petra", &format!("{OFFICE}/Werknemers/0043 S. Yilmaz/Loonstrook 2026-11.pdf")),
        ("devries", "petra", &format!("{OFFICE}/Werknemers/0043 S. Yilmaz/Jaaropgave 2025.pdf")),
        ("devries", "petra", &format!("{OFFICE}/Gedeeld met werkgever/b.pdf")),
        ("petra devries", "jansen", "/Mijn bestanden/b.pdf"),
        ("petra devries", "jansen", "/Back-ups/a.pdf"),
        ("petra devries", "jansen", "/Gedeeld met kantoor/._a.pdf"),
        ("petra devries", "jansen", "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/._a.pdf"),
        ("petra devries", "jansen", "/Werknemers/0043 S. Yilmaz/Gedeeld met werknemer/a.pdf"),
        ("petra devries", "jansen", "/Werknemers/0043 S. Yilmaz/Loonstrook 2026-09.pdf"),
        ("devries", "jansen", "/Gedeeld met kantoor/b.pdf"),
        ("petra", "jansen", "/Werknemers/0042 A. de Vries/Loonstrook 2026-09.pdf"),
        ("petra", "jansen", "/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf"),
        ("petra", "bos", "/Employees/7 S. Yilmaz/Payslip 2026-09.pdf"),
        ("petra", "bos", "/Employees/7 S. Yilmaz/Payslip 2026-11.pdf"),
        ("petra jansen devries", "bos", "/My files/a.pdf"),
        ("petra jansen devries", "bos", "/Employees/7 S. Yilmaz/Shared with employee/a.pdf"),
        ("petra jansen", "devries", "/Mijn bestanden/b.pdf"),
        ("petra jansen", "devries", &format!("{OFFICE}/Gedeeld met werkgever/._a.pdf")),
        ("petra", "devries", &format!("{OFFICE}/Gedeeld met werkgever/b.pdf")),
        ("petra jansen devries", "yilmaz", "/Mijn bestanden/a.pdf"),
        ("petra jansen devries", "yilmaz", &format!("{bos}/Gedeeld met werkgever/a.pdf")),
        ("petra devries", "yilmaz", &format!("{OFFICE}/Gedeeld met werkgever/a.pdf")),
    ];
    let unseen = all.iter().filter(|(by, ..)| by.split(' ').any(|name| name == viewer));
    for (_, login, path) in unseen {
        put(gateway, login, path).await;
    }
}

/// The office delivers overviews that nobody may see yet: of a kind and a year that nobody has any of, beside
/// and over what is seen, on paper, and one for the employer.
pub async fn held_back(gateway: &Gateway) {
    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    *roster = roster.replacen("release = \"manual\"", "publish_at = \"25 09:00\"", 1);
    gateway.apply(&files).await;
    for name in [
        "0042_jaaropgave_2025",
        "0042_loonstrook_2026-11",
        "0042_loonstrook_2026-10",
        "0042_overzicht_2026-11",
        "0044_loonstrook_2026-11",
        "journaal_2026-11",
        "sepa_2024-11",
    ] {
        put(gateway, "petra", &format!("/Aanleveren/123456782L01_{name}.pdf")).await;
    }
}

/// Puts a small PDF.
pub async fn put(gateway: &Gateway, login: &str, path: &str) {
    let session = gateway.session(login).await;
    let create = Create { make: true, ..Create::default() };
    let at = DossierPath::parse(path).unwrap();
    let mut upload = gateway.vfs.create(&session, &at, create).await.unwrap();
    upload.write_at(0, pdf(path).into()).await.unwrap();
    upload.commit().await.unwrap();
}
