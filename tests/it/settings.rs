use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn the_administrator_names_the_place() {
    let house = House::open().await;
    let (ada, mo) = (house.visitor("ada").await, house.signed_in("mo").await);
    let name = [("site_name", "The <Harbour>")];
    assert_eq!(ada.put("/settings/site", &name).await.status, 403);
    assert_eq!(
        mo.put("/settings/site", &[("site_name", " ")]).await.status,
        422
    );
    assert_eq!(mo.put("/settings/site", &name).await.status, 303);
    assert!(ada.get("/").await.body.contains("The &lt;Harbour&gt;"));
    house.close().await;
}

#[rocket::async_test]
async fn name_and_handle_change_on_cards_that_are_there() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.publish("First light").await;
    let taken = ada
        .put("/settings/profile", &[("name", "Ada"), ("handle", "mo")])
        .await;
    assert_eq!(taken.status, 422);
    assert!(taken.body.contains("This handle is taken"));
    let fields = [("name", "Countess"), ("handle", "countess")];
    assert_eq!(ada.put("/settings/profile", &fields).await.status, 303);
    let page = ada.get("/").await;
    assert!(page.body.contains("<bdi>Countess</bdi>") && page.body.contains("/@countess"));
    assert_eq!(ada.get("/@countess/posts").await.posts().len(), 1);
    // What was hers leads to her.
    let old = ada.get("/@ada").await;
    assert_eq!((old.status, old.header("location")), (303, "/@countess"));
    house.close().await;
}

#[rocket::async_test]
async fn an_address_changes_only_with_the_password() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let change = async |email: &str, password: &str| {
        ada.put(
            "/settings/email",
            &[("email", email), ("password", password)],
        )
        .await
    };
    assert_eq!(change("new@example.org", "not it at all").await.status, 422);
    assert_eq!(
        change("mo@example.org", PASSWORD).await.status,
        422,
        "somebody else's"
    );
    assert_eq!(change("new@example.org", PASSWORD).await.status, 303);
    let fields = [("email", "new@example.org"), ("password", PASSWORD)];
    assert_eq!(house.stranger().post("/login", &fields).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn a_profile_picture_is_shown_replaced_and_removed() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let face = crate::picture::png(40, 40);
    let nothing = ada.upload("/settings/face", &[("face", "")], &[]).await;
    assert_eq!(nothing.status, 422);
    let not_one = ada
        .upload("/settings/face", &[], &[("face", "a.txt", b"just text")])
        .await;
    assert_eq!(not_one.status, 422);
    for _ in 0..2 {
        assert_eq!(
            ada.upload("/settings/face", &[], &[("face", "me.png", &face)])
                .await
                .status,
            303
        );
    }
    let page = ada.get("/settings").await;
    let address = page.between("is-large\"><img src=\"", "\"").to_owned();
    assert_eq!(ada.get(&address).await.status, 200);
    assert_eq!(ada.delete("/settings/face").await.status, 303);
    assert_eq!(ada.get(&address).await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn the_theme_is_in_the_page_before_it_is_painted() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    assert!(!ada.get("/").await.body.contains("data-theme="));
    ada.put("/settings/theme", &[("theme", "dark")]).await;
    assert!(
        ada.get("/")
            .await
            .body
            .contains("<html lang=\"en\" data-theme=\"dark\">")
    );
    ada.put("/settings/theme", &[("theme", "system")]).await;
    assert!(!ada.get("/").await.body.contains("data-theme=\""));
    house.close().await;
}
