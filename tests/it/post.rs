use std::collections::HashSet;

use crate::house::House;
use crate::picture::png;

#[rocket::async_test]
async fn an_empty_feed_says_so_and_offers_the_one_thing_to_do() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let page = ada.get("/").await;
    assert!(page.body.contains("Nobody has posted anything yet"));
    assert!(page.body.contains("href=\"/compose\""));
    house.close().await;
}

#[rocket::async_test]
async fn a_post_stands_in_the_feed_and_on_its_own_page() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (one, two) = (png(30, 20), png(20, 30));
    let fields = [
        ("caption", "Two views\r\nof <one> hill"),
        ("alt", "wide"),
        ("alt", "tall"),
    ];
    let files = [
        ("media", "one.png", one.as_slice()),
        ("media", "two.png", two.as_slice()),
    ];
    let posted = ada.upload("/p", &fields, &files).await;
    assert!(posted.header("location").starts_with("/#p-"));
    let feed = house.visitor("ben").await.get("/").await;
    assert!(feed.body.contains("Two views\nof &lt;one&gt; hill"));
    assert!(feed.body.contains("alt=\"wide\"") && feed.body.contains("alt=\"tall\""));
    assert!(feed.body.find("alt=\"wide\"") < feed.body.find("alt=\"tall\""));
    let page = ada.get(&format!("/p/{}", feed.posts()[0])).await;
    assert!(page.body.contains("width=\"60\" height=\"40\""));
    house.close().await;
}

#[rocket::async_test]
async fn a_form_sent_twice_makes_one_post() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let picture = png(8, 8);
    let files = [("media", "a.png", picture.as_slice())];
    let send = || {
        ada.upload(
            "/p",
            &[("caption", "Once"), ("key", "the-same-form")],
            &files,
        )
    };
    let (first, second) = tokio::join!(send(), send());
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(send().await.status, 303);
    assert_eq!(ada.get("/").await.posts().len(), 1);
    house.close().await;
}

#[rocket::async_test]
async fn a_refused_file_is_named_and_everything_else_stays() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let picture = png(8, 8);
    let fields = [("caption", "A fine day"), ("alt", "the good one")];
    let files = [
        ("media", "good.png", picture.as_slice()),
        ("media", "letter.pdf", b"%PDF-1.7 ..."),
    ];
    let answer = ada.upload("/p", &fields, &files).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("letter.pdf") && answer.body.contains("PDF"));
    assert!(
        answer.body.contains("A fine day") && answer.body.contains(">\nthe good one</textarea>")
    );
    assert!(ada.get("/").await.posts().is_empty());
    // The good file is here: sending the form again needs no file.
    let item = answer.between("name=\"item\" value=\"", "\"").to_owned();
    let alt = format!("alt-{item}");
    let fields = [
        ("caption", "A fine day"),
        ("item", item.as_str()),
        (&alt, "the good one"),
    ];
    assert_eq!(ada.upload("/p", &fields, &[]).await.status, 303);
    assert!(ada.get("/").await.body.contains("alt=\"the good one\""));
    house.close().await;
}

#[rocket::async_test]
async fn too_many_files_and_too_long_texts_are_refused_with_their_limits() {
    let house = House::open_with(&[("POST_ITEMS", "2"), ("CAPTION_MAX", "10")]).await;
    let ada = house.visitor("ada").await;
    let picture = png(8, 8);
    let file = ("media", "a.png", picture.as_slice());
    let (second, third) = (png(9, 8), png(10, 8));
    let files = [
        file,
        ("media", "b.png", &*second),
        ("media", "c.png", &*third),
    ];
    let answer = ada
        .upload("/p", &[("caption", "eleven char")], &files)
        .await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("holds at most 2; these are 3"));
    assert!(answer.body.contains("1 character too long: at most 10"));
    let nothing = ada.upload("/p", &[("caption", "words")], &[]).await;
    assert!(nothing.body.contains("Choose at least one photo or video"));
    house.close().await;
}

