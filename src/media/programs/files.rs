//! Which files an outside program may touch, for Landlock (kernel.org, "Landlock: unprivileged access control").

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

/// The newest rules that were read and tried; older kernels hold what they know of them.
const RULES: ABI = ABI::V6;
/// Libraries, and what they and the loader look at.
const READ: [&str; 9] = [
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
];

/// What `program` may touch that works in `folder` and reads `input`. Older kernels hold what they know of it.
pub fn rules(
    program: &Path,
    folder: &Path,
    input: Option<&Path>,
) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = AccessFs::ReadFile | AccessFs::Execute;
    let own =
        read | AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile | AccessFs::Truncate;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?;
    let mut allow = |path: &Path, access: BitFlags<AccessFs>| -> Result<(), RulesetError> {
        // What is not there needs no rule.
        let Ok(file) = PathFd::new(path) else {
            return Ok(());
        };
        let access = match path.is_dir() {
            true => access,
            false => access & AccessFs::from_file(RULES),
        };
        (&mut rules)
            .add_rule(PathBeneath::new(file, access))
            .map(drop)
    };
    for path in READ {
        allow(Path::new(path), read)?;
    }
    allow(
        Path::new("/dev/null"),
        AccessFs::ReadFile | AccessFs::WriteFile,
    )?;
    allow(program, run)?;
    for loader in loaders() {
        allow(&loader, run)?;
    }
    allow(folder, own)?;
    if let Some(input) = input {
        allow(input, AccessFs::ReadFile.into())?;
    }
    Ok(rules)
}

/// The loaders of programs, by their usual names.
fn loaders() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["/lib64", "/lib", "/usr/lib", "/usr/lib64"] {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let loader = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("ld-"));
        let named = entries.filter(|entry| loader(&entry.file_name()));
        found.extend(named.map(|entry| entry.path()));
    }
    found
}
