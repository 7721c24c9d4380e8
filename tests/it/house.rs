//! A whole server on a free port, and the people who visit it.

use std::sync::atomic::{AtomicU32, Ordering};

use porch::app::App;
use porch::clock::Clock;
use porch::config::{Given, Settings};
use rocket::fairing::AdHoc;

use crate::visitor::Visitor;

pub const PASSWORD: &str = "a long enough sentence";

pub struct House {
    pub url: String,
    pub app: App,
    pub clock: Clock,
    pub folder: tempfile::TempDir,
    database: Option<Database>,
    shutdown: rocket::Shutdown,
    server: tokio::task::JoinHandle<()>,
}

/// A PostgreSQL database of this house's own.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// One of its own and its address, where a server is named.
    pub async fn make() -> Option<(Database, String)> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("DATABASE_URL")
            .ok()
            .filter(|url| !url.is_empty())?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("porch_{}_{number}", std::process::id());
        let database = Database { server, name };
        database
            .run(&format!("create database {}", database.name))
            .await;
        let (before, _) = database
            .server
            .rsplit_once('/')
            .expect("…/name ends a database address");
        let url = format!("{before}/{}", database.name);
        Some((database, url))
    }

    pub async fn gone(self) {
        self.run(&format!("drop database {} with (force)", self.name))
            .await;
    }

    async fn run(&self, sql: &str) {
        use sqlx::{AssertSqlSafe, Connection, Executor};
        porch::db::install_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.server).await.unwrap();
        connection
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap();
    }
}

impl House {
    /// An open house: it has its administrator, Mo.
    pub async fn open() -> House {
        House::open_with(&[]).await
    }

    pub async fn open_with(settings: &[(&str, &str)]) -> House {
        let house = House::empty_with(settings).await;
        house.set_up().await;
        house
    }

