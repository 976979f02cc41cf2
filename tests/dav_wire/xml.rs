//! XML bodies that are meant to harm.

use crate::OWN;
use crate::common::Gateway;
use crate::http::Person;

const METHODS: [&str; 3] = ["PROPFIND", "PROPPATCH", "LOCK"];

async fn devries() -> (Gateway, Person) {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    devries.put(&format!("{OWN}/a.txt"), "a").await;
    (gateway, devries)
}

/// Each is refused with this status, and the next request is answered as ever.
async fn refused(devries: &Person, status: u16, what: &str, body: &str) {
    for method in METHODS {
        let file = format!("{OWN}/a.txt");
        let answer = devries.send(method, &file, &[("Depth", "0")], body).await;
        assert_eq!(answer.status, status, "{method} {what}");
        assert_eq!(devries.find(&file, "0").await.status, 207, "after {method} {what}");
    }
}

#[tokio::test]
async fn thousands_of_nested_elements_are_refused_and_the_process_lives() {
    let (_gateway, devries) = devries().await;
    let open = |depth: usize| "<a>".repeat(depth);
    let shut = |depth: usize| "</a>".repeat(depth);
    for depth in [17, 2_000, 8_000] {
        let whole = format!("{}{}", open(depth), shut(depth));
        refused(&devries, 400, &format!("{depth} levels"), &whole).await;
    }
    refused(&devries, 400, "20,000 levels, never closed", &open(20_000)).await;
    let long = format!("{}{}", open(20_000), shut(20_000));
    refused(&devries, 413, "20,000 levels, over 64 KiB", &long).await;
}

#[tokio::test]
async fn what_is_no_xml_or_too_much_of_it_is_refused() {
    let (_gateway, devries) = devries().await;
    let many = format!("<a>{}</a>", "<b/>".repeat(2_001));
    let attributes: Vec<_> = (0..17).map(|i| format!(" a{i}=\"\"")).collect();
    let thousands: Vec<_> = (0..6_000).map(|i| format!(" a{i}=\"\"")).collect();
    let quadratic = format!(
        "<!DOCTYPE a [<!ENTITY b \"{}\">]><a>{}</a>",
        "x".repeat(30_000),
        "&b;".repeat(5_000)
    );
    for (what, body) in [
        ("not XML", "hallo"),
        ("not closed", "<a>"),
        ("closed twice", "<a></a></a>"),
        ("two roots", "<a/><a/>"),
        ("an unknown prefix", "<x:a/>"),
        ("an unknown entity", "<a>&b;</a>"),
        ("a document type", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
        ("an external entity", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
        ("an attribute twice", "<a b=\"\" b=\"\"/>"),
        ("2,002 elements", &many),
        ("two byte order marks", "\u{feff}\u{feff}<a/>"),
        ("UTF-16", "\u{feff}<\0a\0/\0>\0"),
        ("UTF-7", "<?xml version=\"1.0\" encoding=\"utf-7\"?>+ADw-a/+AD4-"),
        ("a parameter entity", "<!DOCTYPE a [<!ENTITY % b SYSTEM \"http://127.0.0.1/\"> %b;]><a/>"),
        ("one entity many times", &quadratic),
        ("6,000 attributes", &format!("<a{}/>", thousands.concat())),
        ("a namespace of 60 KB", &format!("<a xmlns=\"{}\"/>", "n".repeat(60_000))),
        ("17 attributes", &format!("<a{}/>", attributes.concat())),
    ] {
        refused(&devries, 400, what, body).await;
    }
}
