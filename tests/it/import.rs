//! Moving in from the old application: its database as it writes it, its files in a folder.

use std::path::Path;

use porch::auth::Passwords;
use porch::import::Outcome;
use serde_json::json;
use sqlx::any::AnyPoolOptions;

use crate::client::Client;
use crate::house::House;
use crate::picture::png;

const TABLES: [&str; 2] = [
    "create table user (id char(36) not null primary key, email varchar(320) not null unique,
     hashed_password varchar(1024) not null, is_active boolean not null, is_superuser boolean not null,
     is_verified boolean not null)",
    "create table posts (id uuid not null primary key, user_id uuid not null, caption text,
     url varchar not null, file_type varchar not null, file_name varchar not null, created_at datetime,
     updated_at datetime)",
];

const USER: &str = "insert into user values ($1, $2, $3, $4, $5, $6)";
const POST: &str = "insert into posts values ($1, $2, $3, $4, 'image', $5, $6, $6)";

const ADA: &str = "0b0e1d5a-1111-4c3a-9d52-0f5a3a1f9c10";
const BEN: &str = "0b0e1d5a-2222-4c3a-9d52-0f5a3a1f9c10";
const MO: &str = "0b0e1d5a-3333-4c3a-9d52-0f5a3a1f9c10";
const GONE: &str = "0b0e1d5a-4444-4c3a-9d52-0f5a3a1f9c10";
const FIRST: &str = "7d3f8a60-0000-4000-8000-000000000001";

