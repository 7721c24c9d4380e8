//! A feed by what is asked of it, against a plain count.

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::sql;
use crate::visitor::Visitor;

async fn walked(reader: &Visitor, first: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let page = reader.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        found.extend(page.posts());
        next = page.older();
    }
    found
}

/// The ids of all posts of a JSON list, page by page.
async fn in_pages(by: &Client, path: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = by.get(&format!("{path}{cursor}")).await.json();
        let posts = page["posts"].as_array().unwrap().iter();
        found.extend(posts.map(|post| post["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[rocket::async_test]
async fn a_feed_is_asked_for_one_member_a_kind_and_days() {
    let house = House::open_with(&[("utc_offset", "+02:00")]).await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let mut posts = Vec::new();
    for n in 0..50 {
        let by = if n % 3 == 0 { &ben } else { &ada };
        let post = by.publish(&format!("No. {n}")).await;
        if n % 7 == 0 {
            sql(
                &house,
                "update media set duration_ms = 1000 where post_id = $1",
                &[&post],
            )
            .await;
        }
        // One each day from 1 June 2026 on, at ten in the evening there.
        let at = 1_780_344_000_000_000_i64 + n * 86_400_000_000;
        let mut tx = house.app.db.write().await.unwrap();
        sqlx::query("update posts set created_at = $1 where id = $2")
            .bind(at)
            .bind(&post)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        posts.push(post);
    }
    ben.put("/@ada/follow", &[]).await;
    let reader = house.visitor("reader").await;
    let program = Client::new(&house)
        .logged_in("reader@example.org", PASSWORD)
        .await;
    let those = |keeps: &dyn Fn(usize) -> bool| -> Vec<String> {
        let kept = (0..50).rev().filter(|n| keeps(*n));
        kept.map(|n| posts[n].clone()).collect()
    };
    for (path, keeps) in [
        (
            "/?of=everyone&by=ben",
            &(|n: usize| n.is_multiple_of(3)) as &dyn Fn(usize) -> bool,
        ),
        ("/?of=everyone&by=@Ben&kind=videos", &|n| n % 21 == 0),
        ("/?of=everyone&kind=videos", &|n| n % 7 == 0),
        ("/?of=everyone&kind=photos", &|n| n % 7 != 0),
        ("/?of=everyone&from=2026-06-10&to=2026-06-20", &|n| {
            (9..20).contains(&n)
        }),
        ("/?of=everyone&from=2026-07-01", &|n| n >= 30),
        ("/?of=everyone&to=2026-06-01&by=&kind=&from=", &|n| n == 0),
        (
            "/?of=everyone&kind=videos&from=2026-06-10&to=2026-07-10",
            &|n| n % 7 == 0 && (9..40).contains(&n),
        ),
        ("/?of=everyone&from=2027-01-01", &|_| false),
    ] {
        assert_eq!(walked(&reader, path).await, those(keeps), "{path}");
        let in_json = path
            .replace("/?", "/feeds?limit=7&")
            .replace("by=", "author=");
        // An author without a name is nobody, as it always was.
        if !in_json.contains("author=&") {
            assert_eq!(
                in_pages(&program, &in_json).await,
                those(keeps),
                "{in_json}"
            );
        }
    }
    assert_eq!(
        walked(&ben, "/?of=following&kind=photos").await,
        those(&|n| n % 7 != 0)
    );
    assert!(
        walked(&reader, "/?of=following&kind=photos")
            .await
            .is_empty()
    );
    for wrong in ["of=x", "kind=words", "from=x", "to=2026-02-30", "tag=a-b"] {
        let answer = program.get(&format!("/feeds?{wrong}")).await;
        assert_eq!(answer.status, 404, "{wrong}");
    }
    for wrong in [
        "by=nobody",
        "by=a/b",
        "kind=words",
        "from=1.6.2026",
        "to=2026-02-30",
        "before=x",
    ] {
        assert_eq!(
            reader.get(&format!("/?{wrong}")).await.status,
            404,
            "{wrong}"
        );
    }
    house.close().await;
}
