//! The feed page, signed in, twenty cards, of ten thousand and of a million posts, beside a bare
//! Rocket route that answers the same bytes from memory.

use std::path::Path;
use std::time::Duration;

use porch::db::Db;

use crate::load::{body, median, requests, signed_in};
use crate::server::{LARGE_PIECES, Server, stay_on_core};

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);

/// A server with one member and this many posts; with that member's cookie.
pub async fn house(folder: &Path, posts: u64) -> (Server, String) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let server = Server::porch(folder);
    let cookie = found(server.port).await;
    if posts > 0 {
        seed(folder, posts).await;
    }
    (server, cookie)
}

/// Makes the first member of a fresh server; their cookie.
pub async fn found(port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let answer = http
        .unwrap()
        .post(format!("{url}/setup"))
        .header("origin", &url)
        .header("connection", "keep-alive")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("site_name=Bench&email=ada%40example.org&password=a+long+sentence")
        .send()
        .await
        .unwrap();
    // The session's and the device's, in whatever order.
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    cookies.collect::<Vec<_>>().join("; ")
}

/// Posts with one picture each, put there directly.
async fn seed(folder: &Path, posts: u64) {
    let db = Db::open(&format!("sqlite://{}", folder.join("porch.db").display()))
        .await
        .unwrap();
    let mut tx = db.write().await.unwrap();
    for statement in [NUMBERED_POSTS, NUMBERED_MEDIA, COUNTED] {
        sqlx::query(statement)
            .bind(posts as i64)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await;
}

const NUMBERED_POSTS: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
    insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key)
    select printf('00000000-0000-7000-8000-%012x', i), (select id from users limit 1),
           'Post number ' || i || ', two hours up, one pear each, nobody fell into the stream.',
           1760000000000000 + i, i, i
      from n";

const NUMBERED_MEDIA: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
    insert into media (id, key, owner_id, purpose, post_id, position, format, width, height, frames,
                       duration_ms, bytes, alt, file_name, created_at)
    select printf('00000000-0000-7000-9000-%012x', i), printf('%026x.jpg', i),
           (select id from users limit 1), 'post', printf('00000000-0000-7000-8000-%012x', i), 0,
           'jpg', 4000, 3000, 1, 0, 3000000, 'A stony path climbs a green slope', 'a.jpg', i
      from n";

const COUNTED: &str = "update feed_clock set seq = $1, last_at = 1760000000000000 + $1";

pub async fn run() {
    stay_on_core(1);
    let folder = tempfile::tempdir().unwrap();
    let (small, small_cookie) = house(&folder.path().join("small"), 10_000).await;
    println!(
        "at rest: {:.1} MB resident",
        small.resident_kib() as f64 / 1024.0
    );
    let (large, large_cookie) = house(&folder.path().join("large"), 1_000_000).await;
    let (small_cookie, large_cookie) = (signed_in(&small_cookie), signed_in(&large_cookie));
    let packed = format!("{small_cookie}Accept-Encoding: gzip\r\n");
    let mut bare = Vec::new();
    for (name, headers) in [("page.html", &small_cookie), ("page.gz", &packed)] {
        let page = body(small.port, headers, "/").await;
        println!("{name}: {:.1} KB", page.len() as f64 / 1024.0);
        let file = folder.path().join(name);
        std::fs::write(&file, &page).unwrap();
        bare.push(Server::start(&["bare", &file.display().to_string()]));
    }
    let (bare, bare_packed) = (&bare[0], &bare[1]);
    println!("feed page: {CONNECTIONS} connections, {ROUNDS} rounds in turns");

    let servers = [
        ("a bare route from memory", bare, "/", ""),
        ("the same, in large pieces", bare, LARGE_PIECES, ""),
        ("Porch, 10,000 posts", &small, "/", small_cookie.as_str()),
        ("Porch, 1,000,000 posts", &large, "/", large_cookie.as_str()),
        (
            "a bare route, compressed",
            bare_packed,
            LARGE_PIECES,
            packed.as_str(),
        ),
        ("Porch, compressed", &small, "/", packed.as_str()),
    ];
    let mut rates = [const { Vec::new() }; 6];
    let mut costs = [const { Vec::new() }; 6];
    for round in 0..=ROUNDS {
        for (n, (_, server, path, headers)) in servers.iter().enumerate() {
            let before = server.cpu_ms();
            let (count, _) = requests((server.port, path), headers, CONNECTIONS, ROUND).await;
            // The first round warms up.
            if round > 0 {
                rates[n].push(count as f64 / ROUND.as_secs_f64());
                costs[n].push((server.cpu_ms() - before) * 1_000.0 / count as f64);
            }
        }
    }
    let rates = rates.map(median);
    let costs = costs.map(median);
    for (n, (name, ..)) in servers.iter().enumerate() {
        let least = if n < 4 { rates[0] } else { rates[4] };
        println!(
            "  {name:<26} {:>7.0} requests/s  {:>6.0} µs of processor  {:.2} of the bare route",
            rates[n],
            costs[n],
            rates[n] / least
        );
    }
    println!(
        "  a million posts cost {:.2} times what ten thousand do",
        costs[3] / costs[2]
    );
    println!(
        "after this load: {:.1} MB resident",
        small.resident_kib() as f64 / 1024.0
    );
}
