//! Starts an outside program so that, taken over by the file it reads, it can do little: it sees its own folder
//! and the system's libraries, reaches no network and no other process, starts nothing, and has bounds on memory,
//! time and what it writes. What the kernel offers of this is used; `porch doctor` says what it lacks.
//!
//! The rules (Landlock, seccomp) are made before the fork. Between fork and exec only system calls are made, on
//! memory that was set up before (signal-safety(7)).

#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// One run of a program.
pub struct Run<'a> {
    pub program: &'a Path,
    /// Names of files are relative to `folder`.
    pub arguments: &'a [&'a str],
    /// All that it may write to, and where it begins.
    pub folder: &'a Path,
    /// A file elsewhere that it may read.
    pub input: Option<&'a Path>,
    /// Bytes of memory, what was mapped included.
    pub memory: u64,
    /// Bytes of any file it writes.
    pub written: u64,
    pub patience: Duration,
    /// Threads that it is told to use at once: so much more processor time it may take.
    pub threads: u32,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// It gave up.
    Failed,
    /// A signal ended it: it reached one of its bounds, or somebody else killed it.
    Killed,
    /// It took too long, or whoever listened had enough.
    Stopped,
}

/// In its folder, what the program says of itself.
const WORDS: &str = "words";
/// Whoever listens is asked this often whether to go on.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Runs it to its end and says whether it did its work in time. Blocking.
pub fn run(asked: &Run<'_>) -> io::Result<bool> {
    Ok(listen(asked, |_| ControlFlow::Continue(()))? == End::Done)
}

/// The same, and hands over what it writes to its standard output piece by piece, and nothing from time to time; until
/// its end, or until it is told to break off. Blocking.
///
/// The thread that calls this waits for the child itself: with it the child dies (PR_SET_PDEATHSIG).
pub fn listen(asked: &Run<'_>, mut heard: impl FnMut(&[u8]) -> ControlFlow<()>) -> io::Result<End> {
    let mut command = Command::new(asked.program);
    command
        .args(asked.arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir(asked.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(asked.folder.join(WORDS))?);
    confine(&mut command, asked)?;
    let mut child = command.spawn()?;
    let until = Instant::now() + asked.patience;
    let pieces = child.stdout.take().map(pieces);
    let end = wait(&mut child, pieces.as_ref(), until, &mut heard);
    if !matches!(end, Ok(End::Done | End::Failed | End::Killed)) {
        kill_group(&mut child)?;
        child.wait()?;
    }
    let end = end?;
    if end != End::Done {
        let program = asked.program.display();
        tracing::debug!(%program, ?end, words = words(asked.folder), "a program did not do its work");
    }
    Ok(end)
}

fn wait(
    child: &mut Child,
    pieces: Option<&Receiver<Vec<u8>>>,
    until: Instant,
    heard: &mut impl FnMut(&[u8]) -> ControlFlow<()>,
) -> io::Result<End> {
    if let Some(pieces) = pieces {
        loop {
            let piece = match pieces.recv_timeout(ASK_EVERY) {
                Ok(piece) => piece,
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if Instant::now() > until || heard(&piece).is_break() {
                return Ok(End::Stopped);
            }
        }
    }
    // It has said everything; but it may still be at work.
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.code() {
                Some(0) => End::Done,
                Some(_) => End::Failed,
                None => End::Killed,
            });
        }
        if Instant::now() > until {
            return Ok(End::Stopped);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What comes out of a pipe, read by a thread of its own: a few pieces wait, and then the program does.
fn pieces(mut pipe: ChildStdout) -> Receiver<Vec<u8>> {
    let (send, received) = mpsc::sync_channel(4);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if send.send(buffer[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    received
}

/// The last of what the program that worked in this folder said of itself.
pub fn words(folder: &Path) -> String {
    const LAST: usize = 64 << 10;
    let said = fs::read(folder.join(WORDS)).unwrap_or_default();
    let last = &said[said.len().saturating_sub(LAST)..];
    String::from_utf8_lossy(last).into_owned()
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
    let seconds = asked.patience.as_secs().max(1) * u64::from(asked.threads);
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
            let files =
                files::rules(asked.program, asked.folder, asked.input).map_err(io::Error::other)?;
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
mod tests;
