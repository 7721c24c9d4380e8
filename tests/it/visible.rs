//! Who may see what: every thing that a reader and a post can be to each other, over every way out of the house.

use std::collections::{BTreeSet, HashSet};

use porch::changes::{self, About, Act, Change};
use porch::clock::Clock;
use porch::config::{Given, Settings};
use porch::id::{Id, Posts, Users};

use crate::client::Client;
use crate::house::House;
use crate::table::{
    Apart, Blocked, Blocks, Case, Everyone, Followed, ID, Mine, Muted, Self_, furnished, one, sql,
};
use crate::visitor::Visitor;
use crate::ways::{check, notices, search, walked};

/// Ways by which posts go out, each walked below.
const WALKED: &str = "/ /p/<id> /p/<id>/<number> /p/<id>/delete /p/<id>/edit /p/<id>/guests /posts/<id>/guests /g/<code> /<_> /<_>/posts /<_>/<tab> /<_>/card /feed /feeds \
    /posts/<post_id> /report/<of> /media/<_..> /live /docs/transformations /captions/<id>/track.vtt \
    /p/<id>/likes /posts/<post_id>/likes /me/marks /p/<id>/comments /posts/<post_id>/comments /<_>/waiting /groups/<slug>/waiting /c/<id>/edit /c/<id>/delete /notices /search /search/results /suggest /new";

/// Answers in which there is no post of others: the house itself and what is the same for everybody; ways in, and what
/// members set for themselves; what is being written, which is its author's alone; the office.
const WITHOUT: &str = "/static/ /health /manifest /sw.js /offline /favicon /icon /robots /hello /openapi.json /docs \
    /apple-touch-icon /.well-known /version /me.css /me/seen.css \
    /setup /login /signin /register /recover /reset /verify /forgot /settings /auth /users /directory /reports /standing /members /<_>/followers /<_>/members /<_>/settings /<_>/leave /~ /groups /<_>/following /<_>/apart /apart /letters/stop /tags /email /confirm /undo /device \
    /back /invitations /join /house /compose /drafts /captions /videos /uploads /waiting /admin";

