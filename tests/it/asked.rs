//! Who may ask for what of a picture: layers, names, signatures, policies, explanations.

use std::time::Duration;

use crate::house::House;
use crate::media::{posted, posted_by};
use crate::visitor::Answer;

fn size(answer: &Answer) -> (u32, u32) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let picture = transform::probe(&answer.bytes, &Default::default()).unwrap();
    (picture.width, picture.height)
}

#[rocket::async_test]
async fn a_picture_in_a_layer_goes_with_its_post() {
    let house = House::open().await;
    let (ada, _, base) = posted(&house).await;
    let ben = house.visitor("ben").await;
    let post = ben.publish("Layer").await;
    let layer = ben.keys(&post).await.remove(0);
    let address = format!("/media/tr:w-300,l-image,i-{layer},w-50,l-end/{base}");
    let plain = ada.get(&format!("/media/tr:w-300/{base}")).await;
    let shown = ada.get(&address).await;
    assert_eq!(size(&shown), (300, 200));
    assert_ne!(shown.bytes, plain.bytes);
    let renditions = || {
        let folder = house.folder.path().join("media/renditions");
        let folder = folder.join(&base[..2]).join(&base);
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!(renditions(), 2);
    ben.delete(&format!("/p/{post}")).await;
    let gone = ada.get(&address).await;
    assert_eq!(gone.status, 404, "{}", gone.body);
    for _ in 0..100 {
        if renditions() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        renditions(),
        1,
        "the rendition is gone from the disk as well"
    );
    for (steps, status) in [
        ("l-image,i-nothing.png,l-end".to_owned(), 404),
        (format!("l-image,i-{layer},l-end"), 404),
        ("l-text,i-Hi".to_owned(), 400),
        ("l-image,w-3,l-end".to_owned(), 400),
    ] {
        let answer = ada.get(&format!("/media/tr:{steps}/{base}")).await;
        assert_eq!(answer.status, status, "{steps}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn names_stand_for_steps_and_another_picture_for_a_missing_one() {
    let presets = "thumb=w-120,h-120; wide=w-300,h-100:n-gray; gray=e-grayscale";
    let house = House::open_with(&[("presets", presets)]).await;
    let (ada, _, key) = posted(&house).await;
    let thumb = ada.get(&format!("/media/tr:n-thumb/{key}")).await;
    assert_eq!(size(&thumb), (120, 120));
    let wide = ada.get(&format!("/media/{key}?tr=n-wide")).await;
    assert_eq!(size(&wide), (300, 100));
    let unknown = ada.get(&format!("/media/tr:n-nobody/{key}")).await;
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.body.contains("gray, thumb, wide"),
        "{}",
        unknown.body
    );
    let missing = "abcdefghijklmnopqrstuvwxyz.png";
    for (address, status) in [
        (format!("/media/tr:w-90,di-{key}/{missing}"), 200),
        (
            format!("/media/tr:w-90,di-folder@@{key}/no-key-at-all"),
            200,
        ),
        (format!("/media/tr:w-90,di-{missing}/{missing}"), 404),
        (format!("/media/tr:w-90/{missing}"), 404),
    ] {
        let answer = ada.get(&address).await;
        assert_eq!(answer.status, status, "{address}");
        if status == 200 {
            assert_eq!(size(&answer), (90, 60));
        }
    }
    let hinted = ada.with("sec-ch-dpr", "2").with("sec-ch-width", "120");
    let answer = hinted
        .get(&format!("/media/tr:w-auto,dpr-auto/{key}"))
        .await;
    assert_eq!(size(&answer), (240, 160));
    assert_eq!(answer.header("vary"), "Accept, Sec-CH-DPR, Sec-CH-Width");
    assert_eq!(
        size(&ada.get(&format!("/media/tr:w-auto,h-60/{key}")).await),
        (90, 60)
    );
    house.close().await;
}

/// What ImageKit's SDKs append, made here from the same words: HMAC-SHA1 of address and time.
pub fn sign(rest: &str, expires: Option<i64>) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"private_test");
    let until = expires.unwrap_or(9_999_999_999);
    let tag = hmac::sign(&key, format!("{rest}{until}").as_bytes());
    let digits: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mark = if rest.contains('?') { '&' } else { '?' };
    let time = expires.map(|at| format!("ik-t={at}&")).unwrap_or_default();
    format!("/media/{rest}{mark}{time}ik-s={digits}")
}