#[rocket::async_test]
async fn one_file_can_be_sent_before_the_form_and_taken_back() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let picture = png(8, 8);
    let file = [("media", "a.png", picture.as_slice())];
    let taken = ada.upload("/compose/items", &[], &file).await;
    assert_eq!(taken.status, 200);
    let item = taken.between("data-item=\"", "\"").to_owned();
    let ben = house.visitor("ben").await;
    let path = format!("/compose/items/{item}");
    assert_eq!(ben.delete(&path).await.status, 404, "it is not his");
    let stolen = ben
        .upload("/p", &[("caption", ""), ("item", item.as_str())], &[])
        .await;
    assert_eq!(stolen.status, 422);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.delete(&path).await.status, 404);
    let json = ada.with("accept", "application/json");
    let refused = json
        .upload(
            "/compose/items",
            &[],
            &[("media", "x.svg", b"<svg xmlns='x'/>")],
        )
        .await;
    assert_eq!(refused.status, 415);
    assert!(
        refused.body.starts_with("{\"detail\":\"x.svg: "),
        "{}",
        refused.body
    );
    house.close().await;
}

#[rocket::async_test]
async fn without_script_items_are_moved_and_removed_by_buttons() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (picture, other) = (png(8, 8), png(9, 8));
    let files = [
        ("media", "a.png", picture.as_slice()),
        ("media", "b.png", other.as_slice()),
    ];
    let page = ada
        .upload("/p", &[("add", "1"), ("caption", "x")], &files)
        .await;
    assert_eq!(page.status, 200);
    let items: Vec<&str> = page
        .body
        .split("name=\"item\" value=\"")
        .skip(1)
        .map(|rest| &rest[..36])
        .collect();
    let fields = [
        ("item", items[0]),
        ("item", items[1]),
        ("later", items[0]),
        ("caption", "x"),
    ];
    let moved = ada.upload("/p", &fields, &[]).await;
    assert!(moved.body.find(items[1]) < moved.body.find(items[0]));
    let fields = [("item", items[0]), ("item", items[1]), ("remove", items[0])];
    let removed = ada.upload("/p", &fields, &[]).await;
    assert!(!removed.body.contains(items[0]) && removed.body.contains(items[1]));
    house.close().await;
}

#[rocket::async_test]
async fn only_the_author_changes_and_deletes_a_post() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let id = ada.publish("Mine").await;
    let path = format!("/p/{id}");
    assert_eq!(ben.put(&path, &[("caption", "Ours")]).await.status, 403);
    assert_eq!(ben.delete(&path).await.status, 403);
    assert_eq!(ben.get(&format!("{path}/edit")).await.status, 403);
    assert_eq!(ben.get(&format!("{path}/delete")).await.status, 403);
    assert_eq!(
        ada.put(&path, &[("caption", "Still mine")])
            .await
            .header("location"),
        path
    );
    let page = ben.get(&path).await;
    assert!(page.body.contains("Still mine") && page.body.contains("Changed"));
    let long = "x".repeat(3_000);
    let again = ada.put(&path, &[("caption", &long)]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains(&long), "what was typed is still there");
    house.close().await;
}

#[rocket::async_test]
async fn a_form_without_script_deletes_too() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = ada.publish("Short-lived").await;
    assert!(
        ada.get(&format!("/p/{id}/delete"))
            .await
            .body
            .contains("Delete this post?")
    );
    let answer = ada
        .post(&format!("/p/{id}"), &[("_method", "delete")])
        .await;
    assert_eq!(answer.header("location"), "/");
    assert_eq!(ada.get(&format!("/p/{id}")).await.status, 404);
    assert!(ada.get("/").await.posts().is_empty());
    house.close().await;
}

