//! What it costs that people answer each other: feeds of one's own beside everybody's, likes in a burst, a comment, a
//! search, and what a socket is told that was away. In a town of a million posts, on SQLite and, where `DATABASE_URL` is
//! one, on PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::load::{Connection, request, waits};
use crate::town::{Times, Town, on_both, sign_in};
use crate::world::{self, POSTS, READERS};

const ASKED: usize = 200;

/// All of it, or the parts of these names.
pub async fn run(parts: &[&str]) {
    on_both(async |town: &Town| {
        let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
        if wanted("away") {
            away(town).await;
        }
        if wanted("feeds") {
            feeds(town).await;
        }
        if wanted("comments") {
            comments(town).await;
        }
        if wanted("burst") {
            burst(town).await;
        }
        if wanted("erasing") {
            erasing(town).await;
        }
    })
    .await;
}

/// First pages, at rest and while somebody likes something fifty times a second; then older ones.
async fn feeds(town: &Town) {
    let same = |path: &str| vec![path.to_owned(); ASKED];
    // What is kept in memory is read first.
    for reader in &READERS {
        town.ask(reader.name, &same("/?of=following")[..3]).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    town.ask("ordinary", &same("/?of=everyone")).await;
    let quiet = town.ask("ordinary", &same("/?of=everyone")).await;
    let busy = Busy::begin(town, 50);
    let everyone = town.ask("ordinary", &same("/?of=everyone")).await;
    println!(
        "  {:<44} p50 {:.2} p95 {:.2} ms (nobody writes: {:.2}, {:.2})",
        "Everyone, first page",
        everyone.half(),
        everyone.p95(),
        quiet.half(),
        quiet.p95()
    );
    for reader in &READERS {
        let times = town.ask(reader.name, &same("/?of=following")).await;
        line(
            &format!("Following, {}", reader.name),
            (&times, Some(&everyone)),
        );
    }
    for (back, name) in [(30, "an older page"), (20_000, "one far back")] {
        let pages = |of: &str| -> Vec<String> {
            let page = |n| {
                let begins = world::before(POSTS - back - n as u64 * 20);
                format!("/?of={of}&before={begins}")
            };
            (0..ASKED).map(page).collect()
        };
        let everyone = town.ask("ordinary", &pages("everyone")).await;
        line(&format!("Everyone, {name}"), (&everyone, None));
        for reader in ["ordinary", "three_hundred", "ten_thousand", "ten_silent"] {
            let times = town.ask(reader, &pages("following")).await;
            line(
                &format!("Following, {reader}, {name}"),
                (&times, Some(&everyone)),
            );
        }
    }
    busy.end().await;
}

fn line(name: &str, (times, beside): (&Times, Option<&Times>)) {
    let beside = beside.map_or(String::new(), |beside| {
        format!(
            "  {:.2} and {:.2} times",
            times.half() / beside.half(),
            times.p95() / beside.p95()
        )
    });
    println!(
        "  {name:<44} p50 {:.2} p95 {:.2} ms{beside}",
        times.half(),
        times.p95()
    );
}

/// Members who like and take it back, so many times a second together, each on a post of their own turn.
struct Busy {
    end: Arc<AtomicBool>,
    likers: Vec<tokio::task::JoinHandle<Vec<f64>>>,
}

impl Busy {
    fn begin(town: &Town, a_second: u64) -> Busy {
        const AT_ONCE: u64 = 20;
        let end = Arc::new(AtomicBool::new(false));
        let port = town.server.port;
        let likers = (0..AT_ONCE).map(|number| {
            let token = town.token(READERS[number as usize % READERS.len()].name);
            let end = end.clone();
            tokio::spawn(async move {
                let mut connection = Connection::open(port).await;
                let mut turns =
                    tokio::time::interval(Duration::from_micros(1_000_000 * AT_ONCE / a_second));
                let mut times = Vec::new();
                let mut turn = 0;
                while !end.load(Ordering::Relaxed) {
                    turns.tick().await;
                    // A hundred posts each, over and over.
                    let post = POSTS - (number * 100 + turn / 2 % 100);
                    let method = if turn % 2 == 0 { "PUT" } else { "DELETE" };
                    let path = format!("/posts/00000000-0000-7000-8000-{post:012}/like");
                    let since = Instant::now();
                    connection
                        .ask(&request(port, (method, &path), &token, ""))
                        .await;
                    times.push(since.elapsed().as_secs_f64() * 1_000.0);
                    turn += 1;
                }
                times
            })
        });
        Busy {
            end: end.clone(),
            likers: likers.collect(),
        }
    }

    async fn end(self) -> Times {
        self.end.store(true, Ordering::Relaxed);
        let mut times = Vec::new();
        for liker in self.likers {
            times.extend(liker.await.expect("no like fails"));
        }
        Times::of(times)
    }
}

/// A thousand likes a second for ten seconds, and a reader beside them.
async fn burst(town: &Town) {
    const A_SECOND: u64 = 1_000;
    const TIME: Duration = Duration::from_secs(10);
    let headers = town.cookie("ordinary");
    let reader = async |busy: Option<Busy>| {
        let end = AtomicBool::new(false);
        let page = (town.server.port, "/?of=everyone");
        let reading = waits(page, &headers, Duration::from_millis(10), &end);
        let ending = async {
            tokio::time::sleep(TIME).await;
            end.store(true, Ordering::Relaxed);
        };
        let (times, ()) = tokio::join!(reading, ending);
        let likes = match busy {
            Some(busy) => Some(busy.end().await),
            None => None,
        };
        (Times::of(times), likes)
    };
    let (idle, _) = reader(None).await;
    let cpu = town.server.cpu_ms();
    let (beside, likes) = reader(Some(Busy::begin(town, A_SECOND))).await;
    let likes = likes.expect("somebody liked");
    println!(
        "  likes: {:.0} a second of {A_SECOND} wanted, p50 {:.2} p95 {:.2} ms, {:.0} % of a core",
        likes.0.len() as f64 / TIME.as_secs_f64(),
        likes.half(),
        likes.p95(),
        (town.server.cpu_ms() - cpu) / TIME.as_secs_f64() / 10.0
    );
    line("a reader beside them", (&beside, Some(&idle)));
}

async fn comments(town: &Town) {
    let token = town.token("ordinary");
    let mut connection = Connection::open(town.server.port).await;
    let mut times = Vec::new();
    for n in 0..ASKED as u64 {
        let path = format!(
            "/posts/00000000-0000-7000-8000-{:012}/comments",
            POSTS - n % 50
        );
        let body = format!("{{\"text\": \"How wide the view is from there, number {n}\"}}");
        let asked = request(town.server.port, ("POST", &path), &token, &body);
        let since = Instant::now();
        connection.ask(&asked).await;
        times.push(since.elapsed().as_secs_f64() * 1_000.0);
    }
    line("a comment", (&Times::of(times), None));
}

/// Sockets that missed two hundred posts, until they have them all.
async fn away(town: &Town) {
    const MISSED: u64 = 200;
    let page = crate::load::body(town.server.port, &town.cookie("ordinary"), "/").await;
    let page = String::from_utf8(page).unwrap();
    let cursor = page.split("data-cursor=\"").nth(1).unwrap();
    let (epoch, _) = cursor.split('"').next().unwrap().rsplit_once('.').unwrap();
    let mut times = Vec::new();
    for _ in 0..20 {
        let since = Instant::now();
        let cursor = format!("{epoch}.{}", POSTS - MISSED);
        let mut asked = format!("ws://127.0.0.1:{}/live?c={cursor}", town.server.port)
            .into_client_request()
            .unwrap();
        let origin = format!("http://127.0.0.1:{}", town.server.port);
        let headers = asked.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        headers.insert("cookie", town.member("ordinary").cookie.parse().unwrap());
        let (mut stream, _) = tokio_tungstenite::connect_async(asked).await.unwrap();
        let mut cards = 0;
        while cards < MISSED {
            let message = stream
                .next()
                .await
                .expect("the socket stays open")
                .unwrap()
                .into_text()
                .unwrap();
            assert!(!message.contains("\"reset\""), "{message}");
            cards += u64::from(message.contains("\"put\""));
        }
        times.push(since.elapsed().as_secs_f64() * 1_000.0);
    }
    line("200 posts missed, all there", (&Times::of(times), None));
}

/// A member with 500,000 likes and 50,000 comments goes; how long others wait for the writer meanwhile.
async fn erasing(town: &Town) {
    let admin = sign_in(town.server.port, "ada").await;
    let headers = format!("Authorization: Bearer {}\r\n", admin.token);
    let idle = Busy::begin(town, 50);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = idle.end().await;
    let since = Instant::now();
    let busy = Busy::begin(town, 50);
    let path = format!("/users/{}", world::heavy());
    let mut connection = Connection::open(town.server.port).await;
    connection
        .ask(&request(town.server.port, ("DELETE", &path), &headers, ""))
        .await;
    let answered = since.elapsed();
    let left = format!("select id from users where id = '{}'", world::heavy());
    while !world::texts(&town.database, &left).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let times = busy.end().await;
    println!(
        "  500,000 likes and 50,000 comments erased: answered after {:.1} ms, done after {:.0} s",
        answered.as_secs_f64() * 1_000.0,
        since.elapsed().as_secs_f64()
    );
    line("a like meanwhile", (&times, Some(&idle)));
    println!(
        "    the longest {:.1} ms (at rest {:.1})",
        times.0.last().unwrap(),
        idle.0.last().unwrap()
    );
}