#[rocket::async_test]
async fn a_policy_says_who_may_ask_for_what() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.unwrap().as_secs() as i64;
    for (policy, free, named) in [
        ("anything", 200, 200),
        ("presets", 403, 200),
        ("signed", 403, 403),
    ] {
        let house = House::open_with(&[
            ("transforms", policy),
            ("presets", "thumb=w-120,h-120"),
            ("media_key", "private_test"),
        ])
        .await;
        let (ada, _, key) = posted(&house).await;
        let stranger = house.stranger();
        let ben = house.visitor("ben").await;
        for (address, status) in [
            (format!("/media/{key}"), 200),
            (format!("/media/tr:w-320/{key}"), 200),
            (format!("/media/tr:w-224,h-224,fo-auto,pg-1/{key}"), 200),
            (format!("/media/tr:w-321/{key}"), free),
            (format!("/media/tr:n-thumb/{key}"), named),
            (format!("/media/tr:n-thumb,w-5/{key}"), free),
            (sign(&format!("tr:w-50/{key}"), None), 200),
            (sign(&format!("{key}?tr=w-51&v=2"), Some(now + 60)), 200),
            (sign(&format!("{key}?tr=w-52"), Some(now - 60)), 401),
            (
                sign(&format!("tr:w-53/{key}"), None).replace("w-53", "w-54"),
                401,
            ),
            (format!("/media/tr:w-55/{key}?ik-s=00"), 401),
        ] {
            for who in [&stranger, &ben] {
                assert_eq!(who.get(&address).await.status, status, "{policy} {address}");
            }
        }
        let own = ada.get(&format!("/media/tr:w-77,e-grayscale/{key}")).await;
        assert_eq!(own.status, 200, "whoever uploaded it may ask for anything");
        house.close().await;
    }
}

#[rocket::async_test]
async fn without_a_key_no_signature_holds() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let answer = ada.get(&sign(&format!("tr:w-50/{key}"), None)).await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("PORCH_MEDIA_KEY"), "{}", answer.body);
    house.close().await;
}

#[rocket::async_test]
async fn members_are_told_how_a_picture_is_made() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let address = format!("/media/tr:w-300,zzz-1:rt-90,l-text,i-Hi,l-end/{key}?explain=1");
    let told = ada.with("accept", "application/json").get(&address).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(told["ignored"], serde_json::json!(["zzz-1"]));
    assert_eq!(told["input"]["width"], 900);
    assert_eq!(
        (&told["output"]["width"], &told["output"]["height"]),
        (&200.into(), &300.into())
    );
    let stages = told["stages"].as_array().unwrap();
    let named: Vec<&str> = stages
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(named.first(), Some(&"decode"));
    assert_eq!(named.last(), Some(&"encode"));
    assert!(named.contains(&"layer"), "{named:?}");
    let stranger = house.stranger().with("accept", "application/json");
    assert_eq!(stranger.get(&address).await.status, 401);
    let saved = ada
        .get(&format!("/media/tr:w-30/{key}?ik-attachment=true"))
        .await;
    assert!(
        saved
            .header("content-disposition")
            .starts_with("attachment")
    );
    house.close().await;
}

#[rocket::async_test]
async fn where_too_much_is_asked_for_some_are_sent_away_and_others_served() {
    let house = House::open_with(&[("rendition_deadline", "3s")]).await;
    let (ada, _, key) = posted(&house).await;
    let ready = format!("/media/tr:w-320/{key}");
    assert_eq!(ada.get(&ready).await.status, 200);
    let heavy = |n: u32| {
        let ada = ada.with("accept", "*/*");
        let address = format!("/media/tr:w-4500,bl-{}:rt-{}:rt-7/{key}", n % 90 + 1, n + 1);
        tokio::spawn(async move { ada.get(&address).await })
    };
    let flood: Vec<_> = (0..200).map(heavy).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ada.get(&ready).await.status, 200, "what is there is served");
    assert_eq!(ada.get("/").await.status, 200, "and pages are");
    let mut sent_away = 0;
    for answer in flood {
        let answer = answer.await.unwrap();
        match answer.status {
            200 => {}
            503 => {
                assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
                sent_away += 1;
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert!(sent_away > 100, "{sent_away}");
    let (_, other) = posted_by(&ada).await;
    assert_eq!(
        ada.get(&format!("/media/tr:w-300/{other}")).await.status,
        200
    );
    house.close().await;
}

#[rocket::async_test]
async fn an_animation_is_served_smaller_and_still_moves() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let gif = moving(60, 40, 4);
    ada.upload(
        "/p",
        &[("caption", "It moves")],
        &[("media", "a.gif", &gif)],
    )
    .await;
    let id = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&id).await.remove(0);
    let feed = ada.get("/").await.body;
    let plain = format!("src=\"/media/{key}\"");
    assert!(
        feed.contains(&plain),
        "pages show it as it is, however many frames it has"
    );
    for (accept, steps, format, frames) in [
        ("image/webp,*/*", "w-30", "image/webp", 4),
        ("*/*", "w-30", "image/gif", 4),
        ("*/*", "w-30,f-png", "image/png", 1),
        ("*/*", "w-30,pg-2,f-jpg", "image/jpeg", 1),
    ] {
        let answer = ada
            .with("accept", accept)
            .get(&format!("/media/tr:{steps}/{key}"))
            .await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, format)
        );
        let picture = transform::probe(&answer.bytes, &Default::default()).unwrap();
        assert_eq!((picture.width, picture.frames), (30, frames), "{steps}");
    }
    house.close().await;
}

