//! A running town, and those who ask something of it.

use std::path::Path;
use std::time::Instant;

use crate::feed::found;
use crate::load::{Connection, p95, request, signed_in};
use crate::server::{Server, stay_on_core};
use crate::world::{self, READERS};

const PASSWORD: &str = "a long sentence";

/// A running town, and what signs its readers in.
pub struct Town {
    pub server: Server,
    pub database: String,
    members: Vec<Member>,
}

/// What signs a reader in, as a page and as a program.
pub struct Member {
    pub cookie: String,
    pub token: String,
}

impl Town {
    /// Made in a folder, on a database of its own.
    pub async fn made(folder: &Path, url: Option<&str>) -> Town {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let database = world::database(folder, url).await;
        let server = Server::porch_on(folder, &database);
        found(server.port).await;
        for reader in &READERS {
            register(server.port, reader.name).await;
        }
        drop(server);
        let since = Instant::now();
        world::make(&database).await;
        println!("  (made in {:.0} s)", since.elapsed().as_secs_f64());
        let server = Server::porch_on(folder, &database);
        let mut members = Vec::new();
        for reader in &READERS {
            members.push(sign_in(server.port, reader.name).await);
        }
        Town {
            server,
            database,
            members,
        }
    }

    /// The headers of a page that the reader of that name asks for.
    pub fn cookie(&self, name: &str) -> String {
        signed_in(&self.member(name).cookie)
    }

    /// The headers of what a program asks in that reader's name.
    pub fn token(&self, name: &str) -> String {
        format!("Authorization: Bearer {}\r\n", self.member(name).token)
    }

    pub fn member(&self, name: &str) -> &Member {
        let at = READERS.iter().position(|reader| reader.name == name);
        &self.members[at.expect("a reader's name")]
    }

    /// How long each of these pages takes, one after the other.
    pub async fn ask(&self, reader: &str, paths: &[String]) -> Times {
        self.ask_with(&self.cookie(reader), paths).await
    }

    /// The same with headers that sign in.
    pub async fn ask_with(&self, headers: &str, paths: &[String]) -> Times {
        let mut connection = Connection::open(self.server.port).await;
        let mut times = Vec::with_capacity(paths.len());
        for path in paths {
            let asked = request(self.server.port, ("GET", path), headers, "");
            let since = Instant::now();
            connection.ask(&asked).await;
            times.push(since.elapsed().as_secs_f64() * 1_000.0);
        }
        Times::of(times)
    }
}

async fn register(port: u16, name: &str) {
    let url = format!("http://127.0.0.1:{port}/auth/register");
    let body = format!("{{\"email\": \"{name}@example.org\", \"password\": \"{PASSWORD}\"}}");
    let http = reqwest::Client::new().post(url).body(body);
    let answer = http
        .header("content-type", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
}

pub async fn sign_in(port: u16, name: &str) -> Member {
    let url = format!("http://127.0.0.1:{port}");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mail = format!("{name}%40example.org");
    let password = PASSWORD.replace(' ', "+");
    let send = async |path: &str, body: String| {
        let sent = http
            .post(format!("{url}{path}"))
            .header("origin", &url)
            .header("connection", "keep-alive")
            .header("content-type", "application/x-www-form-urlencoded");
        sent.body(body).send().await.unwrap()
    };
    let page = send("/login", format!("email={mail}&password={password}")).await;
    assert_eq!(page.status(), 303);
    let cookies = page.headers().get_all("set-cookie").iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookie = cookies.collect::<Vec<_>>().join("; ");
    let token = send(
        "/auth/jwt/login",
        format!("username={mail}&password={password}"),
    )
    .await;
    let token: serde_json::Value = token.json().await.unwrap();
    let token = token["access_token"].as_str().unwrap().to_owned();
    Member { cookie, token }
}

/// Measures in a town on SQLite, and in one on PostgreSQL where `DATABASE_URL` is one.
pub async fn on_both(measure: impl AsyncFn(&Town)) {
    stay_on_core(1);
    let folder = tempfile::tempdir().unwrap();
    let postgres = std::env::var("DATABASE_URL").ok();
    let postgres = postgres.filter(|url| url.starts_with("postgres"));
    println!("SQLite:");
    measure(&Town::made(&folder.path().join("sqlite"), None).await).await;
    match postgres {
        None => println!("PostgreSQL: DATABASE_URL names none"),
        Some(url) => {
            println!("PostgreSQL:");
            measure(&Town::made(&folder.path().join("postgres"), Some(&url)).await).await;
        }
    }
}

/// In milliseconds, the shortest first.
pub struct Times(pub Vec<f64>);

impl Times {
    pub fn of(mut times: Vec<f64>) -> Times {
        times.sort_by(f64::total_cmp);
        Times(times)
    }

    pub fn half(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    pub fn p95(&self) -> f64 {
        p95(&self.0)
    }
}
