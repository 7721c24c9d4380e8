//! A member with very much who goes, while the server is killed again and again: never half there, and in the end nothing
//! of theirs is left and every count is what can be counted.

use std::path::Path;
use std::time::{Duration, Instant};

use porch::db::Db;
use sqlx::AssertSqlSafe;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::process::{Program, command, founder, free_port};
use crate::table::sql;

const POSTS: usize = 1_500;

async fn open(folder: &Path) -> Db {
    let file = folder.join("data/porch.db");
    Db::open(&format!("sqlite://{}", file.display()))
        .await
        .unwrap()
}

async fn count(db: &Db, query: &str) -> i64 {
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(query.to_owned()))
        .fetch_one(db.read())
        .await
        .unwrap();
    count
}

/// Posts of Ben's, which Fay likes all of and says something to a third of, with answers by Ben; and some of Fay's.
fn seed() -> Vec<String> {
    let numbers = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {POSTS}),
              ben as (select id from users where handle = 'ben'), fay as (select id from users where handle = 'fay')"
    );
    [
        "insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key, has_terms)
         select printf('00000000-0000-7000-8000-%012x', i), case when i % 30 = 0 then fay.id else ben.id end, 'Up ' || i,
                1000000000000000 + i, i - 100000, i, 1 from n, ben, fay",
        "insert into likes (post_id, user_id, created_at)
         select printf('00000000-0000-7000-8000-%012x', i), fay.id, 1000000000000000 + i from n, fay",
        "insert into likes (post_id, user_id, created_at)
         select printf('00000000-0000-7000-8000-%012x', i), ben.id, 1000000000000000 + i from n, ben where i % 2 = 0",
        "insert into comments (id, post_id, author_id, body, created_at, idempotency_key, has_terms, replies)
         select printf('00000000-0000-7000-a000-%012x', i), printf('00000000-0000-7000-8000-%012x', i), fay.id,
                'walking high ' || i, 1000000000000000 + i * 2, 'f' || i, 1, case when i % 6 = 0 then 1 else 0 end
           from n, fay where i % 3 = 0",
        "insert into comments (id, post_id, author_id, root_id, parent_id, body, created_at, idempotency_key, has_terms)
         select printf('00000000-0000-7000-b000-%012x', i), printf('00000000-0000-7000-8000-%012x', i), ben.id,
                printf('00000000-0000-7000-a000-%012x', i), printf('00000000-0000-7000-a000-%012x', i), 'low ' || i,
                1000000000000001 + i * 2, 'b' || i, 1
           from n, ben where i % 6 = 0",
        "insert into comment_terms (term, at) select 'high', c.created_at from comments c, fay where c.author_id = fay.id",
        "insert into post_counts (post_id, likes, comments)
         select p.id, (select count(*) from likes l where l.post_id = p.id),
                (select count(*) from comments c where c.post_id = p.id) from posts p",
        "insert into terms (term, uses) select 'high', count(*) from comment_terms",
    ]
    .map(|statement| match statement.contains(" n") || statement.contains("fay") {
        true => format!("{numbers} {statement}"),
        false => statement.to_owned(),
    })
    .to_vec()
}

