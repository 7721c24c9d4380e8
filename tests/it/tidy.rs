//! The map, enforced: arrows between rooms, sizes, template rules, guards, documents.

use std::fs;
use std::path::{Path, PathBuf};

use super::map::Map;

const LONGEST: usize = 400;

/// Each room with those it may import; the ground is open to all. As in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("live", &[]),
    ("jobs", &[]),
    ("mail", &[]),
    ("media", &[]),
    ("post", &["media", "live", "app"]),
    ("account", &["post", "media", "live", "mail", "jobs", "app"]),
    ("profile", &["post", "app"]),
    ("admin", &["account", "jobs", "app"]),
    ("doctor", &["media"]),
    ("openapi", &["account", "post"]),
    ("import", &["account", "post", "media"]),
];

const GROUND: &[&str] = &[
    "api", "assets", "auth", "catch", "clock", "cors", "cursor", "db", "error", "form", "health",
    "id", "limit", "settings", "site", "trace", "view",
];

/// Ground files that draw or report need the bundle of seams as well;.
const GROUND_MAY: &[(&str, &[&str])] = &[
    ("app", &["jobs", "live", "mail", "media"]),
    ("assets", &["app"]),
    ("catch", &["app"]),
    ("health", &["app"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The first name of a path inside `folder`.
fn room_of(path: &Path, folder: &str) -> String {
    let inside = path.strip_prefix(root().join(folder)).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn no_file_stands_in_a_circle() {
    for folder in ["transform/src", "src"] {
        let circles = Map::of(&root().join(folder)).circles();
        assert!(circles.is_empty(), "{folder}:\n{}", circles.join("\n"));
    }
}

#[test]
fn rooms_import_along_the_arrows_only() {
    for path in files(&root().join("src"), "rs") {
        let room = room_of(&path, "src");
        if room == "lib" || room == "main" {
            continue;
        }
        let mut allowed: Vec<&str> = GROUND.to_vec();
        allowed.push(&room);
        let rules = ARROWS
            .iter()
            .chain(GROUND_MAY)
            .filter(|(known, _)| *known == room);
        rules.for_each(|(_, more)| allowed.extend(*more));
        for part in text(&path).split("crate::").skip(1) {
            let target = part
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            assert!(
                target.is_empty() || allowed.contains(&target),
                "{}: {room} may not import {target}",
                path.display()
            );
        }
    }
}

#[test]
fn no_file_is_too_long() {
    for (folder, extension) in [
        ("src", "rs"),
        ("static/js", "js"),
        ("static/css", "css"),
        ("tests", "rs"),
    ] {
        for path in files(&root().join(folder), extension) {
            let lines = text(&path).lines().count();
            assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn every_template_has_a_room_and_says_what_it_takes() {
    const ROOMS: [&str; 6] = ["layout", "account", "admin", "mail", "post", "profile"];
    for path in files(&root().join("templates"), "html") {
        let room = room_of(&path, "templates");
        assert!(ROOMS.contains(&room.as_str()), "{}", path.display());
        assert!(
            text(&path).starts_with("{# "),
            "{} begins without saying what it takes",
            path.display()
        );
    }
}

#[test]
fn templates_hold_nothing_that_our_policy_forbids() {
    const FORBIDDEN: [&str; 9] = [
        "hx-on",
        "js:",
        "javascript:",
        "<script>",
        "style=",
        "onclick",
        "onload",
        "| safe",
        "|safe",
    ];
    for path in files(&root().join("templates"), "html") {
        // Letters are read elsewhere, where there is no style sheet.
        if room_of(&path, "templates") == "mail" {
            continue;
        }
        let text = text(&path);
        for forbidden in FORBIDDEN {
            assert!(
                !text.contains(forbidden),
                "{} holds {forbidden}",
                path.display()
            );
        }
        for trigger in text.split("hx-trigger=\"").skip(1) {
            let value = trigger.split('"').next().unwrap();
            assert!(
                !value.contains('['),
                "{}: a trigger filter needs eval",
                path.display()
            );
        }
    }
}

/// Rocket rewrites a POST by its hidden `_method`, so the check belongs to the route, whatever its
/// method.
#[test]
fn every_route_that_changes_something_asks_where_it_comes_from() {
    let mut found = 0;
    for path in files(&root().join("src"), "rs") {
        let text = text(&path);
        for method in ["#[post(", "#[put(", "#[patch(", "#[delete("] {
            for route in text.split(method).skip(1) {
                let signature = route.split(" {\n").next().unwrap();
                let guarded = [
                    "viewer: Viewer",
                    "SameSite",
                    "sent: Sent",
                    "SentFiles",
                    "caller: Caller",
                ];
                // These neither read nor set a cookie, so that there is nothing to ride on.
                let cookieless = route.starts_with("\"/auth/") && !signature.contains("CookieJar");
                let checked = cookieless || guarded.iter().any(|guard| signature.contains(guard));
                assert!(
                    checked,
                    "{}: {method}{}",
                    path.display(),
                    signature.lines().next().unwrap()
                );
                found += 1;
            }
        }
    }
    assert!(
        found >= 15,
        "only {found} routes were found: this test reads them wrongly"
    );
}

#[test]
fn the_readme_lists_every_setting() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for name in porch::settings::NAMES {
        assert!(
            readme.contains(&format!("PORCH_{name}`")),
            "README.md does not list PORCH_{name}"
        );
    }
}

#[test]
fn every_dependency_is_explained() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut listed = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            listed = line.ends_with("dependencies]");
            continue;
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| listed) else {
            continue;
        };
        assert!(
            map.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not say what {name} is for"
        );
    }
}