    async fn set_up(&self) {
        let fields = [
            ("site_name", "The House"),
            ("email", "mo@example.org"),
            ("password", PASSWORD),
        ];
        let answer = self.stranger().post("/setup", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }

    /// A house that nobody has set up yet.
    pub async fn empty() -> House {
        House::empty_with(&[]).await
    }

    pub async fn empty_with(settings: &[(&str, &str)]) -> House {
        House::made(settings, as_it_is()).await
    }

    /// An open house whose server was changed.
    pub async fn open_and(settings: &[(&str, &str)], with: AdHoc) -> House {
        let house = House::made(settings, with).await;
        house.set_up().await;
        house
    }

    async fn made(settings: &[(&str, &str)], with: AdHoc) -> House {
        let database = Database::make().await;
        let (database, url) =
            database.map_or((None, None), |(database, url)| (Some(database), Some(url)));
        let folder = tempfile::tempdir().unwrap();
        House::start((folder, with), (database, url), settings, 0).await
    }

    async fn start(
        (folder, with): (tempfile::TempDir, AdHoc),
        (database, url): (Option<Database>, Option<String>),
        settings: &[(&str, &str)],
        port: u16,
    ) -> House {
        let mut figment = Settings::figment()
            .merge(("address", "127.0.0.1"))
            .merge(("port", port))
            .merge(("shutdown.ctrlc", false))
            .merge(("shutdown.signals", Vec::<String>::new()))
            .merge(("shutdown.grace", 2))
            .merge(("shutdown.mercy", 1))
            .merge(("porch.argon2_memory_kib", 64))
            .merge(("porch.min_free_space", "1MB"))
            .merge(("porch.rate_limit", "off"))
            .merge(("porch.data", folder.path().display().to_string()));
        if let Some(url) = &url {
            figment = figment.merge(("porch.database_url", url));
        }
        for (name, value) in settings {
            figment = figment.merge((format!("porch.{}", name.to_lowercase()), value));
        }
        let settings = Settings::from(&figment, Given::default()).unwrap();
        let clock = Clock::default();
        let (tell, told) = tokio::sync::oneshot::channel();
        let tell = std::sync::Mutex::new(Some(tell));
        let rocket = porch::rocket(figment, settings, clock.clone())
            .attach(with)
            .attach(AdHoc::on_liftoff("Port", move |rocket| {
                let port = rocket.config().port;
                Box::pin(async move {
                    tell.lock().unwrap().take().unwrap().send(port).unwrap();
                })
            }))
            .ignite()
            .await
            .unwrap();
        let app = rocket.state::<App>().unwrap().clone();
        let shutdown = rocket.shutdown();
        let server = tokio::spawn(async move {
            rocket.launch().await.unwrap();
        });
        let url = format!("http://127.0.0.1:{}", told.await.unwrap());
        House {
            url,
            app,
            clock,
            folder,
            database,
            shutdown,
            server,
        }
    }

    /// Ends the server in good order and starts it again on the same port, with the same data.
    pub async fn restart(self) -> House {
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        let url = self
            .database
            .as_ref()
            .map(|_| self.app.settings.database_url.clone());
        self.shutdown.notify();
        self.server.await.unwrap();
        drop(self.app);
        let folder = (self.folder, as_it_is());
        House::start(folder, (self.database, url), &[], port).await
    }

    pub async fn close(self) {
        self.shutdown.clone().notify();
        let _ = self.server.await;
        self.app.db.close().await;
        if let Some(database) = self.database {
            database.gone().await;
        }
    }

    /// Waits until every change so far was given out, so that a page's cursor is the newest. (An older
    /// one is no fault: what it brings twice counts once.)
    pub async fn settled(&self) {
        let counter = porch::changes::counter(&self.app.db).await.unwrap();
        while self.app.hub.emitted() < counter.seq {
            tokio::task::yield_now().await;
        }
    }

    /// The letters that have gone out so far, decoded, oldest first.
    pub fn letters(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mail")) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|e| e == "eml"))
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| decoded(&std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    /// Waits for the letter that is about this.
    pub async fn letter(&self, about: &str) -> String {
        self.letter_with(about, "").await
    }

    /// Waits for the letter that is about this and names that.
    pub async fn letter_with(&self, about: &str, named: &str) -> String {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let mut letters = self.letters();
            letters
                .retain(|letter| letter.contains(&format!(": {about}")) && letter.contains(named));
            if let Some(letter) = letters.pop() {
                return letter;
            }
            assert!(
                std::time::Instant::now() < until,
                "no letter about {about:?}"
            );
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Somebody whom nobody knows, with a browser.
    pub fn stranger(&self) -> Visitor {
        Visitor::new(&self.url)
    }

    /// A member, just registered as `<name>@example.org`.
    pub async fn visitor(&self, name: &str) -> Visitor {
        let visitor = self.stranger();
        let email = format!("{name}@example.org");
        let fields = [
            ("email", email.as_str()),
            ("password", PASSWORD),
            ("name", name),
        ];
        let answer = visitor.post("/register", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor
    }

    /// The same member in another browser.
    pub async fn signed_in(&self, name: &str) -> Visitor {
        let visitor = self.stranger();
        let email = format!("{name}@example.org");
        let answer = visitor
            .post("/login", &[("email", &email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor
    }

    /// Confirms the address `<name>@example.org`, as its owner does who asks for the letter again.
    pub async fn confirm(&self, name: &str) {
        let email = format!("{name}@example.org");
        let owner = self.stranger();
        let asked = owner.post("/verify/letter", &[("email", &email)]).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let token = token_in(&self.letter_with("confirm your address", &email).await);
        let confirmed = owner.post("/verify", &[("token", &token)]).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    }
}

fn as_it_is() -> AdHoc {
    AdHoc::on_ignite("Nothing", |rocket| Box::pin(async { rocket }))
}

/// The token in a letter's link.
pub fn token_in(letter: &str) -> String {
    let rest = letter.split("token=").nth(1).expect("a link with a token");
    rest.split(|c: char| c.is_whitespace() || c == '"')
        .next()
        .unwrap()
        .to_owned()
}

/// A letter without the line breaks and escapes of quoted-printable.
fn decoded(letter: &str) -> String {
    let joined = letter.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if first == b'=' && letter.contains("quoted-printable") => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
