//! The map, enforced: arrows between rooms, sizes, template rules, guards, documents.

use std::fs;
use std::path::{Path, PathBuf};

use super::map::Map;

const LONGEST: usize = 400;

/// The ground, from the bottom up: each may import those before it. As in ARCHITECTURE.md.
const GROUND: &[&str] = &[
    "log",
    "error",
    "id",
    "clock",
    "generations",
    "terms",
    "outside",
    "gzip",
    "known",
    "cursor",
    "config",
    "paths",
    "cors",
    "db",
    "changes",
    "circle",
    "audience",
    "limit",
    "office",
    "audit",
    "house",
    "auth",
    "form",
    "api",
    "assets",
    "site",
    "taste",
    "visit",
    "view",
    "trace",
    "lines",
];

/// Rooms that know the ground only.
const SEAMS: &[&str] = &["jobs", "mail", "live", "media", "push"];

/// What bundles the seams, and what draws or reports with it.
const BUNDLE: &[&str] = &["app", "catch", "health", "install"];

/// Every room.
const ALL: &[&str] = &[
    "account",
    "admin",
    "door",
    "group",
    "moderation",
    "notice",
    "post",
    "profile",
    "search",
    "settings",
    "talk",
];

/// Each room above with the others that it may import, beside ground, seams and bundle.
const ROOMS: &[(&str, &[&str])] = &[
    ("post", &[]),
    ("notice", &["account", "post"]),
    ("talk", &["notice", "post"]),
    ("profile", &["account", "notice", "post"]),
    ("search", &["post", "profile"]),
    ("account", &[]),
    ("door", &["account"]),
    ("settings", &["account", "door", "notice", "post"]),
    ("moderation", &["account", "notice", "post", "talk"]),
    ("group", &["account", "notice", "post", "profile"]),
    ("admin", &["account", "moderation", "post"]),
    ("import", &["account", "post"]),
    ("doctor", &[]),
    ("openapi", ALL),
    ("seams", ALL),
    ("upkeep", ALL),
];

/// What a file at the top, or in the folder of that name, may import; nothing where the map does not know it.
fn may_import(room: &str) -> Option<Vec<&'static str>> {
    let before = |list: &[&'static str]| {
        let at = list.iter().position(|name| *name == room)?;
        Some(list[..at].to_vec())
    };
    if let Some(ground) = before(GROUND) {
        return Some(ground);
    }
    if SEAMS.contains(&room) {
        return Some(GROUND.to_vec());
    }
    if let Some(bundle) = before(BUNDLE) {
        return Some([GROUND, SEAMS, &bundle].concat());
    }
    let (_, rooms) = ROOMS.iter().find(|(name, _)| *name == room)?;
    Some([GROUND, SEAMS, BUNDLE, rooms].concat())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.ends_with("node_modules") {
            continue;
        }
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
    let map = Map::of(&root().join("src"));
    let mut wrong = Vec::new();
    for module in map.0.keys().filter(|module| !module.is_empty()) {
        let room = module[0].as_str();
        if room == "main" {
            continue;
        }
        let allowed = may_import(room).unwrap_or_else(|| panic!("where does {room} stand?"));
        for target in map.imports(module) {
            let Some(other) = target.first() else {
                wrong.push(format!("{} imports the crate's root", module.join("::")));
                continue;
            };
            if other != room && !allowed.contains(&other.as_str()) {
                let (from, to) = (module.join("::"), target.join("::"));
                wrong.push(format!("{from} may not import {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands in a `mod.rs` is a door: the files of its folder, what they give out, and the lists that `lib.rs`
/// puts together.
#[test]
fn every_mod_file_is_a_door() {
    const LISTS: [&str; 4] = ["routes", "api_routes", "form_pages", "JOBS"];
    let is_door = |item: &syn::Item| match item {
        syn::Item::Mod(item) => item.content.is_none(),
        syn::Item::Use(_) => true,
        syn::Item::Fn(item) => LISTS.contains(&item.sig.ident.to_string().as_str()),
        syn::Item::Static(item) => LISTS.contains(&item.ident.to_string().as_str()),
        _ => false,
    };
    for folder in ["transform/src", "src"] {
        for file in Map::of(&root().join(folder)).0.values() {
            let door = file.path.ends_with("mod.rs");
            let more = file.syntax.items.iter().any(|item| !is_door(item));
            assert!(
                !(door && more),
                "{} is more than a door",
                file.path.display()
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
        ("tests", "mjs"),
        ("templates", "html"),
        ("benches", "rs"),
        ("transform", "rs"),
    ] {
        for path in files(&root().join(folder), extension) {
            let lines = text(&path).lines().count();
            assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
        }
    }
}

/// Tuples that nobody can read: of three or more, or with a flag that does not say what it means.
#[derive(Default)]
struct Tuples(Vec<String>);

impl<'ast> syn::visit::Visit<'ast> for Tuples {
    fn visit_type_tuple(&mut self, tuple: &'ast syn::TypeTuple) {
        let has_flag = tuple
            .elems
            .iter()
            .any(|part| matches!(part, syn::Type::Path(path) if path.path.is_ident("bool")));
        if tuple.elems.len() >= 3 || has_flag {
            self.0
                .push(quote::ToTokens::to_token_stream(tuple).to_string());
        }
        syn::visit::visit_type_tuple(self, tuple);
    }
}

#[test]
fn what_belongs_together_has_names() {
    let mut found = Vec::new();
    for (module, file) in Map::of(&root().join("src")).0 {
        let mut tuples = Tuples::default();
        syn::visit::Visit::visit_file(&mut tuples, &file.syntax);
        let named = |tuple: &String| format!("{}: {tuple}", module.join("::"));
        found.extend(tuples.0.iter().map(named));
    }
    assert!(
        found.is_empty(),
        "give these a struct:\n{}",
        found.join("\n")
    );
}

#[test]
fn every_template_has_a_room_and_says_what_it_takes() {
    const ROOMS: [&str; 12] = [
        "layout",
        "door",
        "settings",
        "admin",
        "mail",
        "post",
        "talk",
        "profile",
        "notice",
        "search",
        "moderation",
        "group",
    ];
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
        // Letters are read elsewhere, where there is no style sheet: looks stand in them, and nothing else may.
        let letter = room_of(&path, "templates") == "mail";
        let text = text(&path);
        for forbidden in FORBIDDEN {
            if letter && forbidden == "style=" {
                continue;
            }
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
                let reads_cookies = ["CookieJar", "Visit"]
                    .iter()
                    .any(|guard| signature.contains(guard));
                let for_anybody = ["\"/auth/", "\"/letters/"]
                    .iter()
                    .any(|path| route.starts_with(path));
                let cookieless = for_anybody && !reads_cookies;
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
    for name in porch::config::Settings::names() {
        assert!(
            readme.contains(&format!("PORCH_{name}`")),
            "README.md does not list PORCH_{name}"
        );
    }
}

#[test]
fn every_dependency_is_explained() {
    for (manifest, document) in [
        ("Cargo.toml", "ARCHITECTURE.md"),
        ("transform/Cargo.toml", "transform/README.md"),
    ] {
        let manifest = text(&root().join(manifest));
        let explained = text(&root().join(document));
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
                explained.contains(&format!("`{name}`")),
                "{document} does not say what {name} is for"
            );
        }
    }
}