#[rocket::async_test]
async fn the_feed_is_for_members() {
    let house = House::open().await;
    let id = house.visitor("ada").await.publish("Inside").await;
    let stranger = house.stranger();
    for path in ["/", "/compose", "/settings", "/@ada", &format!("/p/{id}")] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(
            answer.header("location").starts_with("/login?next="),
            "{path}"
        );
    }
    let fragment = stranger.htmx().get("/compose").await;
    assert_eq!(fragment.status, 401);
    assert_eq!(fragment.header("hx-redirect"), "/login?next=%2Fcompose");
    house.close().await;
}

#[rocket::async_test]
async fn paging_shows_every_surviving_post_once_while_others_come_and_go() {
    const POSTS: usize = 1_000;
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let ids = flood(&house, &ada, POSTS).await;
    let doomed: Vec<&String> = ids.iter().step_by(97).collect();
    let (mut seen, mut path, mut page) = (Vec::new(), "/".to_owned(), 0);
    loop {
        let answer = ben.get(&path).await;
        seen.extend(answer.posts());
        if page % 5 == 0 {
            ada.publish("While you read").await;
            if let Some(id) = doomed.get(page / 5) {
                assert_eq!(ada.delete(&format!("/p/{id}")).await.status, 303);
            }
        }
        let Some(older) = answer.older() else {
            break;
        };
        path = older;
        page += 1;
    }
    let unique: HashSet<&String> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "no post twice");
    let deleted: HashSet<&String> = doomed.into_iter().take(page / 5 + 1).collect();
    for id in ids.iter().filter(|id| !deleted.contains(id)) {
        assert!(unique.contains(id), "{id} is missing");
    }
    house.close().await;
}

/// Many posts of one member, put there directly: the doors would take minutes. Oldest first.
async fn flood(house: &House, author: &crate::visitor::Visitor, count: usize) -> Vec<String> {
    let id = author.publish("The oldest").await;
    let mut tx = house.app.db.write().await.unwrap();
    let mut ids = vec![id.clone()];
    for n in 0..count {
        let (seq, at) = porch::changes::next(&mut tx, house.clock.now())
            .await
            .unwrap();
        let new = porch::id::Id::<porch::id::Posts>::new();
        sqlx::query(
            "insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key)
             select $1, author_id, $2, $3, $4, $5 from posts where id = $6",
        )
        .bind(new)
        .bind(format!("Number {n}"))
        .bind(at)
        .bind(seq)
        .bind(format!("flood-{n}"))
        .bind(&id)
        .execute(&mut *tx)
        .await
        .unwrap();
        ids.push(new.to_string());
    }
    tx.commit().await.unwrap();
    ids
}

#[rocket::async_test]
async fn a_tampered_cursor_is_an_address_that_does_not_exist() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for cursor in ["1", "x'--", "9999999999999999-", "-1-0", "%00"] {
        assert_eq!(
            ada.get(&format!("/?before={cursor}")).await.status,
            404,
            "{cursor}"
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn htmx_gets_the_next_page_as_a_fragment() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    flood(&house, &ada, 30).await;
    let first = ada.get("/").await;
    assert_eq!(first.posts().len(), 20);
    let next = ada.htmx().get(&first.older().unwrap()).await;
    assert_eq!(next.posts().len(), 11);
    assert!(next.body.contains("<hx-partial hx-target=\"#feed\"") && !next.body.contains("<html"));
    house.close().await;
}

/// Renaming and posting take the same two rows; on PostgreSQL the order decides.
#[rocket::async_test]
async fn a_member_may_rename_while_posting() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let posting = async {
        for n in 0..12 {
            ada.publish(&format!("Number {n}")).await;
        }
    };
    let renaming = async {
        for n in 0..12 {
            let handle = format!("ada_{n}");
            let answer = ada
                .put("/settings/profile", &[("name", "Ada"), ("handle", &handle)])
                .await;
            assert_eq!(answer.status, 303);
        }
    };
    tokio::join!(posting, renaming);
    house.close().await;
}
