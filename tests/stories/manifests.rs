//! Batches: what the lines of their manifest say, and that all of it is taken in or nothing (PRODUCT.md
//! section 5).

use crate::client::Told;
use crate::common::pdf;
use crate::world::{DROP, NAME, OF_DEVRIES, REFUSED, World, at, refused, text};
use loondossier::dossier::Refusal;

pub(crate) async fn a_batch_waits_for_its_manifest_and_is_taken_in_whole(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let header = "bestand;lhn;nummer;soort;periode;sha256\n";
    let lines = "a.pdf;123456782L01;0042;loonstrook;2026-11;\nb.pdf;123456782L01;0043;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(folder, "x.manifest.csv"), format!("{header}{lines}").as_bytes()).await;
    petra.sees(folder, &["a.pdf", "x.manifest.csv"]).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("b")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    yilmaz.reads(&at(OF_DEVRIES, NAME), &pdf("b")).await;
    petra.sees(folder, &["a.pdf", "b.pdf", "x.manifest.csv"]).await;
    // Nothing is made over what is listed.
    for name in ["a.pdf", "x.manifest.csv"] {
        assert_ne!(petra.make_folder(&at(folder, name)).await, Told::Done, "{name}");
    }
    petra.sees(folder, &["a.pdf", "b.pdf", "x.manifest.csv"]).await;
    let size = format!("{header}{lines}").len() as u64;
    assert_eq!(petra.size(&at(folder, "x.manifest.csv")).await, Ok(size));
    assert_eq!(petra.set_time(&at(folder, "x.manifest.csv")).await, Told::Done);
    // One that is wrong, and none is taken in.
    let wrong = lines.replace("0043", "0099").replace("2026-11", "2026-10");
    petra.puts(&at(folder, "x.manifest.csv"), format!("{header}{wrong}").as_bytes()).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("b")).await;
    assert_eq!(petra.put(&at(folder, "a.pdf"), &pdf("a")).await, refused(Refusal::Employee));
    devries.has_no(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf")).await;
    let (a, b) = (at(REFUSED, "a.pdf.reden.txt"), at(REFUSED, "b.pdf.reden.txt"));
    let line = "E15: Regel 3 van het manifest klopt niet, of past niet bij het bestand.\r\n";
    for good in [&a, &at(REFUSED, "x.manifest.csv.reden.txt")] {
        assert_eq!(text(&petra, good).await, line, "{good}");
    }
    assert!(text(&petra, &b).await.starts_with("E05"));
    petra.reads(&at(REFUSED, "x.manifest.csv"), format!("{header}{wrong}").as_bytes()).await;
}

pub(crate) async fn one_file_of_a_batch_is_for_one_receiver(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("a")).await;
    let header = "bestand;lhn;nummer;soort;periode;sha256\n";
    for (lines, wrong) in [
        (
            "a.pdf;123456782L01;0042;loonstrook;2026-11;\nA.PDF;123456782L01;0043;loonstrook;2026-11;\n",
            3,
        ),
        ("x.manifest.csv;123456782L01;0042;loonstrook;2026-11;\n", 2),
        ("../a.pdf;123456782L01;0042;loonstrook;2026-11;\n", 2),
    ] {
        let manifest = format!("{header}{lines}");
        let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
        assert_eq!(told, refused(Refusal::Line(wrong)));
    }
    petra.sees(folder, &["a.pdf"]).await;
    // Another content than it says.
    let other = "0".repeat(64);
    let manifest = format!("{header}\na.pdf;123456782L01;0042;loonstrook;2026-11;{other}\n");
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Line(3)));
    petra.sees(folder, &[]).await;
    // What its name says is not overruled, as far as that can be read.
    let of_yilmaz = "123456782L01_0043_loonstrook.pdf";
    petra.puts(&at(folder, of_yilmaz), &pdf("b")).await;
    let manifest = format!("{header}{of_yilmaz};123456782L01;0042;loonstrook;2026-11;\n");
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    for receiver in [&devries, &yilmaz] {
        receiver.has_no(&at(OF_DEVRIES, NAME)).await;
    }
    // A manifest is for a batch.
    let elsewhere = petra.put(&at(DROP, "x.manifest.csv"), header.as_bytes()).await;
    assert_eq!(elsewhere, refused(Refusal::Manifest));
}

pub(crate) async fn a_manifest_whose_rows_have_shifted_hands_nothing_to_anybody(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    // The last row is right, and its file lies there before the others.
    let files = ["0043_loonstrook_2026-11.pdf", "0042-loonstrook-2026-11.pdf", "a.pdf"];
    let said = ["0042;loonstrook;2026-11", "0043;loonstrook;2026-11", "0042;jaaropgave;2025"];
    let rows = files.iter().zip(said).map(|(file, said)| format!("{file};123456782L01;{said};\n"));
    let manifest = format!("bestand;lhn;nummer;soort;periode;sha256\n{}", rows.collect::<String>());
    for file in files.iter().rev() {
        petra.puts(&at(folder, file), &pdf(file)).await;
    }
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    petra.sees(folder, &[]).await;
    for (file, code) in files.iter().zip(["E06", "E06", "E15"]) {
        let reason = text(&petra, &at(REFUSED, &format!("{file}.reden.txt"))).await;
        assert!(reason.starts_with(code), "{file}: {reason}");
    }
    let annual = "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf";
    for receiver in [&devries, &yilmaz] {
        receiver.has_no(&at(OF_DEVRIES, NAME)).await;
        receiver.has_no(annual).await;
    }
    // Mended, they are taken in.
    let [one, two] = [";0042;loonstrook", ";0043;loonstrook"];
    let mended = manifest.replace(one, ";x;").replace(two, one).replace(";x;", two);
    for file in files {
        petra.puts(&at(folder, file), &pdf(file)).await;
    }
    petra.puts(&at(folder, "x.manifest.csv"), mended.as_bytes()).await;
    yilmaz.reads(&at(OF_DEVRIES, NAME), &pdf(files[0])).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf(files[1])).await;
    devries.reads(annual, &pdf("a.pdf")).await;
}

pub(crate) async fn two_files_of_a_batch_are_never_one_overview(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let manifest = "bestand;lhn;nummer;soort;periode;sha256\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\nb.pdf;123456782L01;42;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("of de Vries")).await;
    let told = petra.put(&at(folder, "b.pdf"), &pdf("of somebody else")).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    for name in ["a.pdf", "b.pdf"] {
        let reason = text(&petra, &at(REFUSED, &format!("{name}.reden.txt"))).await;
        assert!(reason.starts_with("E06"), "{reason}");
    }
    // The same file twice is one.
    petra.puts(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("of de Vries")).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("of de Vries")).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("of de Vries")).await;
}

pub(crate) async fn a_batch_is_whole_by_a_rename_too(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let manifest = "bestand;lhn;nummer;soort;periode;sha256\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "x.manifest.csv.part"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf.part"), &pdf("a")).await;
    petra.moves(&at(folder, "x.manifest.csv.part"), &at(folder, "x.manifest.csv")).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.moves(&at(folder, "a.pdf.part"), &at(folder, "a.pdf")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    assert_eq!(petra.size(&at(folder, "a.pdf")).await, Ok(pdf("a").len() as u64));
    assert_eq!(petra.set_time(&at(folder, "a.pdf")).await, Told::Done);
    petra.deletes(&at(folder, "a.pdf")).await;
    petra.has_no(&at(folder, "a.pdf")).await;
}
