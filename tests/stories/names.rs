//! What things may be called, and names that look like others.

use crate::client::{Client, Speaks, Told};
use crate::world::{BY_DEVRIES, MINE, TO_JANSEN, TO_OFFICE, World, at};

pub(crate) async fn names_are_one_in_any_case_and_what_windows_cannot_show_is_refused(
    world: World,
) {
    let devries = world.client("devries").await;
    devries.puts(&at(MINE, "Caf\u{e9}.txt"), b"one").await;
    devries.puts(&at(MINE, "CAFE\u{301}.TXT"), b"two").await;
    devries.sees(MINE, &["Caf\u{e9}.txt"]).await;
    devries.reads(&at(MINE, "Caf\u{e9}.txt"), b"two").await;
    for bad in [
        "a:b",
        "x.",
        "x ",
        "CON",
        "nul.txt",
        "a\\b",
        "a?b",
        "a*b",
        "a\u{202e}b",
        "\u{feff}a",
        "a\u{200b}",
        "a\u{2028}b",
        "a\u{ffff}",
        "x\u{a0}",
    ] {
        let path = at(MINE, bad);
        for told in [devries.put(&path, b"x").await, devries.make_folder(&path).await] {
            assert!(matches!(&told, Told::BadName(why) if !why.is_empty()), "{bad:?}: {told:?}");
        }
        let told = devries.rename(&at(MINE, "Caf\u{e9}.txt"), &path, true).await;
        assert!(matches!(told, Told::BadName(_)), "{bad:?}: {told:?}");
    }
    devries.sees(MINE, &["Caf\u{e9}.txt"]).await;
    let jansen = world.client("jansen").await;
    for any in ["a:b", "x.", "CON", "A:B", "x\u{200b}"] {
        jansen.puts(&at("/Back-ups", any), any.as_bytes()).await;
    }
    jansen.sees("/Back-ups", &["A:B", "CON", "a:b", "x.", "x\u{200b}"]).await;
    let told = jansen.rename("/Back-ups/x\u{200b}", &at(MINE, "x\u{200b}"), false).await;
    assert!(matches!(told, Told::BadName(_)), "{told:?}");
}

/// A disk of Windows or Linux holds both: a client that keeps such a folder equal to its own would delete the one that
/// is not in the listing, and put it over the other.
pub(crate) async fn a_sharp_s_is_not_two_letters(world: World) {
    let devries = world.client("devries").await;
    devries.puts(&at(MINE, "Ma\u{df}e.txt"), b"measures").await;
    devries.puts(&at(MINE, "Masse.txt"), b"mass").await;
    devries.sees(MINE, &["Masse.txt", "Ma\u{df}e.txt"]).await;
    assert_eq!(devries.get(&at(MINE, "MASSE.TXT")).await.as_deref(), Ok(&b"mass"[..]));
    assert_eq!(devries.get(&at(MINE, "MA\u{1e9e}E.TXT")).await.as_deref(), Ok(&b"measures"[..]));
    devries.deletes(&at(MINE, "masse.txt")).await;
    devries.reads(&at(MINE, "Ma\u{df}e.txt"), b"measures").await;
    devries.makes(&at(MINE, "Gro\u{df}")).await;
    devries.makes(&at(MINE, "Gross")).await;
    devries.moves(&at(MINE, "Ma\u{df}e.txt"), &at(MINE, "gross/Ma\u{df}e.txt")).await;
    devries.sees(&at(MINE, "Gro\u{df}"), &[]).await;
    devries.sees(&at(MINE, "Gross"), &["Ma\u{df}e.txt"]).await;
}

/// Folders in one another, each with this letter for a name, until the path has so many bytes.
async fn makes_down(who: &Client, top: &str, letter: &str, bytes: usize) -> String {
    let mut path = top.to_owned();
    while path.len() < bytes {
        let name = (bytes - path.len() - 1).min(240);
        path = at(&path, &letter.repeat(name));
        who.makes(&path).await;
    }
    path
}

/// A path has at most 4,096 bytes: what lay deeper could not be asked for any more.
pub(crate) async fn nothing_goes_where_its_path_would_be_too_long(world: World) {
    const MOST: usize = 4_096;
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    let [kept, tree] = ["kept", "tree"].map(|name| at(MINE, name));
    for folder in [&kept, &tree] {
        devries.makes(folder).await;
    }
    let leaf = at(&makes_down(&devries, &tree, "t", 2_200).await, "a.txt");
    devries.puts(&leaf, b"a").await;
    // With the tree in it under a name of one letter, its file is at the very end of what can be asked for.
    let bytes = MOST - "/t".len() - (leaf.len() - tree.len());
    let fits = makes_down(&devries, &kept, "k", bytes).await;
    let before = devries.tree(MINE).await;
    for told in [
        devries.rename(&tree, &at(&fits, "tt"), false).await,
        devries.rename(&tree, &at(&fits, "tt"), true).await,
    ] {
        assert!(matches!(&told, Told::BadName(why) if !why.is_empty()), "{told:?}");
    }
    assert_eq!(devries.tree(MINE).await, before);
    let told = devries.copy(&tree, &at(&fits, "tt")).await;
    assert!(matches!(told, Told::BadName(_)), "{told:?}");
    devries.reads(&leaf, b"a").await;
    if matches!(devries.speaks, Speaks::Dav(_)) {
        // By SFTP a client copies folder by folder, and is told when it comes to the one that is too far down.
        assert_eq!(devries.tree(MINE).await, before);
    }
    devries.moves(&tree, &at(&fits, "t")).await;
    let end = format!("{fits}/t{}", &leaf[tree.len()..]);
    assert_eq!((end.len(), devries.get(&end).await), (MOST, Ok(b"a".to_vec())));
    devries.moves(&at(&fits, "t"), &at(TO_JANSEN, "tree")).await;
    let far = makes_down(&jansen, TO_OFFICE, "o", 2_000).await;
    let seen = at(BY_DEVRIES, "tree");
    for told in [
        jansen.rename(&seen, &at(&far, "tree"), false).await,
        jansen.copy(&seen, &at(&far, "copy")).await,
    ] {
        assert!(matches!(told, Told::BadName(_)), "{told:?}");
    }
    jansen.moves(&seen, &at(TO_OFFICE, "tree")).await;
}

