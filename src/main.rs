//! The commands: serve (the default), admin, import, member, invite, open, close, audit and doctor.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use porch::account::{self, Email, Operator, Order};
use porch::audit;
use porch::auth::{Sessions, Signer, TicketDoor};
use porch::clock::Clock;
use porch::config::{Problem, Setting, Settings};
use porch::db::Db;
use porch::house::House;
use porch::limit::Limiter;
use porch::media::Media;
use porch::moderation;

const HELP: &str = "\
Porch, a photo and video feed for people who know each other.

  porch                 serve; everything is kept in ./data (PORCH_DATA)
  porch admin <email>   make this account an administrator; if there is none with this address, make
                        one and print a link under which its password is chosen
  porch import <test.db> [--media <folder>]
                        take in the accounts and posts of the application that Porch replaces; files
                        come from the folder, or from where they were. Run again, it goes on
  porch member <email>  say how this account stands; with one more word: close or open it, let its owner choose
                        another password (password), or give an office: moderator, administrator, nothing
  porch invite [people] print a link by which so many come in within a week, or one
  porch open            let whoever finds the page come in, as the browser's setting does
  porch close           let nobody new in
  porch audit           print what was done last by those who look after the place
  porch doctor          say which formats, fonts and outside programs this machine has
  porch help            this text
  porch version         the version

Settings come from Rocket.toml and the environment: README.md lists them.";

fn main() -> ExitCode {
    give_large_memory_back();
    // Whatever is made is its owner's alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] | ["serve"] => run(serve()),
        ["admin", email] => run(admin(email)),
        ["import", database] => run(import(database, None)),
        ["import", database, "--media", folder] => run(import(database, Some(folder))),
        ["member", email] => run(member(email, None)),
        ["member", email, order] => run(member(email, Some(order))),
        ["invite"] => run(invite("1")),
        ["invite", people] => run(invite(people)),
        ["open"] => run(let_in("open")),
        ["close"] => run(let_in("closed")),
        ["audit"] => run(print_log()),
        ["doctor"] => {
            print!("{}", porch::doctor::report());
            Ok(())
        }
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        ["version" | "--version" | "-V"] => {
            println!("porch {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        other => Err(Problem(format!(
            "\"{}\" is no command of Porch. `porch help` lists them.",
            other.join(" ")
        ))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// A password's hash takes 19 MiB, a picture more. glibc would keep such blocks for later in every
/// thread's arena, hundreds of megabytes after a busy minute; mapped by themselves they go back when they
/// are freed.
fn give_large_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: sets a number in the allocator, before any other thread runs.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
    }
}

fn run(command: impl Future<Output = Result<(), Problem>>) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| Problem(format!("No threads can be started: {e}.")))?;
    runtime.block_on(command)
}

/// Settings, checked, and the folder they name, made.
fn settings() -> Result<(rocket::figment::Figment, Settings), Problem> {
    let figment = Settings::figment();
    let settings = Settings::read(&figment)?;
    let data = settings.data.display();
    std::fs::create_dir_all(&settings.data).map_err(|e| {
        Problem(format!(
            "PORCH_DATA is \"{data}\", which cannot be made: {e}."
        ))
    })?;
    Ok((figment, settings))
}

async fn serve() -> Result<(), Problem> {
    let (figment, settings) = settings()?;
    start_log(settings.log);
    if !settings.rate_limit {
        tracing::warn!("PORCH_RATE_LIMIT is off: passwords can be guessed without a pause");
    }
    let _lock = lock(&settings)?;
    open_database(&settings).await?.close().await;
    let (address, port) = (settings.address, settings.port);
    let rocket = porch::rocket(figment, settings, Clock::default());
    let launched = rocket.attach(porch::announce()).launch().await;
    launched
        .map(|_| ())
        .map_err(|error| launch_problem(&error, address, port))
}