/// Only on SQLite: elsewhere another node may still be at the job of one that is gone, until its lease ends.
#[rocket::async_test]
async fn a_member_with_very_much_goes_whole_through_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let start = || Program::start(command(folder.path(), port));
    let started = start();
    founder(&started.url).await;
    let url = started.url.clone();
    let client = || Client {
        url: url.clone(),
        http: reqwest::Client::new(),
        token: None,
    };
    for name in ["ben", "fay"] {
        let body =
            serde_json::json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
        assert_eq!(client().post("/auth/register", body).await.status, 201);
    }
    started.kill();
    let db = open(folder.path()).await;
    for statement in seed() {
        let mut tx = db.write().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let fay = "(select id from users where id not in (select id from users where handle in ('ada', 'ben')))";
    let left = format!(
        "select (select count(*) from likes where user_id in {fay}) + (select count(*) from comments where author_id in {fay})
              + (select count(*) from posts where author_id in {fay}) + (select count(*) from users where id in {fay})"
    );
    let all = count(&db, &left).await;
    assert!(all > POSTS as i64, "{all}");
    let started = start();
    let ada = client().logged_in("ada@example.org", PASSWORD).await;
    let ben = client().logged_in("ben@example.org", PASSWORD).await;
    let id = client()
        .logged_in("fay@example.org", PASSWORD)
        .await
        .id()
        .await;
    assert_eq!(ada.delete(&format!("/users/{id}")).await.status, 204);
    started.kill();
    let (mut kills, mut steps) = (0, std::collections::BTreeSet::new());
    let until = Instant::now() + Duration::from_secs(240);
    loop {
        let started = start();
        let feed = ben.get("/feeds?limit=100&author=fay").await;
        assert_eq!(feed.status, 404, "nobody is called so any more");
        for n in [30, 900, 1_500] {
            let path = format!("/posts/00000000-0000-7000-8000-{n:012x}/comments");
            assert_eq!(
                ben.get(&path).await.status,
                404,
                "her posts are gone at once"
            );
        }
        let talk = ben
            .get(&format!(
                "/posts/00000000-0000-7000-8000-{:012x}/comments",
                6
            ))
            .await;
        assert!(!talk.text.contains("walking high"), "{}", talk.text);
        assert!(!talk.text.contains("fay"), "{}", talk.text);
        // At another moment in each round.
        tokio::time::sleep(Duration::from_millis(60 + kills * 97 % 500)).await;
        started.kill();
        kills += 1;
        let now = count(&db, &left).await;
        steps.insert(now);
        if now == 0 {
            break;
        }
        assert!(Instant::now() < until, "{now} of {all} rows are left");
    }
    assert!(steps.len() > 5, "killed in the middle: {steps:?}");
    for (what, query) in [
        (
            "likes",
            "select count(*) from post_counts c where c.likes <> (select count(*) from likes l where l.post_id = c.post_id)",
        ),
        (
            "comments",
            "select count(*) from post_counts c
              where c.comments <> (select count(*) from comments m where m.post_id = c.post_id and m.removed_at is null)",
        ),
        (
            "answers",
            "select count(*) from comments c
              where c.replies <> (select count(*) from comments m where m.root_id = c.id)",
        ),
        (
            "words",
            "select count(*) from comment_terms where term = 'high'",
        ),
        (
            "uses",
            "select count(*) from terms where term = 'high' and uses <> 0",
        ),
    ] {
        assert_eq!(count(&db, query).await, 0, "{what}");
    }
    db.close().await;
}

#[rocket::async_test]
async fn what_is_left_of_a_member_whose_job_is_no_more_goes_too() {
    let house = House::open().await;
    let post = house.visitor("ben").await.publish("Up there").await;
    house
        .visitor("fay")
        .await
        .put(&format!("/p/{post}/like"), &[])
        .await;
    // Gone, and no job knows.
    let gone = "update users set gone_at = 1, hidden_at = 1 where handle = 'fay'";
    sql(&house, gone, &[]).await;
    sql(&house, "delete from member_terms", &[]).await;
    porch::sweep(&house.app).await.unwrap();
    let left = "select cast(count(*) as bigint) from users where gone_at is not null";
    let until = Instant::now() + Duration::from_secs(60);
    while count(&house.app.db, left).await > 0 {
        assert!(Instant::now() < until, "she is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let likes = "select likes from post_counts";
    assert_eq!(count(&house.app.db, likes).await, 0);
    house.close().await;
}

/// Where several write at once, whoever writes words waits for the others and fails for none of them.
#[rocket::async_test]
async fn words_are_written_and_taken_away_at_once_and_nobody_is_refused() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let (ben, fay) = (house.visitor("ben").await, house.visitor("fay").await);
    let words = [
        "apple", "birch", "cloud", "dew", "elm", "fog", "grass", "hill",
    ];
    let said = |turn: usize| -> String {
        let turned = words.iter().cycle().skip(turn).take(words.len());
        turned.copied().collect::<Vec<_>>().join(" ")
    };
    let mut own = Vec::new();
    for n in 0..60 {
        fay.publish(&said(n)).await;
        if n % 6 == 0 {
            own.push(ben.publish(&said(n + 3)).await);
        }
    }
    let id = Client::new(&house)
        .logged_in("fay@example.org", PASSWORD)
        .await
        .id()
        .await;
    let fills = async {
        for _ in 0..4 {
            let mut tx = house.app.db.write().await.unwrap();
            porch::changes::hold(&mut tx).await.unwrap();
            sqlx::query("update posts set has_terms = 0")
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            porch::post::fill_words(&house.app).await.unwrap();
        }
    };
    let writes = async {
        for n in 0..20 {
            ben.publish(&said(n)).await;
            let path = format!("/p/{}", own[n % own.len()]);
            let caption = said(n + 5).replace("elm", "oak");
            let edited = ben.put(&path, &[("caption", &caption)]).await;
            assert_eq!(edited.status, 303);
        }
    };
    let erases = async {
        assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 204);
    };
    tokio::join!(fills, writes, erases);
    house.close().await;
}
