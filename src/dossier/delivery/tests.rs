//! For whom a delivery is, as PRODUCT.md section 5 says it.

use super::*;

fn folders(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// `LHN number kind period free`, as one text.
pub(super) fn read_by(templates: &[&str], folder: &[&str], file: &str) -> Result<String, Refusal> {
    let names = Names::new(&folders(templates)).unwrap();
    names.read(&folders(folder), file).map(|a| {
        let number = a.number.unwrap_or_default();
        format!("{} {number} {} {} {}", a.lhn, a.kind.code, a.period, a.free).trim().to_owned()
    })
}

fn read(folder: &[&str], file: &str) -> Result<String, Refusal> {
    read_by(&["loondossier"], folder, file)
}

#[expect(clippy::unnecessary_wraps, reason = "what is read is compared with it")]
pub(super) fn ok(text: &str) -> Result<String, Refusal> {
    Ok(text.to_owned())
}

#[test]
fn a_name_says_for_whom_it_is() {
    let payslip = ok("123456782L01 0042 loonstrook 2026-11");
    assert_eq!(read(&[], "123456782L01_0042_loonstrook_2026-11.pdf"), payslip);
    assert_eq!(read(&[], "123456782l01_0042_Payslip_2026-11.PDF"), payslip);
    assert_eq!(
        read(&[], "123456782L01_journaal_2026-11.pdf"),
        ok("123456782L01  journaal 2026-11")
    );
    assert_eq!(
        read(&[], "123456782L01_00_42_jaaropgave_2025_correctie_2.xml"),
        ok("123456782L01 00_42 jaaropgave 2025 correctie_2")
    );
}

#[test]
fn so_does_the_folder_it_is_put_in() {
    assert_eq!(
        read(&["123456782L01", "0042"], "Loonstrook 2026-11.pdf"),
        ok("123456782L01 0042 loonstrook 2026-11")
    );
    assert_eq!(
        read(&["123456782L01"], "journaal_2026-11 v2.pdf"),
        ok("123456782L01  journaal 2026-11 v2")
    );
    assert_eq!(
        read(&["123456782L01", "0042"], "123456782L01_0042_loonstrook_2026.pdf"),
        ok("123456782L01 0042 loonstrook 2026")
    );
    assert_eq!(
        read(&["123456782L01"], "123456782L01_42_loonstrook_2026-W53.pdf"),
        ok("123456782L01 42 loonstrook 2026-W53")
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (folder, file) in [
        (&["111222333L01"][..], "123456782L01_0042_loonstrook_2026-11.pdf"),
        (&["123456782L01", "0043"], "123456782L01_0042_loonstrook_2026-11.pdf"),
        (&[], "123456782L01_0042_journaal_2026-11.pdf"),
        (&["123456782L01", "0042"], "journaal 2026-11.pdf"),
        // It can be read two ways.
        (&[], "123456782L01_0042_loonstrook_2026-11_loonstrook_2026-12.pdf"),
    ] {
        assert_eq!(read(folder, file), Err(Refusal::Ambiguous), "{folder:?} {file}");
    }
}

#[test]
fn what_a_template_says_against_the_folder_no_other_way_of_reading_makes_good() {
    let folder = ["123456782L01", "0042"];
    let wrong = [
        (&["{soort}_{periode}_{nummer}"][..], "loonstrook_2026-11_0043.pdf", Refusal::Ambiguous),
        (&["nmbrs", "{nummer}_{soort}_{periode}"], "43_loonstrook_2026-11.pdf", Refusal::Ambiguous),
        (&["{soort}_{periode}_{lhn}"], "loonstrook_2026-11_123456789L01.pdf", Refusal::LhnCheck),
    ];
    for (templates, file, why) in wrong {
        assert_eq!(read_by(templates, &folder, file), Err(why), "{file}");
    }
    // One of its readings is that of the folder.
    assert_eq!(
        read_by(&["personio"], &folder, "0042_A_B_Loonstrook_30112026.pdf"),
        ok("123456782L01 0042 loonstrook 2026-11")
    );
}

#[test]
fn folder_and_name_mean_one_employee_however_each_writes_the_number() {
    let names = Names::default();
    let folder = folders(&["123456782L01", "0042"]);
    let address = names.read(&folder, "123456782L01_42_loonstrook_2026-11.pdf").unwrap();
    assert_eq!(address.pick(["0042", "7"]), Ok(vec![0]));
    assert_eq!(address.pick(["0042", "42"]), Err(Refusal::Ambiguous));
    assert_eq!(address.pick(["0042", "042"]), Err(Refusal::Ambiguous));
    let line = "bestand;lhn;nummer;soort;periode;sha256;publiceren_op\n\
        123456782L01_42_loonstrook_2026-11.pdf;123456782L01;0042;loonstrook;2026-11;;2026-12-01 09:00\n";
    let line = &Manifest::read(line.as_bytes()).unwrap().lines[0];
    let address = names.read_line(line).unwrap();
    assert_eq!(address.publish_at.map(publish::shown).as_deref(), Some("2026-12-01 09:00"));
    let wrong = ManifestLine { publish_at: "2026-12-01".into(), ..line.clone() };
    assert_eq!(names.read_line(&wrong), Err(Refusal::Line(2)));
    let silent = ManifestLine { publish_at: String::new(), ..line.clone() };
    assert_eq!(names.read_line(&silent).unwrap().publish_at, None);
    assert_eq!(address.pick(["0042", "7"]), Ok(vec![0]));
    assert_eq!(address.pick(["0042", "42"]), Err(Refusal::Ambiguous));
    let address = names.read(&[], "123456782L01_0042_loonstrook_2026-11_x y.pdf").unwrap();
    assert_eq!(address.filed(), ":2026-11 x y.pdf");
    assert_eq!(address.pick(["42", "0042"]), Ok(vec![1]));
    let address = names.read(&[], "123456782L01_journaal_2026-11.pdf").unwrap();
    assert_eq!(address.pick(["42"]), Err(Refusal::Employee));
}

#[test]
fn what_does_not_read_says_why() {
    for (folder, file, why) in [
        (&[][..], "loonstrook.pdf", Refusal::Name),
        (&[], "Loonstrook 2026-11.pdf", Refusal::Name),
        (&[], "123456782L01_0042_loonstrook_2026-11.doc", Refusal::Name),
        (&["123456782L01", "0042", "x"], "Loonstrook 2026-11.pdf", Refusal::Name),
        (&[], "123456789L01_0042_loonstrook_2026-11.pdf", Refusal::LhnCheck),
        (&["123456789L01"], "Loonstrook 2026-11.pdf", Refusal::LhnCheck),
        (&[], "123456782L01_loonstrook_2026-11.pdf", Refusal::Employee),
        (&["123456782L01"], "Loonstrook 2026-11.pdf", Refusal::Employee),
        (&[], "123456782L01_0042_strookje_2026-11.pdf", Refusal::Kind),
        (&[], "123456782L01_0042_strook2_2026-11.pdf", Refusal::Name),
        (&[], "123456782L01_0042_loonstrook_2026-13.pdf", Refusal::Period),
        (&[], "123456782L01_0042_loonstrook_november.pdf", Refusal::Name),
        (&[], "123456782L01_0042_loonstrook_2o26.pdf", Refusal::Name),
        (&[], "123456782L01_0042_loonstrook_2026-1.pdf", Refusal::Name),
        (&["123456782L01", "0042"], "Loonstrook 2026-13.pdf", Refusal::Period),
        (&[], "123456782L01_111222333_loonstrook_2026-11.pdf", Refusal::Bsn),
        (&["123456782L01", "111222333"], "Loonstrook 2026-11.pdf", Refusal::Bsn),
    ] {
        assert_eq!(read(folder, file), Err(why), "{folder:?} {file}");
    }
}

#[test]
fn other_programs_have_templates_of_their_own() {
    let own = ["{soort}-{lhn}-{nummer}-{datum}[-{vrij}].<ext>"];
    assert_eq!(
        read_by(&own, &[], "Loonstrook-123456782L01-0042-25.11.2026-x.pdf"),
        ok("123456782L01 0042 loonstrook 2026-11 x")
    );
    assert_eq!(
        read_by(&["personio"], &["123456782L01"], "0042___Loonstrook_30112026.pdf"),
        ok("123456782L01 0042 loonstrook 2026-11")
    );
    assert_eq!(
        read_by(&["upa"], &[], "UPA_123456782L01_CENK12347890J19P01T0001_20260131140000_UPA.XML"),
        ok("123456782L01  pensioen 2026-01")
    );
    assert_eq!(
        read_by(&["nmbrs"], &["123456782L01", "0042"], "881_Loonstrook 2026-11.pdf"),
        ok("123456782L01 0042 loonstrook 2026-11")
    );
    for (templates, file) in [
        (&["upa"][..], "UPA_123456782L01_CENK_202601311400001_UPA.XML"),
        (&own, "Loonstrook-123456782L01-0042-25.112026.pdf"),
        (&own, "Loonstrook-123456782L01-0042-123é567.pdf"),
    ] {
        assert_eq!(read_by(templates, &[], file), Err(Refusal::Name), "{file}");
    }
    let fault = |text: &str| Names::new(&[text.to_owned()]).unwrap_err().1;
    assert_eq!(fault("{lhn}_{soort}_{jaar}"), TemplateFault::Field("jaar".to_owned()));
    assert_eq!(fault("{lhn}_[{soort}_{periode}"), TemplateFault::Bracket);
    assert_eq!(fault("{lhn}_{soort"), TemplateFault::Bracket);
    assert_eq!(fault("{soort}_{periode}]_{lhn}"), TemplateFault::Bracket);
    assert_eq!(fault("{lhn}_{soort}"), TemplateFault::Incomplete);
}

#[test]
fn a_number_is_the_same_or_else_the_only_one_without_its_zeros() {
    assert_eq!(pick("0042", ["42", "0042", "7"]), Ok(vec![1]));
    assert_eq!(pick("42", ["0042", "7"]), Ok(vec![0]));
    assert_eq!(pick("42", ["0042", "0042"]), Ok(vec![0, 1]));
    assert_eq!(pick("00042", ["42", "0042"]), Err(Refusal::Ambiguous));
    assert_eq!(pick("43", ["0042"]), Err(Refusal::Employee));
    assert_eq!(pick("A1", ["a1"]), Err(Refusal::Employee));
}

#[test]
fn a_manifest_says_for_whom_each_file_is() {
    let text = "\u{feff}bestand;lhn;nummer;soort;periode;sha256\r\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\r\n\
        123456782L01_0042_loonstrook_2026-12_x.pdf;123456782L01;42;Payslip;2026-12;ABCD\r\n\
        123456782L01_0042_loonstrook_2026-12.pdf;123456782L01;43;loonstrook;2026-12;\r\n\
        b.pdf;123456789L01;42;loonstrook;2026-12;\r\n";
    let manifest = Manifest::read(text.as_bytes()).unwrap();
    let names = Names::default();
    let read: Vec<_> = manifest.lines.iter().map(|line| names.read_line(line)).collect();
    assert_eq!(read[0].as_ref().map(|a| a.number.as_deref()), Ok(Some("0042")));
    assert_eq!(read[1].as_ref().map(|a| a.free.as_str()), Ok("x"));
    assert_eq!(read[2], Err(Refusal::Ambiguous));
    assert_eq!(read[3], Err(Refusal::LhnCheck));
    assert!(manifest.lines[1].check("abcd").is_ok() && manifest.lines[1].check("ab").is_err());
    // A name that reads as nothing is no word against the manifest.
    let file = "123456782L01_0042_strookje_2026-11.pdf".to_owned();
    assert!(names.read_line(&ManifestLine { file, ..manifest.lines[0].clone() }).is_ok());
    for bad in ["", "bestand;lhn;nummer;soort;periode\na;1;2;3;4\n", "x;y;z;a;b;c\n1;2;3;4;5;6\n"] {
        assert_eq!(Manifest::read(bad.as_bytes()), Err(Refusal::Line(1)), "{bad}");
    }
    let header = "bestand;lhn;nummer;soort;periode;sha256\n";
    assert_eq!(Manifest::read(header.as_bytes()), Err(Refusal::Manifest));
    // As a text editor counts them, however they end, with those that are empty and a cell that goes on.
    for (lines, wrong) in [
        ("a;1;2;3;4;5\na;1;2;3;4;5\n", 3),
        ("a;1;2;3;4;5\r\n\r\n\r\na;1;2;3;4;5", 5),
        ("\n\na;1;2;3;4;5\ra;1;2;3;4;5\r", 5),
        ("a;1;\"2\n2\";3;4;5\na;1;2;3;4;5\n", 4),
        ("a;1;2;3;4;5\nb;1;2;3;4\n", 3),
    ] {
        let text = format!("{header}{lines}");
        assert_eq!(Manifest::read(text.as_bytes()), Err(Refusal::Line(wrong)), "{text}");
    }
    let bytes = [header.as_bytes(), b"a;1;2;3;4;5\nb;1;2;\xff;4;5\n"].concat();
    assert_eq!(Manifest::read(&bytes), Err(Refusal::Line(3)));
    for never in ["", "../a.pdf", "map/a.pdf", "..", "a.pdf.part", ".a.pdf", "b.manifest.csv"] {
        let text = format!("bestand;lhn;nummer;soort;periode;sha256\n{never};1;2;3;4;5\n");
        assert_eq!(Manifest::read(text.as_bytes()), Err(Refusal::Line(2)), "{never}");
    }
}

/// What becomes of a file with this name whose line says a payslip of employee 0042.
fn by_line(templates: &[&str], file: &str, period: &str) -> Result<String, Refusal> {
    as_line(templates, file, ["0042", "loonstrook", period])
}

/// What becomes of a file with this name whose line says this number, kind and period.
pub(super) fn as_line(templates: &[&str], file: &str, said: [&str; 3]) -> Result<String, Refusal> {
    let [number, kind, period] = said.map(str::to_owned);
    let line = ManifestLine {
        at: 2,
        file: file.to_owned(),
        lhn: "123456782L01".to_owned(),
        number,
        kind,
        period,
        sha256: String::new(),
        publish_at: String::new(),
    };
    Names::new(&folders(templates)).unwrap().read_line(&line).map(|address| address.free)
}

#[test]
fn a_manifest_does_not_overrule_a_name_that_says_another_half_as_it_may() {
    for file in [
        "123456782L01_0043_loonstrook.pdf",
        "123456782L01_0043_loonstrook_202307.pdf",
        "123456782L01_0043_loonstrook_2021-06-30.pdf",
        "123456782L01_0043_loonstrook_2021-9.pdf",
        "123456782L01_0043_jaaropgave_.pdf",
        "123456782l01_43 loonstrook.pdf",
        "123456782L01_0042-1.pdf",
        "111222333L01_0042_slip.pdf",
        "111222333L01.pdf",
        "111222333l01_8.pdf",
        "111222333L01_0042_loonstrook_2021-9.pdf",
        "strook van 111222333L01.pdf",
        "Jaaropgave.pdf",
        "annual statement 0042.pdf",
        "jaaropgave_0042.pdf",
        "123456782L01_jaaropgave.pdf",
        "123456782L01_0042_jaaropgave_202611.pdf",
        "Loonstrook 202612.pdf",
        "Loonstrook 2025.11.pdf",
    ] {
        for templates in [&["loondossier"][..], &["upa"], &["personio"]] {
            let read = by_line(templates, file, "2026-11");
            assert_eq!(read, Err(Refusal::Ambiguous), "{templates:?} {file}");
        }
    }
    // What a template passes over is no employer.
    let other = "111222333L01_loonstrook_2026-11.pdf";
    assert_eq!(by_line(&["nmbrs"], other, "2026-11"), Err(Refusal::Ambiguous));
    let other = "123456782L01_0043_strookje_2026-11.pdf";
    assert_eq!(by_line(&["nmbrs"], other, "2026-11"), Err(Refusal::Ambiguous));
}

#[test]
fn a_manifest_is_followed_where_the_name_says_the_same_or_nothing() {
    for file in [
        "scan1.pdf",
        "a.pdf",
        "0043.pdf",
        "Loonstrook.pdf",
        "payslip 0042.pdf",
        "Loonstrook 202611.pdf",
        "Loonstrook_20261130_0042.pdf",
        "123456782L01.pdf",
        "123456782L01_slip.pdf",
        "123456782L01_42.pdf",
        "123456782L01_0042 slip.pdf",
        "123456782L01_0042_loonstrook_november.pdf",
        "123456782L01_0042_strookje_2026-11.pdf",
    ] {
        assert_eq!(by_line(&["loondossier"], file, "2026-11"), ok(""), "{file}");
    }
    let text = "bestand;lhn;nummer;soort;periode;sha256\n\
        123456782L01_2026-11_journaal.pdf;123456782L01;;journaal;2026-11;\n\
        123456782L01_0043_journaal.pdf;123456782L01;;journaal;2026-11;\n";
    let manifest = Manifest::read(text.as_bytes()).unwrap();
    let read: Vec<_> = manifest.lines.iter().map(|l| Names::default().read_line(l)).collect();
    assert!(read[0].is_ok());
    assert_eq!(read[1], Err(Refusal::Ambiguous));
}

#[test]
fn no_receiver_is_shown_an_lhn() {
    for (folder, file) in [
        (&[][..], "123456782L01_0042_loonstrook_2026-11_123456782L01.pdf"),
        (&[], "123456782L01_0042_loonstrook_2026-11_x111222333l01x.pdf"),
        (&["123456782L01", "0042"], "Loonstrook 2026-11 123456782l01.pdf"),
        (&["123456782L01"], "journaal 2026-11 van 000000000L00.pdf"),
    ] {
        assert_eq!(read(folder, file), Err(Refusal::Ambiguous), "{folder:?} {file}");
    }
    let again = "123456782L01_0042_loonstrook_2026-11_123456782L01.pdf";
    assert_eq!(by_line(&["loondossier"], again, "2026-11"), Err(Refusal::Ambiguous));
    let named = Named::read("Loonstrook 2026-11 v2 123456782L01.pdf").unwrap();
    assert!(named.tells_lhn() && !Named::read("Loonstrook 2026-11 v2.pdf").unwrap().tells_lhn());
    assert_eq!(read(&["123456782L01", "0042"], "Loonstrook 202611.pdf"), Err(Refusal::Period));
}

#[test]
fn a_folder_is_a_batch_unless_its_name_is_an_lhn() {
    assert!(is_batch("2026-11") && is_batch("123456782"));
    assert!(!is_batch("123456782L01") && !is_batch("123456789l01"));
    for waits in ["x.part", ".x.pdf", "Thumbs.db"] {
        assert!(is_waiting_name(waits), "{waits}");
    }
    assert!(!is_waiting_name("x.pdf"));
    assert!(Manifest::is_name("x.manifest.csv") && !Manifest::is_name(".manifest.csv"));
}