#[test]
fn every_way_out_is_walked_or_shows_no_post() {
    let figment = Settings::figment();
    let settings = Settings::from(&figment, Given::default()).unwrap();
    let rocket = porch::rocket(figment, settings, Clock::default());
    let unknown: BTreeSet<String> = rocket
        .routes()
        .filter(|route| route.method.as_str() == "GET")
        .map(|route| route.uri.path().to_owned())
        .filter(|path| {
            !WALKED.split(' ').any(|known| path == known)
                && !WITHOUT.split(' ').any(|known| path.starts_with(known))
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "walk these, or say why not: {unknown:?}"
    );
}

/// Tells every open page of every post once more, as it is now.
async fn tell(house: &House, cases: &[Case]) {
    let mut tx = house.app.db.write().await.unwrap();
    let mut last = 0;
    for case in cases {
        let row: (String, String) =
            sqlx::query_as("select author_id, audience from posts where id = $1")
                .bind(&case.post)
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        let (seq, _) = changes::next(&mut tx, house.clock.now()).await.unwrap();
        let author: Id<Users> = row.0.parse().unwrap();
        let about = About {
            author,
            audience: row.1,
        };
        let post: Id<Posts> = case.post.parse().unwrap();
        let change = Change::of_post(seq, post, about, ("card", Act::Put));
        changes::record(&mut tx, &change).await.unwrap();
        last = seq;
    }
    tx.commit().await.unwrap();
    house.app.hub.hint(last);
    house.settled().await;
}

async fn put(listener: &mut crate::socket::Socket) -> HashSet<String> {
    let frames = listener.missed().await;
    let ids = frames.iter().filter(|frame| frame["op"] == "put");
    ids.map(|frame| frame["id"].as_str().unwrap()[2..].to_owned())
        .collect()
}

/// What the reader has liked before they could see it no more, and pictures across the heads of members' pages.
async fn pictures_elsewhere(house: &House, reader: &Visitor, cases: &[Case]) {
    let id = one(house, ID, "reader").await;
    for (n, case) in cases.iter().enumerate() {
        let mut tx = house.app.db.write().await.unwrap();
        sqlx::query("insert into likes (post_id, user_id, created_at) values ($1, $2, $3)")
            .bind(&case.post)
            .bind(&id)
            .bind(n as i64)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "update users set cover = (select id from media where post_id = $1) where handle = $2",
        )
        .bind(&case.post)
        .bind(&case.handle)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let head = reader.get(&format!("/@{}/videos", case.handle)).await;
        let shows = head.body.contains(&case.key);
        assert_eq!(shows, case.may_see(), "cover: {case:?}");
    }
    let mut liked = HashSet::new();
    let mut next = Some("/@reader/likes".to_owned());
    while let Some(path) = next {
        let page = reader.get(&path).await;
        liked.extend(
            cases
                .iter()
                .filter(|case| page.body.contains(&format!("t-{}", case.post)))
                .map(|case| case.post.clone()),
        );
        next = page.older();
    }
    check("liked", cases, &liked, Case::may_see);
    let mut tx = house.app.db.write().await.unwrap();
    for undo in ["delete from likes", "update users set cover = null"] {
        sqlx::query(undo).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[rocket::async_test]
async fn nothing_leaks_and_nothing_is_missing() {
    let house = House::open().await;
    let reader = house.visitor("reader").await;
    let cases = furnished(&house).await;
    tell(&house, &cases).await;
    let start = reader.get("/").await.cursor();

    check("home", &cases, &walked(&reader, "/").await, Case::wants);
    let followed = walked(&reader, "/?of=following").await;
    check("following", &cases, &followed, |case| {
        case.wants() && matches!(case.author, Self_ | Followed)
    });
    reader.get("/?of=everyone").await;
    let beyond = format!(
        "/?before={:016}-{}",
        9_000_000_000_000_000_u64,
        Id::<Posts>::new()
    );
    check(
        "older",
        &cases,
        &walked(&reader, &beyond).await,
        Case::wants,
    );
    let mut lists = HashSet::new();
    for case in cases.iter().filter(|case| case.audience == Everyone) {
        lists.extend(walked(&reader, &format!("/@{}/posts", case.handle)).await);
        for tab in ["", "/photos"] {
            let wall = reader.get(&format!("/@{}{tab}", case.handle)).await;
            for of in cases.iter().filter(|of| of.author == case.author) {
                let found = wall.body.contains(&of.key);
                assert_eq!(found, of.may_see(), "wall{tab}: {of:?}");
            }
        }
    }
    check("members' lists", &cases, &lists, Case::may_see);
    for (slug, audience) in [("mine", Mine), ("apart", Apart)] {
        let of = |case: &Case| case.audience == audience && case.finds();
        let page = walked(&reader, &format!("/~{slug}")).await;
        check("a group's page", &cases, &page, of);
    }
    assert_eq!(reader.get("/~others").await.status, 404);
    pictures_elsewhere(&house, &reader, &cases).await;
    notices(&house, &reader, &cases).await;
    search(&house, &reader, &cases).await;
    for case in &cases {
        for path in ["", "/1"] {
            let page = reader.get(&format!("/p/{}{path}", case.post)).await;
            assert_eq!(page.status == 200, case.may_see(), "page{path}: {case:?}");
            assert_eq!(page.body.contains(&case.key), case.may_see());
        }
        for path in ["/delete", "/edit", "/guests"] {
            let page = reader.get(&format!("/p/{}{path}", case.post)).await;
            assert_eq!(page.status == 404, !case.may_see(), "{path}: {case:?}");
        }
        for path in [
            "/p/{}/likes",
            "/posts/{}/likes",
            "/p/{}/comments",
            "/posts/{}/comments",
        ] {
            let list = reader.get(&path.replace("{}", &case.post)).await;
            assert_eq!(list.status == 200, case.may_see(), "{path}: {case:?}");
        }
        let report = reader.get(&format!("/report/post:{}", case.post)).await;
        let may_report = case.may_see() && case.author != Self_;
        assert_eq!(report.status == 200, may_report, "report: {case:?}");
        let marks = reader.get(&format!("/me/marks?p={}", case.post)).await;
        assert_eq!(marks.body.contains(&case.post), case.may_see());
        let like = reader.put(&format!("/p/{}/like", case.post), &[]).await;
        assert_eq!(like.status == 303, case.takes_part(), "like: {case:?}");
        let say = [("text", "Said"), ("key", &*case.post)];
        let said = reader
            .post(&format!("/p/{}/comments", case.post), &say)
            .await;
        assert_eq!(said.status == 303, case.takes_part(), "comment: {case:?}");
        let file = format!("/media/{}", case.key);
        assert_eq!(
            reader.get(&file).await.status == 200,
            case.may_see(),
            "file: {case:?}"
        );
        let stranger = house.stranger().get(&file).await.status;
        assert_eq!(
            stranger == 200,
            case.stranger_may(),
            "file for a stranger: {case:?}"
        );
    }
    sql(
        &house,
        "insert into captions (media_id, text) select id, 'WEBVTT' from media where purpose = $1",
        &["post"],
    )
    .await;
    for case in &cases {
        let file = one(&house, "select id from media where key = $1", &case.key).await;
        let status = reader
            .get(&format!("/captions/{file}/track.vtt"))
            .await
            .status;
        assert_eq!(status == 200, case.may_see(), "captions: {case:?}");
    }
    let newest = reader.get("/docs/transformations").await.body;
    for case in cases.iter().filter(|case| !case.wants()) {
        assert!(!newest.contains(&case.key), "the page of steps: {case:?}");
    }

    let api = Client::new(&house)
        .logged_in("reader@example.org", crate::house::PASSWORD)
        .await;
    let ids = |json: serde_json::Value| -> HashSet<String> {
        let posts = json["posts"].as_array().unwrap().clone();
        posts
            .iter()
            .map(|post| post["id"].as_str().unwrap().to_owned())
            .collect()
    };
    check(
        "/feeds",
        &cases,
        &ids(api.get("/feeds").await.json()),
        Case::wants,
    );
    check(
        "/feed",
        &cases,
        &ids(api.get("/feed").await.json()),
        Case::wants,
    );
    let mut lists = HashSet::new();
    for case in cases.iter().filter(|case| case.audience == Everyone) {
        let answer = api.get(&format!("/feeds?author={}", case.handle)).await;
        if answer.status == 200 {
            lists.extend(ids(answer.json()));
        }
        let status = api.get(&format!("/posts/{}", case.post)).await.status;
        assert_eq!(status == 200, case.may_see(), "/posts: {case:?}");
    }
    check("/feeds?author", &cases, &lists, Case::may_see);

    for (slug, audience) in [("mine", Mine), ("apart", Apart)] {
        let answer = api.get(&format!("/feeds?group={slug}")).await.json();
        let of = |case: &Case| case.audience == audience && case.finds();
        check("/feeds?group", &cases, &ids(answer), of);
    }
    assert_eq!(api.get("/feeds?group=others").await.status, 404);

    // What is told while a page is open, and after it was away.
    let mut open = reader.listen(&start).await;
    open.missed().await;
    tell(&house, &cases).await;
    let mut live = HashSet::new();
    let wanted = cases.iter().filter(|case| case.wants()).count();
    while live.len() < wanted {
        let frame = open.happens().await;
        assert_eq!(frame["op"], "put", "{frame}");
        live.insert(frame["id"].as_str().unwrap()[2..].to_owned());
    }
    check("frames", &cases, &live, Case::wants);
    check(
        "replay",
        &cases,
        &put(&mut reader.listen(&start).await).await,
        Case::wants,
    );

    // What a member is to the others changes: open pages are loaded anew.
    let me = one(&house, ID, "reader").await.parse().unwrap();
    let mut tx = house.app.db.write().await.unwrap();
    sqlx::query("delete from ties")
        .execute(&mut *tx)
        .await
        .unwrap();
    let seq = porch::circle::changed(&mut tx, me, house.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    house.app.hub.hint(seq);
    // After what was still on its way.
    while open.happens().await["reset"] != true {}
    assert_eq!(reader.listen(&start).await.happens().await["reset"], true);
    tell(&house, &cases).await;
    let untied = |case: &Case| match case.author {
        Blocks | Blocked | Muted => matches!(case.audience, Everyone | Mine),
        _ => case.wants(),
    };
    check("untied", &cases, &walked(&reader, "/").await, untied);
    house.close().await;
}
