//! Who looks after the place: what each office may do, and the log of it.

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};

async fn put(client: &Client, path: &str, body: serde_json::Value) -> u16 {
    let body = body.to_string();
    client
        .raw(reqwest::Method::PUT, path, ("application/json", &body))
        .await
        .status
}

/// Pages and what each office gets: a member, a moderator, an administrator.
const PAGES: [(&str, u16, u16, u16); 8] = [
    ("/admin", 403, 200, 200),
    ("/admin/people", 403, 200, 200),
    ("/admin/people/ben", 403, 200, 200),
    ("/admin/joining", 403, 200, 200),
    ("/admin/log", 403, 200, 200),
    ("/admin/place", 403, 403, 200),
    ("/admin/jobs", 403, 403, 200),
    ("/settings/place", 403, 403, 200),
];

#[rocket::async_test]
async fn each_office_opens_what_is_its_own_and_a_token_none() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let ben = house.visitor("ben").await;
    let cy = house.visitor("cy").await;
    let fay = house.signed_in("mo").await;
    let id = Client::new(&house)
        .logged_in("cy@example.org", PASSWORD)
        .await
        .id()
        .await;
    assert_eq!(
        put(
            &mo,
            &format!("/users/{id}/office"),
            json!({ "office": "queen" })
        )
        .await,
        422
    );
    assert_eq!(
        put(
            &mo,
            &format!("/users/{id}/office"),
            json!({ "office": "moderator" })
        )
        .await,
        204
    );
    for (path, member, moderator, administrator) in PAGES {
        assert_eq!(ben.get(path).await.status, member, "{path} for a member");
        assert_eq!(
            cy.get(path).await.status,
            moderator,
            "{path} for a moderator"
        );
        assert_eq!(
            fay.get(path).await.status,
            administrator,
            "{path} for an administrator"
        );
        assert!(
            house.stranger().get(path).await.status >= 300,
            "{path} for a stranger"
        );
    }
    // A moderator does nothing of an administrator's, and sees no address.
    let api = Client::new(&house)
        .logged_in("cy@example.org", PASSWORD)
        .await;
    let bens = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await
        .id()
        .await;
    for (path, body) in [
        (
            format!("/users/{bens}/office"),
            json!({ "office": "administrator" }),
        ),
        (
            "/house/settings/joining".to_owned(),
            json!({ "value": "closed" }),
        ),
    ] {
        assert_eq!(put(&api, &path, body).await, 403, "{path}");
    }
    assert_eq!(
        api.patch(&format!("/users/{bens}"), json!({ "is_active": false }))
            .await
            .status,
        403
    );
    assert_eq!(api.delete(&format!("/users/{bens}")).await.status, 403);
    for form in ["/admin/people/ben/office", "/admin/people/ben/access"] {
        let fields = [("office", "administrator"), ("access", "closed")];
        assert_eq!(cy.put(form, &fields).await.status, 403, "{form}");
    }
    assert!(
        !cy.get("/admin/people/ben")
            .await
            .body
            .contains("ben@example.org")
    );
    assert!(
        fay.get("/admin/people/ben")
            .await
            .body
            .contains("ben@example.org")
    );
    let token = mo
        .post("/users/me/tokens", json!({ "name": "frame" }))
        .await
        .json();
    let token = mo.with_token(token["token"].as_str());
    for path in ["/house/audit", "/house/settings", "/house/requests"] {
        assert_eq!(token.get(path).await.status, 403, "{path} with a token");
        assert_eq!(mo.get(path).await.status, 200, "{path}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn the_last_administrator_stays_and_accounts_are_closed_and_opened() {
    let house = House::open().await;
    let fay = house.signed_in("mo").await;
    let ben = house.visitor("ben").await;
    let refused = fay
        .put("/admin/people/mo/office", &[("office", "member")])
        .await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        fay.put("/admin/people/ben/office", &[("office", "administrator")])
            .await
            .status,
        303
    );
    assert_eq!(ben.get("/admin/place").await.status, 200);
    // Two who take each other's office at once: one comes first.
    let (one, other) = tokio::join!(
        fay.put("/admin/people/ben/office", &[("office", "member")]),
        ben.put("/admin/people/mo/office", &[("office", "member")])
    );
    let done = [one.status, other.status]
        .iter()
        .filter(|status| **status == 303)
        .count();
    assert_eq!(done, 1, "{} {}", one.status, other.status);
    let keeper = if one.status == 303 { &fay } else { &ben };
    house.visitor("dot").await;
    let dot = house.signed_in("dot").await;
    let page = keeper.get("/admin/people/dot").await;
    assert!(
        page.body.contains("Signed in on 2 devices"),
        "{}",
        page.body
    );
    assert_eq!(
        keeper.delete("/admin/people/dot/sessions").await.status,
        303
    );
    assert!(dot.get("/").await.status >= 300);
    let close = [("access", "closed")];
    assert_eq!(
        keeper.put("/admin/people/dot/access", &close).await.status,
        303
    );
    let login = [("email", "dot@example.org"), ("password", PASSWORD)];
    let out = dot.post("/login", &login).await;
    assert!(out.header("location").starts_with("/standing/"));
    let says = dot.get(out.header("location")).await.body;
    assert!(says.contains("have closed it. Ask them why."), "{says}");
    assert_eq!(
        keeper
            .put("/admin/people/dot/office", &[("office", "moderator")])
            .await
            .status,
        409
    );
    assert!(
        keeper
            .get("/admin/people?which=out")
            .await
            .body
            .contains("@dot")
    );
    assert!(
        !keeper
            .get("/admin/people?which=officers")
            .await
            .body
            .contains("@dot")
    );
    assert!(
        keeper
            .get("/admin/people?q=DOT%40exam")
            .await
            .body
            .contains("@dot")
    );
    assert!(
        keeper
            .get("/admin/people?q=%25")
            .await
            .body
            .contains("@dot"),
        "nothing is asked"
    );
    assert_eq!(
        keeper
            .put("/admin/people/dot/access", &[("access", "open")])
            .await
            .status,
        303
    );
    assert_eq!(dot.post("/login", &login).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn the_log_tells_what_was_done_and_nothing_takes_it_out() {
    let house = House::open().await;
    let fay = house.signed_in("mo").await;
    let mo = Client::admin(&house).await;
    house.visitor("ben").await;
    let cy = house.visitor("cy").await;
    fay.put("/admin/people/cy/office", &[("office", "moderator")])
        .await;
    fay.put("/settings/site", &[("site_name", "The Other House")])
        .await;
    fay.put("/admin/place/joining", &[("value", "request")])
        .await;
    fay.put("/admin/place/joining", &[("value", "whoever")])
        .await;
    fay.delete("/admin/place/joining").await;
    fay.put("/admin/people/ben/access", &[("access", "closed")])
        .await;
    let lines = mo.get("/house/audit").await.json();
    let acts: Vec<&str> = lines["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["act"].as_str().unwrap())
        .filter(|act| *act != "signed-in")
        .collect();
    let wanted = [
        "shut-out",
        "setting-changed",
        "setting-changed",
        "setting-changed",
        "office-given",
    ];
    assert_eq!(acts, wanted, "what was refused is not there");
    let details = mo.get("/house/audit?act=setting-changed").await.json();
    assert_eq!(details["lines"][0]["detail"], "request → open");
    let unknown = mo.get("/house/audit?act=").await;
    assert_eq!(unknown.status, 422, "a filter that there is not");
    assert!(unknown.text.contains("it takes one of signed-in, "));
    let signed_in = mo.get("/house/audit?act=signed-in").await.json();
    assert_eq!(signed_in["lines"][0]["actor"], "mo");
    let page = fay.get("/admin/log").await;
    assert!(page.body.contains("closed the account of") && page.body.contains("The House →"));
    let about = fay.get("/admin/log?member=ben").await;
    assert!(about.body.contains("closed the account of") && !about.body.contains("The House →"));
    // A moderator reads what is moderation's.
    let theirs = cy.get("/admin/log").await;
    assert!(!theirs.body.contains("The House →"));
    // Who is gone is a former member.
    let id = mo.get("/house/audit?act=shut-out").await.json()["lines"][0]["subject"].clone();
    assert_eq!(
        mo.delete(&format!("/users/{}", id.as_str().unwrap()))
            .await
            .status,
        204
    );
    assert!(fay.get("/admin/log").await.body.contains("a former member"));
    // Two years on it goes by the clock.
    house
        .clock
        .advance(std::time::Duration::from_secs(731 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    let left = "select cast(count(*) as bigint) from audit";
    let (left,): (i64,) = sqlx::query_as(left)
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
    house.close().await;
}

#[test]
fn at_the_command_line_the_place_is_opened_and_closed_and_the_log_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], joining: &str| {
        let output = std::process::Command::new(crate::process::PROGRAM)
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("PORCH_SAMPLES")
            .env("PORCH_JOINING", joining)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    assert_eq!(run(&["audit"], ""), (true, String::new()));
    let (done, said) = run(&["close"], "");
    assert!(done && said.contains("Nobody new"), "{said}");
    assert!(run(&["open"], "").0);
    let (done, said) = run(&["close"], "open");
    assert!(!done && said.contains("PORCH_JOINING decides"), "{said}");
    let (_, log) = run(&["audit"], "");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(
        lines[0].ends_with("- setting-changed joining open"),
        "{log}"
    );
    assert!(
        lines[1].ends_with("- setting-changed joining closed"),
        "{log}"
    );
}
