//! What a member's page says, and how members are found.

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::picture::png;
use crate::visitor::Visitor;

async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

fn handles(list: &Value) -> Vec<&str> {
    let members = list["members"].as_array().unwrap().iter();
    members.map(|one| one["handle"].as_str().unwrap()).collect()
}

#[rocket::async_test]
async fn a_page_says_what_its_member_says() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let by_ada = program(&house, "ada").await;
    let fields = [
        ("name", "Ada"),
        ("handle", "ada"),
        ("about", "Walks uphill.\nSee https://example.org/ada, too."),
        ("place", "By the harbour"),
    ];
    assert_eq!(ada.put("/settings/profile", &fields).await.status, 303);
    let page = ben.get("/@ada").await.body;
    for said in [
        "Walks uphill.\n",
        "<a href=\"https://example.org/ada\" rel=\"nofollow noopener ugc\">",
        "By the harbour",
        "here since ",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let card = ben.get("/@ada/card").await;
    assert!(card.body.contains("Walks uphill.") && !card.body.contains("<html"));
    let profile = by_ada.get("/members/ada").await.json();
    assert_eq!(profile["place"], "By the harbour");
    assert_eq!(profile["cover"], Value::Null);
    for (field, text) in [
        ("about", "a".repeat(501)),
        ("about", "a\n".repeat(11)),
        ("place", "a".repeat(61)),
        ("name", "".into()),
        ("handle", "ben".into()),
        ("cover", "nothing".into()),
        ("cover", "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10".into()),
    ] {
        let said = by_ada
            .patch("/users/me/profile", json!({ field: text }))
            .await;
        assert_eq!(said.status, 422, "{field}");
        assert!(said.mistakes()[0].contains(field), "{:?}", said.mistakes());
    }
    let changes = json!({ "place": "", "handle": "ada_l" });
    let changed = by_ada.patch("/users/me/profile", changes).await.json();
    assert_eq!(
        (&changed["place"], &changed["handle"]),
        (&json!(""), &json!("ada_l"))
    );
    assert!(
        changed["about"].as_str().unwrap().starts_with("Walks"),
        "it stays"
    );
    house.close().await;
}

/// The id of the picture that is first among those to choose a cover from.
async fn first_cover(of: &Visitor) -> String {
    let page = of.get("/settings").await;
    page.between("name=\"cover\" value=\"\" checked> <span>None</span></label>\n    <label class=\"pick-cover\"><input type=\"radio\" name=\"cover\" value=\"", "\"")
        .to_owned()
}

#[rocket::async_test]
async fn a_cover_hangs_for_whoever_may_see_its_post() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let fields = [("caption", "For some"), ("audience", "followers")];
    let picture = png(8, 6);
    ada.upload("/p", &fields, &[("media", "a.png", &picture)])
        .await;
    let id = first_cover(&ada).await;
    assert_eq!(
        ada.put("/settings/cover", &[("cover", &id)]).await.status,
        303
    );
    let shows =
        async |visitor: &Visitor| visitor.get("/@ada").await.body.contains("class=\"cover\"");
    assert!(shows(&ada).await && !shows(&ben).await);
    ben.put("/@ada/follow", &[]).await;
    assert!(shows(&ben).await);
    // Nobody hangs what is another's.
    assert_eq!(
        ben.put("/settings/cover", &[("cover", &id)]).await.status,
        422
    );
    let post = ada
        .get("/?of=everyone")
        .await
        .post_saying("For some")
        .unwrap();
    ada.delete(&format!("/p/{post}")).await;
    assert!(!shows(&ada).await && !shows(&ben).await);
    house.close().await;
}

#[rocket::async_test]
async fn a_wall_has_its_photos_and_what_one_likes_is_ones_own() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let mut posts = Vec::new();
    for n in 0..32 {
        posts.push(ada.publish(&format!("Number {n}")).await);
    }
    for post in &posts {
        assert_eq!(ben.put(&format!("/p/{post}/like"), &[]).await.status, 303);
    }
    for (visitor, first) in [
        (&ben, "/@ben/likes"),
        (&ben, "/@ada/photos"),
        (&ada, "/@ada"),
    ] {
        let page = visitor.get(first).await;
        let tiles = |body: &str| body.matches("data-tile").count();
        assert_eq!(tiles(&page.body), 30, "{first}");
        let rest = visitor.get(&page.older().unwrap()).await;
        assert_eq!(tiles(&rest.body), 2, "{first}");
        assert!(rest.older().is_none());
    }
    assert_eq!(ada.get("/@ben/likes").await.status, 404);
    assert_eq!(ada.get("/@ada/nothing").await.status, 404);
    assert!(
        ada.get("/@ada/videos")
            .await
            .body
            .contains("No videos so far.")
    );
    assert!(
        ada.get("/@ada/likes")
            .await
            .body
            .contains("Nobody else sees it.")
    );
    house.close().await;
}