/// A GIF whose frames differ.
fn moving(width: u16, height: u16, frames: u8) -> Vec<u8> {
    let palette = [255, 0, 0, 0, 0, 255];
    let mut encoder = gif::Encoder::new(Vec::new(), width, height, &palette).unwrap();
    for n in 0..frames {
        let area = usize::from(width) * usize::from(height);
        let pixels: Vec<u8> = (0..area)
            .map(|at| u8::from(at % 9 > usize::from(n)))
            .collect();
        let frame = gif::Frame::from_indexed_pixels(width, height, pixels, None);
        encoder
            .write_frame(&gif::Frame { delay: 10, ..frame })
            .unwrap();
    }
    encoder.into_inner().unwrap()
}

#[rocket::async_test]
async fn an_author_says_what_stays_when_a_picture_is_cut() {
    let house = House::open().await;
    let (ada, post, key) = posted(&house).await;
    let ben = house.visitor("ben").await;
    let form = ada.get(&format!("/p/{post}/edit")).await;
    let item = form.between("name=\"focus-", "\"").to_owned();
    let field = format!("focus-{item}");
    let cut = async |place: &str| {
        let answer = ben
            .get(&format!("/media/tr:w-60,h-200,fo-{place}/{key}"))
            .await;
        assert_eq!(size(&answer), (60, 200), "{place}");
        answer
    };
    assert_eq!(cut("custom").await.bytes, cut("auto").await.bytes);
    let path = format!("/p/{post}");
    for place in ["left", "bottom_right"] {
        let saved = ada.put(&path, &[("caption", "Big"), (&field, place)]).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let custom = cut("custom").await;
        assert_eq!(custom.bytes, cut(place).await.bytes);
        assert_ne!(custom.bytes, cut("center").await.bytes);
        assert_eq!(custom.header("cache-control"), "private, no-cache");
        let form = ada.get(&format!("/p/{post}/edit")).await;
        let chosen = format!("value=\"{place}\" checked");
        assert!(form.body.contains(&chosen), "{}", form.body);
    }
    let wrong = ada
        .put(&path, &[("caption", "Big"), (&field, "middle")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("Choose auto or one of"),
        "{}",
        wrong.body
    );
    let refused = ben.put(&path, &[("caption", "Big"), (&field, "top")]).await;
    assert_eq!(refused.status, 403);
    let saved = ada
        .put(&path, &[("caption", "Big"), (&field, "auto")])
        .await;
    assert_eq!(saved.status, 303);
    assert_eq!(cut("custom").await.bytes, cut("auto").await.bytes);
    // Also in steps that a condition chooses.
    let steps = "if-w_gt_10,w-60,h-200,fo-custom,if-end";
    let chosen = ben.get(&format!("/media/tr:{steps}/{key}")).await;
    assert_eq!(chosen.bytes, cut("auto").await.bytes);
    house.close().await;
}

#[rocket::async_test]
async fn how_much_an_address_may_ask_for_is_a_setting() {
    let limits = [
        ("transform_megapixels", "4"),
        ("transform_steps", "2"),
        ("transform_layers", "1"),
    ];
    let house = House::open_with(&limits).await;
    let (ada, _, key) = posted(&house).await;
    let layer = "l-text,i-a,l-end";
    for (steps, refusal) in [
        ("w-2000,h-2000".to_owned(), None),
        ("w-2001,h-2000".to_owned(), Some("at most 4 megapixels")),
        (format!("w-90,{layer}:rt-90"), None),
        (
            "w-90:rt-90:bl-2".to_owned(),
            Some("at most 2 steps, and 6 "),
        ),
        (format!("w-90,{layer},{layer}"), Some("at most 1 layers")),
    ] {
        let answer = ada.get(&format!("/media/tr:{steps}/{key}")).await;
        match refusal {
            None => assert_eq!(answer.status, 200, "{steps}: {}", answer.body),
            Some(said) => {
                assert_eq!(answer.status, 400, "{steps}");
                assert!(answer.body.contains(said), "{}", answer.body);
            }
        }
    }
    house.close().await;
}
