//! How the databases go about the feed's queries once there is much to look through: by the indexes that were made for
//! them. A plan that reads a table whole is quick for years, and then is not.

use porch::post::MARKS;
use porch::post::lists::{
    EVERYONE, EVERYONE_SPARSE, FOLLOWED, FOLLOWED_SPARSE, OF_AUTHOR, OF_THESE,
};
use sqlx::AssertSqlSafe;

use crate::house::House;

/// Two hundred members, thirty thousand posts, with likes and follows.
const SEED: [&str; 8] = [
    "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < 200)
     insert into users (id, email, email_lower, handle, name, password_hash, created_at)
     select 'u' || i, 'm' || i, 'm' || i, 'm' || i, 'm' || i, '', i from n",
    "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < 30000)
     insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key, audience, meant, has_terms)
     select 'p' || i, 'u' || (1 + i % 200), 'Up', 1000 + i, -i, 'k' || i,
            case when i % 9 = 0 then 'followers' else '' end, '', 1 from n",
    "insert into likes (post_id, user_id, created_at)
     select p.id, 'u' || k.i, p.created_at from posts p, (select 1 as i union all select 2 union all select 3) k",
    "insert into post_terms (term, at)
     select 'w' || ((p.created_at * 7 + k.i * 13) % 500), p.created_at
       from posts p, (select 1 as i union all select 2 union all select 3) k where 1 = 1 on conflict do nothing",
    "insert into muted_words (user_id, term, text) select id, 'w7', 'w7' from users",
    "insert into post_counts (post_id, likes) select id, 3 from posts",
    "insert into follows (follower_id, author_id, created_at)
     select a.id, b.id, 1 from users a, users b where a.id <> b.id and (a.created_at * 31 + b.created_at) % 7 = 0",
    "insert into ties (user_id, other_id, why, created_at)
     select a.id, b.id, 'mute', 1 from users a, users b where a.id <> b.id and (a.created_at * 17 + b.created_at) % 50 = 0",
];

/// What grows, and what the queries call it.
const TABLES: [(&str, &str); 5] = [
    ("posts", "pqx"),
    ("likes", "l"),
    ("follows", "f"),
    ("post_counts", "c"),
    ("post_terms", "mt"),
];

/// The steps of a query, in a database's own words.
async fn steps(house: &House, query: &str, is_sqlite: bool) -> Vec<String> {
    let db = house.app.db.read();
    if is_sqlite {
        let asked = AssertSqlSafe(format!("explain query plan {query}"));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(asked).fetch_all(db).await.unwrap();
        return rows.into_iter().map(|(.., detail)| detail).collect();
    }
    let mut connection = db.acquire().await.unwrap();
    let most = (1..99)
        .rev()
        .find(|n| query.contains(&format!("${n}")))
        .unwrap();
    let given: Vec<&str> = (1..=most)
        .map(|n| {
            if n == 1 && !query.contains("post_counts") {
                "15000"
            } else {
                "'u3'"
            }
        })
        .collect();
    let types: Vec<&str> = given
        .iter()
        .map(|value| {
            if value.starts_with('\'') {
                "text"
            } else {
                "bigint"
            }
        })
        .collect();
    for statement in [
        "deallocate all".to_owned(),
        "set plan_cache_mode = force_generic_plan".to_owned(),
        format!("prepare asked ({}) as {query}", types.join(", ")),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let explain = format!("explain (costs off) execute asked ({})", given.join(", "));
    let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(explain))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    rows.into_iter().map(|(line,)| line).collect()
}

#[rocket::async_test]
async fn feeds_walk_the_indexes_that_were_made_for_them() {
    let house = House::open().await;
    let is_sqlite = house.app.db.has_one_writer();
    let mut tx = house.app.db.write().await.unwrap();
    for statement in SEED {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    if !is_sqlite {
        let mut connection = house.app.db.read().acquire().await.unwrap();
        for statement in ["set default_transaction_read_only = off", "analyze"] {
            sqlx::raw_sql(statement)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    }
    for (name, query, walks) in [
        ("everyone", EVERYONE[0], vec!["posts_at"]),
        (
            "everyone, sparse",
            EVERYONE_SPARSE[0],
            vec!["posts_by_audience", "posts_by_author"],
        ),
        ("followed", FOLLOWED[0], vec!["posts_at"]),
        (
            "followed, sparse",
            FOLLOWED_SPARSE[0],
            vec!["posts_by_author"],
        ),
        ("of these", OF_THESE, vec!["posts_by_author"]),
        ("of an author", OF_AUTHOR[0], vec!["posts_by_author"]),
        ("marks", MARKS, vec!["likes", "post_counts"]),
    ] {
        let steps = steps(&house, query, is_sqlite).await;
        for index in walks {
            assert!(
                steps.iter().any(|step| step.contains(index)),
                "{name} without {index}: {steps:#?}"
            );
        }
        let is_derived = |name: &str| {
            let made = [format!("CO-ROUTINE {name}"), format!("MATERIALIZE {name}")];
            steps.iter().any(|step| made.contains(step))
        };
        let whole = |step: &&String| {
            let name = |after: &str| step.split(after).nth(1)?.split(' ').next();
            let called = |name: &str| {
                let mut tables = TABLES.iter();
                tables.any(|(table, alias)| name == *table || alias.contains(name))
            };
            name("SCAN ").is_some_and(|name| called(name) && !is_derived(name))
                || name("Seq Scan on ").is_some_and(called)
        };
        assert_eq!(
            steps.iter().find(whole),
            None,
            "{name} reads a table whole: {steps:#?}"
        );
    }
    house.close().await;
}