/// What is called like a folder of the tree, or looks like one, is a name like any other.
pub(crate) async fn what_looks_like_a_folder_of_the_tree_shares_nothing(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    for name in
        ["Gedeeld met werkgever", "Werkgevers", "Logboek", "Eerdere dagen", "Mijn bestanden"]
    {
        devries.makes(&at(MINE, name)).await;
        devries.puts(&at(MINE, &format!("{name}/a.txt")), b"private").await;
    }
    jansen.sees(BY_DEVRIES, &[]).await;
    // A Cyrillic letter, a letter of full width, a space that does not break, one that is not seen.
    for look in [
        "/Werkgev\u{435}rs",
        "/\u{ff37}erkgevers",
        "/Mijn\u{a0}bestanden",
        "/Mijn bestanden\u{200b}",
    ] {
        devries.has_no(look).await;
        devries.has_no(&at(look, "a.txt")).await;
        devries.may_not_make(look).await;
        devries.may_not_put(look).await;
        assert_eq!(devries.put(&at(look, "a.txt"), b"x").await, Told::Absent, "{look}");
    }
    let look = "/Werkgevers/Bakkerij Jansen B\u{412}/Gedeeld met werkgever";
    assert_eq!(devries.put(&at(look, "a.txt"), b"x").await, Told::Absent);
    // What is the same name in another case or form leads to the same folder.
    for (same, name) in
        [(TO_JANSEN.to_uppercase(), "b.txt"), (TO_JANSEN.replace("met", "m\u{200d}et"), "c.txt")]
    {
        devries.puts(&at(&same, name), b"shared").await;
        jansen.reads(&at(BY_DEVRIES, name), b"shared").await;
    }
}

/// Parties whose names collide, or are made to lead elsewhere.
pub(crate) async fn parties_with_hostile_or_equal_names_are_kept_apart(world: World) {
    let hostile = [
        ("een", "123456782L02", "bakkerij jansen bv", "bakkerij jansen bv L02"),
        ("twee", "123456782L03", "../../Garage Bos", "..-..-Garage Bos"),
        ("drie", "123456782L04", "CON", "_CON"),
        ("vier", "123456782L05", "Gedeeld\\u202Eteg. ", "Gedeeldteg"),
        ("vijf", "123456782L06", "Cafe\u{301} De Brug", "Caf\u{e9} De Brug"),
        ("zes", "123456782L07", "CAF\u{c9} DE BRUG", "CAF\u{c9} DE BRUG L07"),
        ("zeven", "123456782L08", "%2e%2e", "%2e%2e"),
        ("acht", "123456782L09", "Bakkerij Jansen", "Bakkerij Jansen"),
        ("negen", "123456782L10", "Bakkerij Jansen BV-geheim", "Bakkerij Jansen BV-geheim"),
    ];
    let mut all = String::new();
    for (id, lhn, name, _) in hostile {
        all += &format!(
            "[[employer]]\nid = \"{id}\"\nname = \"{name}\"\nadministrations = [\"{lhn}\"]\n\
             office = {{ id = \"kantoor-visser\", from = 2026-01-01 }}\nstaff = [ {{ login = \"{id}\", \
             name = \"X\", email = \"{id}@x.example\" }} ]\n"
        );
    }
    let first = "[[employer]]\nid = \"bakkerij-jansen\"";
    world.roster(&[("roster.toml", first, &format!("{all}{first}"))]).await;
    let petra = world.client("petra").await;
    let mut folders: Vec<_> = hostile.iter().map(|(.., folder)| *folder).collect();
    folders.extend(["Bakkerij Jansen BV", "Garage Bos"]);
    folders.sort_unstable();
    petra.sees("/Werkgevers", &folders).await;
    for (id, _, _, folder) in hostile {
        let shared = format!("/Werkgevers/{folder}/Gedeeld met werkgever/voor {id}.txt");
        petra.puts(&shared, id.as_bytes()).await;
    }
    for (id, ..) in hostile {
        world.gateway.admin.set_password(id, crate::common::PASSWORD).await.unwrap();
        let client = world.client(id).await;
        client.sees("/Gedeeld door kantoor", &[&format!("voor {id}.txt")]).await;
        client.puts(&format!("/Gedeeld met kantoor/van {id}.txt"), id.as_bytes()).await;
    }
    for (id, _, _, folder) in hostile {
        let shared = format!("/Werkgevers/{folder}/Gedeeld door werkgever");
        petra.sees(&shared, &[&format!("van {id}.txt")]).await;
    }
    petra.sees("/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever", &[]).await;
    let employer = "name = \"Bakkerij Jansen BV\"";
    for nothing in ["Bakkerij\\u0000Jansen", "\\u0000", "Bak\\nkerij"] {
        let change = ("roster.toml", employer, &*format!("name = \"{nothing}\""));
        assert!(!world.roster_applies(&[change]).await, "{nothing}");
    }
    for (old, new) in [("0042;A. de Vries", "0042;A.\u{0}de Vries"), ("0042;", "00\u{0}042;")] {
        assert!(!world.roster_applies(&[("jansen.csv", old, new)]).await, "{new:?}");
    }
}
