//! Pictures transformed by their addresses.

use crate::house::House;
use crate::media::{posted, posted_by};

#[rocket::async_test]
async fn what_nobody_knows_is_passed_over_and_slashes_do_not_break_it() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let plain = ada.get(&format!("/media/{key}")).await.bytes;
    let answer = ada.get(&format!("/media/tr:nonsense/{key}")).await;
    assert_eq!(answer.bytes, plain);
    assert_eq!(answer.header("x-media-ignored"), "nonsense");
    let address =
        format!("/media/tr:l-text,ie-Pz8/,ly-N20,lx-20,fs-100,co-white,bg-000000A0,l-end/{key}");
    let answer = ada.get(&address).await;
    assert_eq!((answer.status, answer.header("x-media-ignored")), (200, ""));
    assert_ne!(answer.bytes, plain, "there are question marks on it");
    house.close().await;
}

#[rocket::async_test]
async fn a_picture_is_transformed_by_its_address() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let size = |bytes: &[u8]| {
        let picture = transform::probe(bytes, &Default::default()).unwrap();
        (picture.width, picture.height)
    };
    for (address, expected, kind) in [
        (
            format!("/media/tr:w-400,h-300:rt-90/{key}"),
            (300, 400),
            "image/png",
        ),
        (
            format!("/media/{key}?tr=w-400,h-300:rt-90"),
            (300, 400),
            "image/png",
        ),
        (
            format!("/media/tr:w-300/{key}?tr=rt-90"),
            (200, 300),
            "image/png",
        ),
        (
            format!("/media/tr:w-200,h-200,f-jpg/{key}"),
            (200, 200),
            "image/jpeg",
        ),
        (
            format!("/media/tr:w-400,h-200,cm-pad_resize,bg-blurred/{key}"),
            (400, 200),
            "image/png",
        ),
        (
            format!("/media/tr:w-100,dpr-2,f-webp/{key}?v=3"),
            (200, 133),
            "image/webp",
        ),
    ] {
        let answer = house.stranger().get(&address).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, kind),
            "{address}"
        );
        assert_eq!(size(&answer.bytes), expected, "{address}");
        assert_eq!(answer.header("vary"), "Accept, Save-Data");
        let again = ada.get(&address).await;
        assert_eq!(
            (again.bytes, again.headers.get("etag")),
            (answer.bytes, answer.headers.get("etag"))
        );
    }
    let path = format!("/media/tr:w-320/{key}");
    let chrome = ada
        .with("accept", "image/avif,image/webp,*/*")
        .get(&path)
        .await;
    assert_eq!(chrome.header("content-type"), "image/webp");
    house.close().await;
}

#[rocket::async_test]
async fn the_page_of_transformations_shows_what_works() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let empty = ada.get("/docs/transformations").await;
    assert_eq!(empty.status, 200);
    assert!(empty.body.contains("Post a photo"));
    let (_, key) = posted_by(&ada).await;
    let page = ada.get("/docs/transformations").await.body;
    let shown: Vec<&str> = page
        .split("src=\"/media/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(shown.len() > 20, "{}", shown.len());
    for address in shown {
        assert!(address.ends_with(&key));
        let answer = ada.get(&format!("/media/{address}")).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        assert!(answer.header("x-media-ignored").is_empty(), "{address}");
    }
    assert_eq!(
        house.stranger().get("/docs/transformations").await.status,
        303
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_bad_step_is_named_with_what_is_accepted() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let json = ada.with("accept", "*/*");
    for (steps, given) in [
        ("w-abc", "\"w-abc\" in step 1"),
        ("w-100:fo-nose", "\"fo-nose\" in step 2"),
        ("w-9000,h-9000", "40 megapixels"),
        ("w-10,h-10,cm-extract,xc-5000", "\"xc-5000\" in step 1"),
        ("e-bgremove", "service"),
    ] {
        let answer = json.get(&format!("/media/tr:{steps}/{key}")).await;
        assert_eq!(answer.status, 400, "{steps}");
        assert!(
            answer.body.contains("accepted") && answer.body.contains(&given.replace('"', "\\\"")),
            "{}",
            answer.body
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn strangers_make_so_many_pictures_a_minute_and_see_those_that_are_there() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let ada = house.visitor("ada").await;
    // A tiny one, so that they are made faster than one a second.
    let post = ada.publish("Small").await;
    let key = ada.keys(&post).await.remove(0);
    let stranger = house.stranger();
    let mut refused = false;
    for n in 0..2_000 {
        let (blur, quality) = (n % 100 + 1, n / 100 + 1);
        let path = format!("/media/tr:bl-{blur},q-{quality}/{key}");
        let answer = stranger.get(&path).await;
        if answer.status == 429 {
            assert!(n >= 60, "sixty are free");
            refused = true;
            break;
        }
        assert_eq!(answer.status, 200);
    }
    assert!(refused, "somebody without an account is slowed down");
    let first = format!("/media/tr:bl-1,q-1/{key}");
    assert_eq!(stranger.get(&first).await.status, 200);
    let other = format!("/media/tr:w-3,bl-9/{key}");
    assert_eq!(ada.get(&other).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn renditions_stay_under_their_cap_and_are_made_again() {
    let house = House::open_with(&[("renditions_max", "60KB")]).await;
    let (ada, _, key) = posted(&house).await;
    for width in 300..340 {
        let path = format!("/media/tr:w-{width},f-png/{key}");
        assert_eq!(ada.get(&path).await.status, 200);
    }
    porch::sweep(&house.app).await.unwrap();
    let bytes = bytes_in(house.folder.path().join("media/renditions"));
    assert!(bytes <= 60 << 10, "{bytes}");
    assert_eq!(
        ada.get(&format!("/media/tr:w-300,f-png/{key}"))
            .await
            .status,
        200
    );
    house.close().await;
}

fn bytes_in(folder: std::path::PathBuf) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let bytes = entries.map(|entry| match entry.path().is_dir() {
        true => bytes_in(entry.path()),
        false => entry.metadata().unwrap().len(),
    });
    bytes.sum()
}

#[rocket::async_test]
async fn a_stranger_pays_for_layers_and_keeps_no_member_waiting() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let stranger = house.stranger();
    for layer in [
        "l-image,i-ik_canvas,w-6000,h-6000,bg-000001,bl-90,l-end",
        "l-image,i-ik_canvas,w-10,h-10,l-image,i-ik_canvas,w-5000,h-5000,l-end,l-end",
    ] {
        let refused = stranger.get(&format!("/media/tr:{layer}/{key}")).await;
        assert_eq!(refused.status, 403, "{layer}: {}", refused.body);
    }
    // What waits behind a stranger's own work, a member has at once.
    let slow = format!("/media/tr:l-image,i-ik_canvas,w-2800,h-2800,bl-90,l-end:bl-90:bl-80/{key}");
    let path = format!("/media/tr:w-20/{key}");
    let done = std::sync::Mutex::new(Vec::new());
    let note = async |who: &'static str, answer: crate::visitor::Answer| {
        assert_eq!(answer.status, 200, "{who}");
        done.lock().unwrap().push(who);
    };
    tokio::join!(
        async { note("slow", stranger.get(&slow).await).await },
        async { note("behind it", stranger.get(&path).await).await },
        async { note("member", ada.get(&path).await).await },
    );
    let done = done.into_inner().unwrap();
    let place = |who: &str| done.iter().position(|known| *known == who);
    assert!(place("member") < place("slow"), "{done:?}");
    house.close().await;
}