#[rocket::async_test]
async fn members_are_found_by_the_beginnings_of_their_names() {
    let house = House::open().await;
    let ben = house.visitor("ben").await;
    let by_ben = program(&house, "ben").await;
    for (name, shown) in [
        ("ana", "Ana Kovač"),
        ("olena", "Олена Шевченко"),
        ("satou", "佐藤 美咲"),
        ("anna", "Anna-Lena Öztürk"),
        ("ann_b", "Berta"),
    ] {
        let one = house.visitor(name).await;
        let fields = [("name", shown), ("handle", name)];
        one.put("/settings/profile", &fields).await;
    }
    ben.put("/@anna/follow", &[]).await;
    for (q, found) in [
        ("KOVAC", "ana"),
        ("kov an", "ana"),
        ("@ann", "anna ann_b"),
        ("ann_b", "ann_b"),
        ("шевч", "olena"),
        ("佐 美咲", "satou"),
        ("ozturk lena", "anna"),
        ("kov kov zzz", ""),
        ("zzz", ""),
        ("!", ""),
    ] {
        let path = format!("/directory?q={}", percent(q));
        let list = by_ben.get(&path).await.json();
        let expected: Vec<&str> = found.split_whitespace().collect();
        assert_eq!(handles(&list), expected, "{q}");
    }
    let newest = by_ben.get("/directory?sort=newest").await.json();
    assert_eq!(handles(&newest)[..2], ["ann_b", "anna"]);
    assert_eq!(by_ben.get("/directory?sort=oldest").await.status, 404);
    let page = ben.get("/members?q=kov").await.body;
    assert!(
        page.contains("@ana") && !page.contains("@olena") && !page.contains("People to follow")
    );
    let part = ben.htmx().get("/members?q=kov").await.body;
    assert!(part.contains("@ana") && !part.contains("<html"));
    assert!(
        ben.get("/members?q=zzz")
            .await
            .body
            .contains("Nobody here has a name")
    );
    // Another name is found, and the old one no more; whoever is blocked is not found.
    let ana = house.signed_in("ana").await;
    ana.put("/settings/profile", &[("name", "Dora"), ("handle", "ana")])
        .await;
    let by = async |q: &str| by_ben.get(&format!("/directory?q={q}")).await.json();
    assert_eq!(handles(&by("kovac").await), Vec::<&str>::new());
    assert_eq!(handles(&by("dora").await), ["ana"]);
    ana.put("/@ben/block", &[]).await;
    assert_eq!(handles(&by("dora").await), Vec::<&str>::new());
    house.close().await;
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[rocket::async_test]
async fn a_page_that_is_not_there_says_why() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    house.visitor("cy").await;
    let nobody = ben.get("/@nobody").await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.body.contains("There is no <bdi>@nobody</bdi>"));
    ben.put("/@ada/block", &[]).await;
    let blocked = ben.get("/@ada").await;
    assert_eq!(blocked.status, 404);
    assert!(
        blocked.body.contains("You have blocked <bdi>") && blocked.body.contains("/@ada/apart")
    );
    // Whoever is blocked is not told.
    assert!(
        ada.get("/@ben")
            .await
            .body
            .contains("Nobody here has this name")
    );
    let mut tx = house.app.db.write().await.unwrap();
    sqlx::query("update users set is_active = 0 where handle = 'cy'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let closed = ada.get("/@cy").await;
    assert_eq!(closed.status, 404);
    assert!(closed.body.contains("is closed for now"), "{}", closed.body);
    house.close().await;
}

#[rocket::async_test]
async fn open_pages_hear_how_many_follow_a_member() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let cy = house.visitor("cy").await;
    let page = cy.get("/@ada").await;
    let mut open = cy.listen(&page.cursor()).await;
    ben.put("/@ada/follow", &[]).await;
    let counts = loop {
        let frame = open.act().await;
        if frame["op"] == "counts" {
            break frame;
        }
    };
    let id = crate::table::one(&house, crate::table::ID, "ada").await;
    let of = counts["of"].as_array().unwrap();
    assert!(of.contains(&json!([id, 1, 0, "member"])), "{counts}");
    drop((ada, open));
    house.close().await;
}