/// The old application's file: three people, of whom one is here already, and posts of all sorts.
async fn old_database(path: &Path) {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .connect(&url)
        .await
        .unwrap();
    for table in TABLES {
        sqlx::query(table).execute(&pool).await.unwrap();
    }
    let argon2 = Passwords::new(65_536).rehash("a").await.unwrap();
    let bcrypt = bcrypt::hash("pears and ladders", 4).unwrap();
    for (id, email, hash, flags) in [
        (ADA, "Ada@example.com", &argon2, [1, 0, 1]),
        (BEN, "ben@example.com", &bcrypt, [1, 0, 0]),
        (MO, "mo@example.org", &argon2, [1, 1, 1]),
    ] {
        let query = sqlx::query(USER).bind(id).bind(email).bind(hash);
        let query = flags
            .iter()
            .fold(query, |query, flag| query.bind(i64::from(*flag)));
        query.execute(&pool).await.unwrap();
    }
    let second = FIRST.replace("1", "2");
    for (id, author, caption, file, at) in [
        (
            FIRST,
            ADA,
            "The oldest",
            "hill_abc.png",
            "2024-02-03 04:05:06.000007",
        ),
        (
            &second,
            BEN,
            "",
            "lake_def.png",
            "2025-01-01 00:00:00.000000",
        ),
        (
            &FIRST.replace("1", "3"),
            MO,
            "Mo's",
            "hill_abc.png",
            "2025-02-01 00:00:00",
        ),
        (
            &FIRST.replace("1", "4"),
            GONE,
            "of nobody",
            "hill_abc.png",
            "2025-03-01 00:00:00",
        ),
        (
            &FIRST.replace("1", "5"),
            ADA,
            "lost",
            "lost.png",
            "2025-04-01 00:00:00",
        ),
        (
            &FIRST.replace("1", "6"),
            ADA,
            "no picture",
            "words.png",
            "2025-05-01 00:00:00",
        ),
    ] {
        sqlx::query(POST)
            .bind(id.replace('-', ""))
            .bind(author.replace('-', ""))
            .bind(caption)
            .bind(format!("http://127.0.0.1:9/x/{file}"))
            .bind(file)
            .bind(at)
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
}

async fn run(house: &House, folder: &Path) -> Outcome {
    let app = &house.app;
    let files = (folder.join("test.db"), folder.join("media"));
    let here = porch::import::Here {
        db: &app.db,
        media: &app.media,
        clock: &app.clock,
    };
    porch::import::import(here, &app.settings, (&files.0, Some(&files.1)))
        .await
        .unwrap()
}

#[rocket::async_test]
async fn people_keep_their_passwords_and_posts_their_dates() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    old_database(&folder.path().join("test.db")).await;
    let media = folder.path().join("media");
    std::fs::create_dir_all(media.join("below")).unwrap();
    std::fs::write(media.join("hill_abc.png"), png(12, 9)).unwrap();
    std::fs::write(media.join("below/lake_def.png"), png(8, 6)).unwrap();
    std::fs::write(media.join("words.png"), b"only words").unwrap();

    let outcome = run(&house, folder.path()).await;
    assert_eq!(
        (outcome.accounts, outcome.merged.len()),
        (2, 1),
        "{outcome:?}"
    );
    assert_eq!((outcome.posts, outcome.posts_here), (3, 0), "{outcome:?}");
    let failures = outcome.failures.join("\n");
    assert_eq!(outcome.failures.len(), 3, "{failures}");
    for reason in [
        "author's account",
        "lost.png): its address is in a private network",
        "words.png): ",
    ] {
        assert!(failures.contains(reason), "{reason} in {failures}");
    }

    // The password of one character that the old application has taken.
    let ada = Client::new(&house).logged_in("ada@example.com", "a").await;
    let ben = Client::new(&house)
        .logged_in("ben@example.com", "pears and ladders")
        .await;
    let me = ada.get("/users/me").await.json();
    assert_eq!((&me["id"], &me["is_verified"]), (&json!(ADA), &json!(true)));
    assert_eq!(me["is_superuser"], false);
    assert_eq!(ada.login("ben@example.com", "pears").await.status, 400);
    assert_eq!(
        ben.login("ben@example.com", "pears and ladders")
            .await
            .status,
        200,
        "with the new hash"
    );

    let feed = ada.get("/feeds").await.json();
    let seen: Vec<_> = feed["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| {
            (
                post["caption"].as_str().unwrap(),
                post["email"].as_str().unwrap(),
                post["created_at"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Mo's", "mo", "2025-02-01T00:00:00"),
            ("", "ben", "2025-01-01T00:00:00"),
            (
                "The oldest",
                "Ada@example.com",
                "2024-02-03T04:05:06.000007"
            ),
        ]
    );
    assert_eq!(feed["posts"][2]["id"], FIRST);
    let page = house.signed_in("mo").await.get("/").await;
    assert_eq!(
        page.captions(),
        ["Mo&#39;s", "The oldest"],
        "the page shows them as well"
    );
    house.close().await;
}

#[rocket::async_test]
async fn running_it_again_changes_nothing_and_goes_on_where_it_stopped() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    old_database(&folder.path().join("test.db")).await;
    let media = folder.path().join("media");
    std::fs::create_dir_all(&media).unwrap();
    std::fs::write(media.join("hill_abc.png"), png(12, 9)).unwrap();
    let first = run(&house, folder.path()).await;
    assert_eq!((first.posts, first.failures.len()), (2, 4), "{first:?}");
    let ada = Client::new(&house).logged_in("ada@example.com", "a").await;
    let before = ada.get("/feeds").await.json();
    let again = run(&house, folder.path()).await;
    assert_eq!(
        (again.accounts, again.posts, again.posts_here),
        (0, 0, 2),
        "{again:?}"
    );
    assert_eq!(ada.get("/feeds").await.json(), before);
    std::fs::write(media.join("lost.png"), png(5, 5)).unwrap();
    let third = run(&house, folder.path()).await;
    assert_eq!((third.posts, third.failures.len()), (1, 3), "{third:?}");
    // What was deleted here stays deleted.
    let mo = Client::admin(&house).await;
    assert_eq!(mo.delete(&format!("/users/{ADA}")).await.status, 204);
    house
        .clock
        .advance(std::time::Duration::from_secs(40 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    let fourth = run(&house, folder.path()).await;
    assert_eq!(
        (fourth.accounts, fourth.posts, fourth.posts_here),
        (0, 0, 3),
        "{fourth:?}"
    );
    house.close().await;
}

#[rocket::async_test]
async fn nobody_gets_posts_by_registering_their_authors_address() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    old_database(&folder.path().join("test.db")).await;
    std::fs::create_dir_all(folder.path().join("media")).unwrap();
    std::fs::write(folder.path().join("media/hill_abc.png"), png(12, 9)).unwrap();
    let thief = Client::new(&house);
    let body = json!({ "email": "ada@example.com", "password": "a long sentence" });
    assert_eq!(thief.post("/auth/register", body).await.status, 201);
    let outcome = run(&house, folder.path()).await;
    let failures = outcome.failures.join("\n");
    assert!(
        failures.contains("has not confirmed the address"),
        "{failures}"
    );
    let thief = thief.logged_in("ada@example.com", "a long sentence").await;
    let posts = thief.get("/feeds?author=ada").await.json();
    assert_eq!(posts["posts"], json!([]));
    house.close().await;
}

#[rocket::async_test]
async fn two_accounts_that_differ_in_case_are_told_apart_or_said_to_be_one() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    old_database(&path).await;
    let pool = AnyPoolOptions::new()
        .connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    // Ada has confirmed hers, Ben has not.
    for (id, email) in [
        (GONE, "aDA@example.com"),
        (&GONE.replace('4', "5"), "BEN@example.com"),
    ] {
        let query = sqlx::query(USER).bind(id).bind(email).bind("x");
        query
            .bind(1i64)
            .bind(0i64)
            .bind(0i64)
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
    std::fs::create_dir_all(folder.path().join("media")).unwrap();
    std::fs::write(folder.path().join("media/hill_abc.png"), png(12, 9)).unwrap();
    let outcome = run(&house, folder.path()).await;
    let (merged, failures) = (outcome.merged.join("\n"), outcome.failures.join("\n"));
    assert!(
        merged.contains("aDA@example.com to Ada@example.com, an account of the old application"),
        "{merged}"
    );
    assert!(
        merged.contains("mo@example.org to mo@example.org, an account that was here"),
        "{merged}"
    );
    assert!(
        failures.contains(
            "account BEN@example.com: ben@example.com is an account of the old application"
        ),
        "{failures}"
    );
    let mo = Client::admin(&house).await;
    let posts = mo.get("/feeds?author=ada").await.json();
    let captions: Vec<&str> = posts["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["caption"].as_str().unwrap())
        .collect();
    assert!(captions.contains(&"of nobody"), "{captions:?}");
    house.close().await;
}

#[rocket::async_test]
async fn what_is_no_old_database_is_said_to_be_none() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    let app = &house.app;
    let here = porch::import::Here {
        db: &app.db,
        media: &app.media,
        clock: &app.clock,
    };
    let path = folder.path().join("test.db");
    let missing = porch::import::import(here, &app.settings, (&path, None))
        .await
        .unwrap_err();
    assert!(missing.contains("There is no file"), "{missing}");
    std::fs::write(&path, "words").unwrap();
    let words = porch::import::import(here, &app.settings, (&path, None))
        .await
        .unwrap_err();
    assert!(
        words.contains("SQLite") || words.contains("old application"),
        "{words}"
    );
    house.close().await;
}
