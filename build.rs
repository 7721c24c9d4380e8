//! Joins htmx with our own scripts into one file, and our stylesheets into another, for embedding.
//!
//! One file, because separately deferred scripts race: htmx starts itself before a later one is
//! there. htmx comes from npm, pinned by version, lockfile and digest; without npm the build
//! succeeds, the pages work as plain forms, and live updates still work.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

const HTMX: &str = "node_modules/htmx.org/dist/htmx.min.js";
const HTMX_SHA256: &str = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130";

/// In the order in which they are joined; cascade layers and listeners depend on it. (What the composer
/// holds back must not be marked as under way by the forms.)
const SCRIPTS: &[&str] = &[
    "page", "time", "live", "feed", "likes", "talk", "older", "pictures", "videos", "viewer",
    "place", "people", "notices", "push", "suggest", "seen", "wall", "sheet", "upload", "composer",
    "forms",
];
const STYLES: &[&str] = &[
    "tokens", "base", "house", "parts", "forms", "frame", "post", "people", "notices", "talk",
    "one", "compose", "settings", "profile", "viewer", "states", "modes",
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for path in [
        "build.rs",
        "package.json",
        "package-lock.json",
        "static",
        HTMX,
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    for path in ["templates", "migrations"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let mut script = htmx();
    script.push_str(&joined("static/js", "js", SCRIPTS));
    fs::write(out.join("porch.js"), script).expect("OUT_DIR is writable");
    let style = joined("static/css", "css", STYLES);
    fs::write(out.join("porch.css"), style).expect("OUT_DIR is writable");
}

fn joined(folder: &str, extension: &str, names: &[&str]) -> String {
    let mut joined = String::new();
    for name in names {
        let path = Path::new(folder).join(name).with_extension(extension);
        match fs::read_to_string(&path) {
            Ok(text) => joined.push_str(&text),
            Err(e) => panic!("{}: {e}", path.display()),
        }
        joined.push('\n');
    }
    joined
}

/// htmx's text, or nothing (with one line that says what is missing).
fn htmx() -> String {
    if !Path::new(HTMX).exists() {
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts"])
            .output();
        match npm {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let last = text
                    .lines()
                    .rfind(|line| !line.trim().is_empty())
                    .unwrap_or("no message");
                return without(&format!("`npm ci` failed ({last})"));
            }
            Err(_) => return without("npm was not found"),
        }
    }
    let Ok(text) = fs::read_to_string(HTMX) else {
        return without(&format!("{HTMX} is missing after `npm ci`"));
    };
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if hex != HTMX_SHA256 {
        return without(&format!("{HTMX} has sha256 {hex}, not the pinned one"));
    }
    text + "\n"
}

fn without(why: &str) -> String {
    println!(
        "cargo::warning=Built without htmx: {why}. Pages work as plain forms; install Node.js with npm and build again for the enhanced ones."
    );
    String::new()
}
