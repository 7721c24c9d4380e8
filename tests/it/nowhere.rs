//! A post that somebody may not see, asked for by every way that a member has.

use crate::house::House;
use crate::table::one;
use crate::visitor::Visitor;

/// SQL: the key of the media of a post.
pub const KEY: &str = "select key from media where post_id = $1";

/// This reader gets nothing of the post by any address of its own, and none of these pages names it.
pub async fn is_nowhere(house: &House, reader: &Visitor, post: &str, pages: &[&str]) {
    let key = one(house, KEY, post).await;
    for path in [
        format!("/p/{post}"),
        format!("/p/{post}/1"),
        format!("/p/{post}/comments"),
        format!("/p/{post}/likes"),
        format!("/media/{key}"),
        format!("/media/tr:w-100/{key}"),
        format!("/posts/{post}"),
    ] {
        assert_eq!(reader.get(&path).await.status, 404, "{path}");
        let stranger = house.stranger().get(&path).await;
        assert_ne!(stranger.status, 200, "{path}");
    }
    for path in pages {
        let page = reader.get(path).await;
        assert!(
            !page.body.contains(&key) && !page.body.contains(post),
            "{path}"
        );
    }
    let liked = reader.put(&format!("/p/{post}/like"), &[]).await;
    assert_eq!(liked.status, 404);
}