/// Holds the data folder for this server alone, as long as the file is open. Several may share a PostgreSQL, and then a
/// folder too.
fn lock(settings: &Settings) -> Result<Option<std::fs::File>, Problem> {
    if !settings.database_url.starts_with("sqlite:") {
        return Ok(None);
    }
    let path = settings.data.join("lock");
    let refused = |error: &dyn std::fmt::Display| {
        Problem(format!("{} cannot be held: {error}.", path.display()))
    };
    let file = std::fs::File::create(&path).map_err(|error| refused(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(Problem(format!(
            "PORCH_DATA is \"{}\", which another Porch serves. Stop that one first, or give this one a folder of its own.",
            settings.data.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(refused(&error)),
    }
}

/// The database, migrated; before Rocket opens it, so that what is wrong is said in our words.
async fn open_database(settings: &Settings) -> Result<Db, Problem> {
    let url = porch::config::masked(&settings.database_url);
    let refused = |error: &dyn std::fmt::Display| {
        Problem(format!(
            "PORCH_DATABASE_URL is \"{url}\", which cannot be opened: {error}."
        ))
    };
    let db = Db::open(&settings.database_url)
        .await
        .map_err(|error| refused(&error))?;
    porch::changes::start(&db)
        .await
        .map_err(|error| refused(&error))?;
    Ok(db)
}

/// Our own lines at `level`, those of libraries only when something is wrong; Rocket's not at all, because they hold
/// whole addresses: nor those that its macros write in our name, a line for whatever a stranger is refused.
fn start_log(level: tracing::Level) {
    use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
    use tracing_subscriber::prelude::*;
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_writer(porch::log::Discreet::new)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let filter = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("rocket", LevelFilter::OFF)
        .with_target("porch", level);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter.and(filter_fn(|line| !line.target().ends_with("::_")))))
        .init();
}

fn launch_problem(error: &rocket::Error, address: std::net::IpAddr, port: u16) -> Problem {
    use rocket::error::ErrorKind;
    match error.kind() {
        ErrorKind::Bind(e) => Problem(format!(
            "ROCKET_ADDRESS {address} and ROCKET_PORT {port} cannot be served: {e}. Another program may be using them; choose another port."
        )),
        ErrorKind::FailedFairings(_) => Problem("Porch did not start.".into()),
        other => Problem(format!("Porch ended: {other}.")),
    }
}

async fn admin(email: &str) -> Result<(), Problem> {
    let (_, settings) = settings()?;
    let email = Email::new(email).map_err(|bad| Problem(bad.sentence().into()))?;
    let (db, sessions) = office(&settings).await?;
    let made = account::appoint(&db, &Clock::default(), &sessions, &email)
        .await
        .map_err(unchanged)?;
    db.close().await;
    match made {
        account::Appointed::Existing => println!("{} is an administrator now.", email.as_str()),
        account::Appointed::Chooses { path } => println!(
            "{} is an administrator now. Choose a password within the hour, while the server runs: {}{path}",
            email.as_str(),
            settings.address_url(settings.port),
        ),
    }
    Ok(())
}

/// The database, and what looks after sessions in it.
async fn office(settings: &Settings) -> Result<(Db, Sessions), Problem> {
    let signer = Signer::new(&settings.secret()?);
    let db = open_database(settings).await?;
    let sessions = Sessions::new(db.clone(), Clock::default(), signer, settings.is_https());
    Ok((db, sessions))
}

fn unchanged(error: porch::error::Error) -> Problem {
    Problem(format!("Nothing was changed: {error}."))
}

/// Says how a member stands, or changes it, for whoever has no browser at hand.
async fn member(email: &str, order: Option<&str>) -> Result<(), Problem> {
    let (_, settings) = settings()?;
    let email = Email::new(email).map_err(|bad| Problem(bad.sentence().into()))?;
    let order = order.map(|name| {
        let wrong = || {
            Problem(format!(
                "\"{name}\" cannot be done to an account: {}.",
                Order::NAMES
            ))
        };
        Order::named(name).ok_or_else(wrong)
    });
    let order = order.transpose()?;
    let (db, sessions) = office(&settings).await?;
    let operator = Operator {
        db: &db,
        clock: &Clock::default(),
        sessions: &sessions,
    };
    let path = match order {
        Some(order) => operator.order(&email, order, moderation::BY_HAND).await,
        None => Ok(None),
    };
    let path = path.map_err(unchanged)?;
    let stands = operator.describe(&email).await.map_err(unchanged)?;
    db.close().await;
    println!("{}", porch::log::printable(&stands));
    if let Some(path) = path {
        let home = settings.address_url(settings.port);
        println!("Choose a password within the hour, while the server runs: {home}{path}");
    }
    Ok(())
}

/// Prints a link by which so many come in.
async fn invite(people: &str) -> Result<(), Problem> {
    let (_, settings) = settings()?;
    let number = people.parse().map_err(|_| {
        Problem(format!(
            "\"{people}\" is no number of people. `porch invite 5` invites five."
        ))
    })?;
    let (db, sessions) = office(&settings).await?;
    let operator = Operator {
        db: &db,
        clock: &Clock::default(),
        sessions: &sessions,
    };
    let path = operator.invite(number).await.map_err(unchanged)?;
    db.close().await;
    println!("{}{path}", settings.address_url(settings.port));
    Ok(())
}

/// Sets who may come in, for whoever has no browser at hand.
async fn let_in(joining: &str) -> Result<(), Problem> {
    let (_, settings) = settings()?;
    if settings.place.contains_key(&Setting::Joining) {
        return Err(Problem(
            "PORCH_JOINING decides who comes in. Change it there, and start the server again."
                .into(),
        ));
    }
    let db = open_database(&settings).await?;
    let now = Clock::default().now();
    let mut tx = db.write().await.map_err(unchanged)?;
    let set = House::set(&mut tx, (Setting::Joining, Some(joining)), (None, now));
    set.await.map_err(unchanged)?;
    let done = audit::Done {
        deed: audit::Deed::SettingChanged,
        subject: Setting::Joining.name(),
        detail: joining,
    };
    audit::note(&mut tx, done, (None, now))
        .await
        .map_err(unchanged)?;
    tx.commit().await.map_err(unchanged)?;
    db.close().await;
    match joining {
        "open" => println!("Whoever finds the page comes in from now on."),
        _ => println!("Nobody new comes in from now on."),
    }
    Ok(())
}

/// The newest lines of the log.
async fn print_log() -> Result<(), Problem> {
    let (_, settings) = settings()?;
    let db = open_database(&settings).await?;
    let lines = audit::list(&db, audit::Filter::default(), None).await;
    let lines = lines.map_err(|error| Problem(format!("The log cannot be read: {error}.")))?;
    for line in lines {
        let at = porch::clock::date(line.at);
        let (date, hour, minute) = (at.date(), at.hour(), at.minute());
        let actor = line.actor_handle.as_deref().unwrap_or("-");
        let whom = line.whom_handle.unwrap_or(line.subject);
        let said = format!(
            "{date} {hour:02}:{minute:02} {actor} {} {whom} {}",
            line.act, line.detail
        );
        println!("{}", porch::log::printable(&said));
    }
    db.close().await;
    Ok(())
}

async fn import(database: &str, folder: Option<&str>) -> Result<(), Problem> {
    let (_, settings) = settings()?;
    let db = open_database(&settings).await?;
    let clock = Clock::default();
    let limiter = Arc::new(Limiter::new(false));
    let jobs = porch::jobs::Queue::new(db.clone(), clock.clone());
    let place = settings.place.clone();
    let house = porch::house::House::new(db.clone(), clock.clone(), place);
    let signer = Signer::new(&settings.secret()?);
    let tickets = TicketDoor::new(db.clone(), clock.clone(), signer);
    let media = Media::open(
        db.clone(),
        clock.clone(),
        porch::asks(limiter, &jobs, (house, tickets)),
        &settings,
    )
    .await
    .map_err(|e| Problem(format!("The folder for media cannot be used: {e}.")))?;
    let here = porch::import::Here {
        db: &db,
        media: &media,
        clock: &clock,
    };
    let files = (Path::new(database), folder.map(Path::new));
    let outcome = porch::import::import(here, &settings, files)
        .await
        .map_err(Problem)?;
    db.close().await;
    let said = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    println!(
        "Taken in: {} and {}. Here before: {} and {}.",
        said(outcome.accounts, "account"),
        said(outcome.posts, "post"),
        said(outcome.accounts_here, "account"),
        said(outcome.posts_here, "post"),
    );
    if !outcome.merged.is_empty() {
        println!(
            "Posts of these went to accounts with the same address, which keep their own passwords:"
        );
        for line in &outcome.merged {
            println!("  {}", porch::log::printable(line));
        }
    }
    if outcome.failures.is_empty() {
        return Ok(());
    }
    println!("Not taken in:");
    for failure in &outcome.failures {
        println!("  {}", porch::log::printable(failure));
    }
    Err(Problem(format!(
        "{} not taken in; the old database still has everything. Mend what can be mended (files can be put into a folder for --media) and run the same command again.",
        said(outcome.failures.len(), "thing")
    )))
}
