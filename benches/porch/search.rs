//! A search among a million posts: whole requests for a page of results, beside FTS5's bare query for the same words.

use std::time::Instant;

use porch::db::install_drivers;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use crate::town::{Times, Town, on_both};
use crate::world;

const ASKED: usize = 200;

pub async fn run() {
    on_both(measure).await;
}

async fn measure(town: &Town) {
    let token = town.token("ordinary");
    let nothing = vec!["/users/me".to_owned(); ASKED];
    let least = town.ask_with(&token, &nothing).await;
    println!(
        "  {:<34} p50 {:.2} p95 {:.2} ms",
        "a request that finds its member",
        least.half(),
        least.p95()
    );
    let file = town.database.strip_prefix("sqlite://");
    let mut fts5 = match file.and_then(|file| file.split('?').next()) {
        Some(file) => Some(Fts5::of(file).await),
        None => None,
    };
    for (name, asked) in questions(town).await {
        let paths: Vec<String> = asked
            .iter()
            .map(|words| format!("/search/results?q={}", words.replace(' ', "+")))
            .collect();
        let ours = town.ask_with(&token, &paths).await;
        let beside = match &mut fts5 {
            Some(fts5) => {
                let times = fts5.ask(&asked).await;
                format!(
                    "   FTS5's query p50 {:.2} p95 {:.2}",
                    times.half(),
                    times.p95()
                )
            }
            None => String::new(),
        };
        println!(
            "  {name:<34} p50 {:.2} p95 {:.2} ms{beside}",
            ours.half(),
            ours.p95()
        );
    }
}

/// Words that stand together in some caption, and words that hardly do.
async fn questions(town: &Town) -> Vec<(&'static str, Vec<String>)> {
    let captions = world::texts(
        &town.database,
        &format!(
            "select caption from posts where created_seq % {} = 0",
            world::POSTS as usize / ASKED
        ),
    )
    .await;
    // Whole words, and one without an ending besides: the last word of a question stands for what begins so.
    let some = |count: usize| -> Vec<String> {
        let words = captions
            .iter()
            .map(|caption| caption.split(' ').take(count).collect::<Vec<_>>());
        words.map(|words| words.join(" ") + " ").collect()
    };
    let frequent = |count: u64| -> Vec<String> {
        let nth = |n: u64| {
            let words = (0..count).map(|k| world::word_of_rank((n * count + k) * 7 % 50));
            words.collect::<Vec<_>>().join(" ") + " "
        };
        (0..ASKED as u64).map(nth).collect()
    };
    let typed = captions
        .iter()
        .map(|caption| {
            let mut words: Vec<&str> = caption.split(' ').take(2).collect();
            if let Some(last) = words.last_mut() {
                *last = &last[..last.len().min(3)];
            }
            words.join(" ")
        })
        .collect();
    vec![
        ("one word of a caption", some(1)),
        ("two", some(2)),
        ("four", some(4)),
        ("one frequent word", frequent(1)),
        ("two frequent words", frequent(2)),
        ("four frequent words", frequent(4)),
        ("a word and a beginning", typed),
    ]
}

/// The same captions in SQLite's own search.
struct Fts5(AnyConnection);

impl Fts5 {
    async fn of(file: &str) -> Fts5 {
        install_drivers();
        // A file: what is attached to a database in memory is in memory too.
        let own = format!("sqlite://{file}.words?mode=rwc");
        let mut connection = AnyConnection::connect(&own).await.unwrap();
        for statement in [
            format!("attach '{file}' as porch"),
            "create virtual table words using fts5(text, content = '')".into(),
            "insert into words (rowid, text) select created_at, caption from porch.posts order by created_at".into(),
            "insert into words (words) values ('optimize')".into(),
        ] {
            let statement = AssertSqlSafe(statement);
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        Fts5(connection)
    }

    async fn ask(&mut self, asked: &[String]) -> Times {
        let mut times = Vec::new();
        for words in asked {
            let last = !words.ends_with(' ');
            let quoted = words.split_whitespace().map(|word| format!("\"{word}\""));
            let mut question = quoted.collect::<Vec<_>>().join(" ");
            if last {
                question.push('*');
            }
            let since = Instant::now();
            let found = sqlx::query(
                "select rowid from words where words match $1 order by rowid desc limit 21",
            );
            found
                .bind(question)
                .fetch_all(&mut self.0)
                .await
                .expect("FTS5 takes words");
            times.push(since.elapsed().as_secs_f64() * 1_000.0);
        }
        Times::of(times)
    }
}
