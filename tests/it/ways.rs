//! Ways by which posts go out that are longer than a request, each held against the table.

use std::collections::HashSet;

use crate::house::House;
use crate::table::{Case, ID, one};
use crate::visitor::Visitor;

pub fn check(way: &str, cases: &[Case], found: &HashSet<String>, expected: impl Fn(&Case) -> bool) {
    let wrong: Vec<&Case> = cases
        .iter()
        .filter(|case| found.contains(&case.post) != expected(case))
        .collect();
    assert!(
        wrong.is_empty(),
        "{way}: {wrong:?} (found: {})",
        found.len()
    );
}

/// All posts of a list, page by page.
pub async fn walked(reader: &Visitor, first: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let page = reader.get(&path).await;
        found.extend(page.posts());
        next = page.older();
    }
    found
}

/// What the reader was told before they could see it no more, and how much of it is said to be new.
pub async fn notices(house: &House, reader: &Visitor, cases: &[Case]) {
    let id = one(house, ID, "reader").await;
    let mut tx = house.app.db.write().await.unwrap();
    for (n, case) in cases.iter().enumerate() {
        let query = "insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at)
                     values ($1, $2, 'post', $3, '', (select author_id from posts where id = $3), $4)";
        sqlx::query(query)
            .bind(format!("post:{n}:{id}"))
            .bind(&id)
            .bind(&case.post)
            .bind(1 + n as i64)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let page = reader.get("/notices").await;
    let told = cases
        .iter()
        .filter(|case| page.body.contains(&format!("\"/p/{}\"", case.post)));
    let told: HashSet<String> = told.map(|case| case.post.clone()).collect();
    check("notices", cases, &told, Case::finds);
    for case in cases.iter().filter(|case| !case.finds()) {
        assert!(!page.body.contains(&case.key), "picture: {case:?}");
    }
    let badge = page.between("<span class=\"count\">", "<");
    assert_eq!(badge, told.len().to_string(), "what is new");
    let mut tx = house.app.db.write().await.unwrap();
    sqlx::query("delete from notices")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A word that all of them have, and a tag.
pub async fn search(house: &House, reader: &Visitor, cases: &[Case]) {
    let mut tx = house.app.db.write().await.unwrap();
    for term in ["everywhere", "#everywhere"] {
        for case in cases {
            let query = "insert into post_terms (term, at) values ($1, (select created_at from posts where id = $2))";
            sqlx::query(query)
                .bind(term)
                .bind(&case.post)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        sqlx::query("insert into terms (term, uses) values ($1, 100)")
            .bind(term)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    for q in ["everywhere", "everywhere%20", "%23everywhere", "every"] {
        let mut found = HashSet::new();
        let mut next = Some(format!("/search?q={q}"));
        while let Some(path) = next {
            let page = reader.get(&path).await;
            let shown = cases
                .iter()
                .filter(|case| page.body.contains(&format!("\"/p/{}\"", case.post)));
            found.extend(shown.map(|case| case.post.clone()));
            for case in cases.iter().filter(|case| !case.finds()) {
                assert!(!page.body.contains(&case.key), "picture: {case:?}");
            }
            let goes_on = page.body.contains("Search further back");
            next = goes_on.then(|| {
                page.between("<a class=\"button is-quiet\" href=\"", "\"")
                    .replace("&amp;", "&")
            });
        }
        check(&format!("search {q}"), cases, &found, Case::finds);
    }
    let tagged = walked(reader, "/?of=everyone&tag=everywhere").await;
    check("tag", cases, &tagged, Case::wants);
}
