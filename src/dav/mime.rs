//! The media type of a file, by its extension.

/// The media type of a file with this name.
#[rustfmt::skip]
pub(super) fn of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    let table = [
        ("pdf", "application/pdf"), ("xml", "application/xml"), ("csv", "text/csv; charset=utf-8"),
        ("txt", "text/plain; charset=utf-8"), ("html", "text/html"), ("htm", "text/html"),
        ("json", "application/json"), ("zip", "application/zip"),
        ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("png", "image/png"), ("gif", "image/gif"),
        ("webp", "image/webp"), ("heic", "image/heic"), ("tif", "image/tiff"), ("tiff", "image/tiff"),
        ("svg", "image/svg+xml"), ("mp4", "video/mp4"),
        ("doc", "application/msword"), ("xls", "application/vnd.ms-excel"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("odt", "application/vnd.oasis.opendocument.text"),
        ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ];
    table
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension))
        .map_or("application/octet-stream", |(_, media)| media)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_extension_decides_in_any_case() {
        assert_eq!(of("Loonstrook 2026-11.PDF"), "application/pdf");
        assert_eq!(of("a.b.csv"), "text/csv; charset=utf-8");
        assert_eq!(of("pdf"), "application/octet-stream");
        assert_eq!(of("a.unknown"), "application/octet-stream");
    }
}
