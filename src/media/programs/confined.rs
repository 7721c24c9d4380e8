//! Starts an outside program so that, taken over by the file it reads, it can do little: it sees its own folder
//! and the system's libraries, reaches no network and no other process, starts nothing, and has bounds on memory,
//! time and what it writes. What the kernel offers of this is used; `porch doctor` says what it lacks.
//!
//! The rules (Landlock, seccomp) are made before the fork. Between fork and exec only system calls are made, on
//! memory that was set up before (signal-safety(7)).

#![allow(unsafe_code)]

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One run of a program.
pub struct Run<'a> {
    pub program: &'a Path,
    /// Names of files are relative to `folder`.
    pub arguments: &'a [&'a str],
    /// All that it may write to, and where it begins.
    pub folder: &'a Path,
    /// Bytes of memory, what was mapped included.
    pub memory: u64,
    /// Bytes of any file it writes.
    pub written: u64,
    pub patience: Duration,
}

/// Runs it to its end and says whether it did its work in time. Blocking.
pub fn run(asked: &Run<'_>) -> io::Result<bool> {
    let mut command = Command::new(asked.program);
    command
        .args(asked.arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir(asked.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    confine(&mut command, asked)?;
    wait(command.spawn()?, Instant::now() + asked.patience)
}

fn wait(mut child: Child, until: Instant) -> io::Result<bool> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if Instant::now() > until {
            kill_group(&mut child)?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A part of the confinement, in words, and whether this machine has it.
pub struct Bound {
    pub what: &'static str,
    pub holds: bool,
}

/// What holds on this machine and what does not.
pub fn confinement() -> Vec<Bound> {
    let mut parts = vec![Bound {
        what: "bounds on memory, time and files",
        holds: cfg!(unix),
    }];
    #[cfg(target_os = "linux")]
    parts.extend([
        Bound {
            what: "files of its own only (Landlock)",
            holds: linux::has_landlock(),
        },
        Bound {
            what: "no network, no other programs (seccomp)",
            holds: super::calls::filter().is_some(),
        },
    ]);
    parts
}

#[cfg(not(unix))]
fn confine(_: &mut Command, _: &Run<'_>) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) -> io::Result<()> {
    child.kill()
}

#[cfg(unix)]
fn kill_group(child: &mut Child) -> io::Result<()> {
    // SAFETY: the group was made by the child for itself, and it has not been waited for.
    match unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL) } {
        0 => Ok(()),
        _ => child.kill(),
    }
}

#[cfg(unix)]
fn confine(command: &mut Command, asked: &Run<'_>) -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    const FILES: u64 = 64;
    let seconds = asked.patience.as_secs().max(1);
    let limits = [
        (libc::RLIMIT_AS, asked.memory),
        (libc::RLIMIT_CPU, seconds),
        (libc::RLIMIT_FSIZE, asked.written),
        (libc::RLIMIT_NOFILE, FILES),
        (libc::RLIMIT_CORE, 0),
    ];
    #[cfg(target_os = "linux")]
    let cage = linux::Cage::new(asked)?;
    let act = move || {
        // SAFETY: plain system calls on plain numbers.
        unsafe {
            if libc::setpgid(0, 0) != 0 {
                return Err(io::Error::last_os_error());
            }
            for (what, most) in limits {
                let limit = libc::rlimit {
                    rlim_cur: most as libc::rlim_t,
                    rlim_max: most as libc::rlim_t,
                };
                if libc::setrlimit(what, &limit) != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            // Whoever waits for a page comes first; that this fails does no harm.
            libc::setpriority(libc::PRIO_PROCESS, 0, 19);
        }
        #[cfg(target_os = "linux")]
        cage.enter()?;
        Ok(())
    };
    // SAFETY: `act` only makes system calls on memory that was set up before the fork.
    unsafe { command.pre_exec(act) };
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, OwnedFd};

    use seccompiler::BpfProgram;

    use super::super::{calls, files};
    use super::{Run, io};

    /// What the child puts on itself, made before it is there.
    pub struct Cage {
        files: Option<OwnedFd>,
        calls: Option<BpfProgram>,
    }

    impl Cage {
        pub fn new(asked: &Run<'_>) -> io::Result<Cage> {
            let files = files::rules(asked.program, asked.folder).map_err(io::Error::other)?;
            Ok(Cage {
                files: files.into(),
                calls: calls::filter(),
            })
        }

        /// In the child.
        pub fn enter(&self) -> io::Result<()> {
            let done = |result: libc::c_long| match result {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            };
            // SAFETY: system calls, on memory that lives until exec: `self` is owned by the closure that calls.
            unsafe {
                done(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL).into())?;
                done(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
                // Version 3 (linux/capability.h), this process, and no capability in any of three sets of two.
                let head = [0x2008_0522_u32, 0];
                let none = [0_u32; 6];
                done(libc::syscall(
                    libc::SYS_capset,
                    head.as_ptr(),
                    none.as_ptr(),
                ))?;
                if let Some(files) = &self.files {
                    let file = files.as_raw_fd();
                    done(libc::syscall(libc::SYS_landlock_restrict_self, file, 0))?;
                }
                if let Some(calls) = &self.calls {
                    let program = libc::sock_fprog {
                        len: calls.len() as libc::c_ushort,
                        filter: calls.as_ptr().cast_mut().cast(),
                    };
                    let mode = libc::SECCOMP_SET_MODE_FILTER;
                    done(libc::syscall(
                        libc::SYS_seccomp,
                        mode,
                        0,
                        &raw const program,
                    ))?;
                }
            }
            Ok(())
        }
    }

    /// Whether this kernel knows rules about files.
    pub fn has_landlock() -> bool {
        let version = 1;
        let none = std::ptr::null::<libc::c_void>();
        // SAFETY: asks for a number; nothing is read or written.
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0, version) > 0 }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What a shell can do in there; its last command says whether it went well.
    fn shell(folder: &Path, script: &str) -> bool {
        let run = Run {
            program: Path::new("/bin/sh"),
            arguments: &["-c", script],
            folder,
            memory: 1 << 30,
            written: 1 << 20,
            patience: Duration::from_secs(5),
        };
        super::run(&run).unwrap()
    }

    #[test]
    fn a_program_sees_its_own_folder_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let (folder, secret) = (place.path().join("work"), place.path().join("secret"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&secret, "hunter2").unwrap();
        std::fs::write(folder.join("in"), "in").unwrap();
        assert!(shell(&folder, "read word < in; echo $word > out"));
        assert_eq!(std::fs::read(folder.join("out")).unwrap(), b"in\n");
        if !linux::has_landlock() {
            println!("this kernel knows no Landlock: what follows cannot hold");
            return;
        }
        let secret = secret.display();
        for script in [
            format!("read word < {secret}"),
            "read word < ../secret".into(),
            format!("echo x > {secret}"),
            "echo x > ../other".into(),
            "read word < /proc/self/environ".into(),
            "read word < /proc/$PPID/environ".into(),
            "read word < /etc/passwd".into(),
            "/bin/ls".into(),
            "/bin/sh -c :".into(),
            // No other process, and none to signal.
            "(:) || exit 1; : &".into(),
            "kill -0 $PPID".into(),
        ] {
            assert!(!shell(&folder, &script), "{script}");
        }
        assert_eq!(
            std::fs::read_to_string(place.path().join("secret")).unwrap(),
            "hunter2"
        );
    }

    #[test]
    fn a_program_has_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let run = |script: &str, memory: u64, patience: Duration| {
            let run = Run {
                program: Path::new("/bin/sh"),
                arguments: &["-c", script],
                folder: folder.path(),
                memory,
                written: 10_000,
                patience,
            };
            super::run(&run).unwrap()
        };
        let (memory, second) = (1 << 30, Duration::from_secs(1));
        let begun = Instant::now();
        assert!(!run("while :; do :; done", memory, second));
        assert!(begun.elapsed() < Duration::from_secs(20));
        let doubling = "x=0123456789; while :; do x=$x$x; done";
        assert!(!run(doubling, 100 << 20, Duration::from_secs(20)));
        let writing = "while :; do echo 0123456789012345678901234567890123456789; done > out";
        assert!(!run(writing, memory, Duration::from_secs(20)));
        assert!(std::fs::metadata(folder.path().join("out")).unwrap().len() <= 10_000);
    }
}
