use std::time::Duration;

use crate::house::House;
use crate::media::files_in;
use crate::picture::png;

#[rocket::async_test]
async fn what_was_chosen_and_never_posted_is_swept_away() {
    // Longer than a post is under way: the sweep of the start may still be at work.
    let house = House::open_with(&[("ORPHAN_AGE", "2s")]).await;
    let ada = house.visitor("ada").await;
    ada.upload("/compose/items", &[], &[("media", "a.png", &png(8, 8))])
        .await;
    let kept = ada.publish("Kept").await;
    let stray = house.folder.path().join("media/originals/zz");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(
        stray.join("zzaaaaaaaaaaaaaaaaaaaaaaaa.png"),
        b"left by a crash",
    )
    .unwrap();
    std::fs::write(
        house.folder.path().join("media/tmp/half"),
        b"half an upload",
    )
    .unwrap();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    // The sweep of the start may be slow and take some of it: what counts is that it is gone.
    porch::sweep(&house.app).await.unwrap();
    let left = |folder| files_in(house.folder.path().join(folder));
    assert_eq!((left("media/originals"), left("media/tmp")), (1, 0));
    let key = &ada.keys(&kept).await[0];
    assert_eq!(ada.get(&format!("/media/{key}")).await.status, 200);
    assert_eq!(
        porch::sweep(&house.app).await.unwrap(),
        Default::default(),
        "nothing is left"
    );
    house.close().await;
}

#[rocket::async_test]
async fn an_upload_under_way_is_never_swept() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let taken = ada
        .upload("/compose/items", &[], &[("media", "a.png", &png(8, 8))])
        .await;
    let item = taken.between("data-item=\"", "\"").to_owned();
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(ada.upload("/p", &[("item", &item)], &[]).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn a_full_disk_refuses_uploads_and_goes_on_reading() {
    let house = House::open_with(&[("MIN_FREE_SPACE", "900000GB")]).await;
    let ada = house.visitor("ada").await;
    let answer = ada
        .upload("/p", &[("caption", "x")], &[("media", "a.png", &png(8, 8))])
        .await;
    assert_eq!(answer.status, 507);
    assert_eq!(ada.get("/").await.status, 200);
    assert_eq!(
        ada.get("/health/ready").await.status,
        200,
        "reading goes on"
    );
    assert_eq!(ada.get("/health/live").await.status, 200);
    assert_eq!(
        files_in(house.folder.path().join("media")),
        1,
        "the folder's own mark"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_second_start_finds_everything_again() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = ada.publish("Kept").await;
    let house = house.restart().await;
    let page = ada.get("/").await;
    assert_eq!(page.posts(), [id.as_str()]);
    assert!(page.body.contains("The House"));
    let key = &ada.keys(&id).await[0];
    assert_eq!(ada.get(&format!("/media/{key}")).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn forty_people_post_at_once_and_nothing_is_lost() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let cursor = ada.get("/").await.cursor();
    let mut socket = ada.listen(&cursor).await;
    let picture = png(8, 8);
    let mut people = Vec::new();
    for n in 0..40 {
        people.push(house.visitor(&format!("person_{n}")).await);
    }
    let posts = people.iter().enumerate().map(|(n, person)| {
        let picture = &picture;
        async move {
            let caption = format!("Number {n}");
            person
                .upload(
                    "/p",
                    &[("caption", &caption)],
                    &[("media", "a.png", picture)],
                )
                .await
                .status
        }
    });
    let statuses = futures::future::join_all(posts).await;
    assert!(statuses.iter().all(|status| *status == 303), "{statuses:?}");
    let mut seen = Vec::new();
    while seen.len() < 40 {
        let frame = socket.act().await;
        seen.push((
            frame["s"].as_i64().unwrap(),
            frame["k"].as_str().unwrap().to_owned(),
        ));
    }
    assert!(
        seen.windows(2).all(|pair| pair[0] < pair[1]),
        "numbers and places rise together"
    );
    house.close().await;
}

/// SQLite keeps a transaction open whose commit failed; the connection must not come back like that.
#[rocket::async_test]
async fn after_a_failed_commit_the_next_write_succeeds() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    if house.app.settings.database_url.starts_with("sqlite:") {
        let mut tx = house.app.db.write().await.unwrap();
        let orphan = "
            insert into sessions (id, user_id, created_at, expires_at, user_agent)
            values ('x', 'nobody', 0, 0, '')";
        for statement in ["pragma defer_foreign_keys = on", orphan] {
            sqlx::query(statement).execute(&mut *tx).await.unwrap();
        }
        assert!(
            tx.commit().await.is_err(),
            "the foreign key is checked at the commit"
        );
    }
    ada.publish("Written after it").await;
    house.close().await;
}

/// Whoever else holds the database: a backup, a query by hand, a node that hangs.
#[rocket::async_test]
async fn a_database_that_somebody_holds_is_busy_and_says_when_to_come_back() {
    use sqlx::{Connection, Executor};
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let url = &house.app.settings.database_url;
    let mut other = sqlx::AnyConnection::connect(url).await.unwrap();
    let hold = match house.app.db.has_one_writer() {
        true => "begin immediate",
        false => "begin; update feed_clock set seq = seq",
    };
    other.execute(hold).await.unwrap();
    let refused = ada
        .with("accept", "application/json")
        .upload(
            "/p",
            &[("caption", "Later")],
            &[("media", "a.png", &crate::picture::png(9, 9))],
        )
        .await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(ada.get("/").await.status, 200, "reading goes on");
    other.execute("rollback").await.unwrap();
    ada.publish("Now").await;
    house.close().await;
}
