//! What the pages of those who look after the place cost, in a town of a million posts with two thousand cases and a log of
//! a hundred thousand lines; beside a request that only finds its member. On both databases.

use crate::town::{Times, Town, on_both};
use crate::world;

const ASKED: usize = 200;

/// Of these every fourth is open.
const CASES: u64 = 2_000;
const LINES: u64 = 100_000;

fn numbers(most: u64) -> String {
    format!(
        "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < {most})"
    )
}

fn id(kind: &str, number: &str) -> String {
    format!("'00000000-0000-7000-{kind}-' || substr(cast(1000000000000 + {number} as text), 2)")
}

/// An administrator, what was reported, what was done about it, and the log.
fn statements() -> Vec<String> {
    let (case, post) = (id("c000", "i"), id("8000", "(i * 400)"));
    let author = format!("(select p.author_id from posts p where p.id = {post})");
    vec![
        "update users set is_admin = 1 where email = 'ordinary@example.org'".into(),
        format!(
            "{} insert into cases (id, kind, subject, author_id, urgent, state, reports, opened_at, closed_at, outcome)
             select {case}, 'post', {post}, {author}, case when i % 50 = 0 then 1 else 0 end,
                    case when i % 4 = 0 then 'open' else 'closed' end, 1, i * 1000000,
                    case when i % 4 = 0 then null else i * 1000000 end, case when i % 4 = 0 then '' else 'kept' end
               from n",
            numbers(CASES)
        ),
        format!(
            "{} insert into reports (id, case_id, by_id, why, words, seen, at)
             select {}, {case}, {}, 'unkind', 'Look at this', 'As it was', i * 1000000 from n",
            numbers(CASES),
            id("d000", "i"),
            id("7000", "i")
        ),
        format!(
            "{} insert into measures (id, case_id, member_id, by_id, act, kind, subject, reason, at)
             select {}, {case}, {author}, null, 'remind', 'member', {author}, 'unkind', i * 1000000 from n where i % 4 = 1",
            numbers(CASES),
            id("e000", "i")
        ),
        format!(
            "{} insert into audit (id, at, actor_id, act, kind, subject, detail, side)
             select {}, i * 1000000, {}, 'signed-in', 'member', {}, '', 'moderation' from n",
            numbers(LINES),
            id("f000", "i"),
            id("7000", "(i % 100)"),
            id("7000", "(i % 20000)")
        ),
    ]
}

pub async fn run() {
    on_both(async |town: &Town| {
        world::execute(&town.database, &statements()).await;
        measure(town).await;
    })
    .await;
}

fn line(name: &str, times: &Times, least: &Times) {
    println!(
        "  {name:<44} p50 {:.2} p95 {:.2} ms  {:.2} times",
        times.half(),
        times.p95(),
        times.half() / least.half()
    );
}

async fn measure(town: &Town) {
    let open = "select id from cases where state = 'open' order by id limit 200";
    let cases = world::texts(&town.database, open).await;
    let cases: Vec<String> = cases
        .iter()
        .map(|id| format!("/admin/reports/{id}"))
        .collect();
    let posts = (0..ASKED).map(|n| format!("/p/00000000-0000-7000-8000-{:012}", 1_000 + n * 4_900));
    let same = |path: &str| vec![path.to_owned(); ASKED];
    let least = town.ask("ordinary", &same("/me.css")).await;
    line("a request that finds its member", &least, &least);
    for (name, paths) in [
        ("overview, what needs attention", same("/admin")),
        ("what was reported", same("/admin/reports")),
        ("one case", cases),
        ("people", same("/admin/people")),
        ("the log", same("/admin/log")),
        ("how one stands", same("/standing")),
        ("a post's own page, anywhere in a million", posts.collect()),
    ] {
        let times = town.ask("ordinary", &paths).await;
        line(name, &times, &least);
    }
}
