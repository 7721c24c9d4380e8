//! A town of thirty thousand members and a million posts, put there by SQL that both databases take: the same at every
//! run, because every choice in it is a number worked out of the row's own.

use std::path::Path;

use porch::db::install_drivers;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

pub const POSTS: u64 = 1_000_000;
/// Those who post, the first the most.
const ACTIVE: u64 = 20_000;
/// Those who posted in the first tenth of the time, and no more.
const SILENT: u64 = 10_000;
const LIKES: u64 = 1_000_000;
const COMMENTS: u64 = 200_000;
/// One member who likes every second post, and has said much.
const HEAVY_LIKES: u64 = 500_000;
const HEAVY_COMMENTS: u64 = 50_000;
/// Different words, of which a caption has eleven.
const WORDS: u64 = 300_000;
const WORDS_OF_A_POST: u64 = 11;
/// The instant of the first post in Unix microseconds, and how far the next one is.
const BEGIN: u64 = 1_700_000_000_000_000;
const APART: u64 = 90_000_000;

/// A member who reads, and whom they follow: so many, posting or silent.
pub struct Reader {
    pub name: &'static str,
    follows: u64,
    silent: bool,
}

const fn reader(name: &'static str, follows: u64, silent: bool) -> Reader {
    Reader {
        name,
        follows,
        silent,
    }
}

pub const READERS: [Reader; 7] = [
    reader("ordinary", 18, false),
    reader("ten", 10, false),
    reader("ten_silent", 10, true),
    reader("three_hundred", 300, false),
    reader("three_hundred_silent", 300, true),
    reader("ten_thousand", 10_000, false),
    reader("ten_thousand_silent", 10_000, true),
];

/// SQL: a number below a million that follows from `row` and `salt` and looks like chance.
fn chance(row: &str, salt: u64) -> String {
    format!(
        "((({row}) * 7919 + {salt} * 104729) % 1000003 * 2654435761 % 4294967296 * 1000000 / 4294967296)"
    )
}

/// SQL: one of so many, small ones much more often than large ones.
fn uneven(row: &str, salt: u64, of: u64) -> String {
    let chance = chance(row, salt);
    format!("({chance} * {chance} / 1000000 * {chance} / 1000000 * {of} / 1000000)")
}

/// SQL: twelve digits.
fn digits(number: &str) -> String {
    format!("substr(cast(1000000000000 + {number} as text), 2)")
}

fn post(number: &str) -> String {
    format!("'00000000-0000-7000-8000-' || {}", digits(number))
}

fn member(number: &str) -> String {
    format!("'00000000-0000-7000-7000-' || {}", digits(number))
}

const SYLLABLES: [&str; 10] = [
    "ba", "ke", "lo", "mi", "ru", "sta", "pe", "no", "tri", "gal",
];

/// SQL: the word of that rank; the more often, the shorter.
fn word(rank: &str) -> String {
    let mut text = format!("cast({rank} as text)");
    for (digit, syllable) in SYLLABLES.iter().enumerate() {
        text = format!("replace({text}, '{digit}', '{syllable}')");
    }
    text
}

/// SQL: a word of a post.
fn word_of(row: &str, place: u64) -> String {
    word(&uneven(row, 100 + place, WORDS))
}

fn numbers(most: u64) -> String {
    format!(
        "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < {most})"
    )
}

/// The id of the member who likes half of everything.
pub fn heavy() -> String {
    format!("00000000-0000-7000-7000-{:012}", ACTIVE + SILENT - 1)
}

/// All of it, into a database that Porch has made and nobody uses now, in which the readers have registered.
pub async fn make(url: &str) {
    install_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let is_sqlite = url.starts_with("sqlite");
    if is_sqlite {
        run(&mut connection, "pragma cache_size = -1000000").await;
        run(&mut connection, "pragma synchronous = off").await;
    }
    for statement in statements() {
        run(&mut connection, &statement).await;
    }
    if !is_sqlite {
        run(&mut connection, "analyze").await;
    }
    connection.close().await.unwrap();
}

/// Runs these in a database that Porch has made.
pub async fn execute(url: &str, statements: &[String]) {
    install_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    for statement in statements {
        run(&mut connection, statement).await;
    }
    connection.close().await.unwrap();
}

async fn run(connection: &mut AnyConnection, statement: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await;
    done.unwrap_or_else(|error| panic!("{error}: {statement}"));
}

fn statements() -> Vec<String> {
    let (id, all_posts) = (post("i"), numbers(POSTS));
    let author = format!(
        "case when i < {} and i % 3 = 0 then {ACTIVE} + {} else {} end",
        POSTS / 10,
        format_args!("{} % {SILENT}", chance("i", 2)),
        uneven("i", 1, ACTIVE)
    );
    let words: Vec<String> = (0..WORDS_OF_A_POST).map(|n| word_of("i", n)).collect();
    let caption = words.join(" || ' ' || ");
    let at = format!("{BEGIN} + i * {APART}");
    // The newest are liked and talked about most.
    let liked = format!("{POSTS} - {}", uneven("i", 3, POSTS));
    let mut statements = vec![
        format!(
            "{} insert into users (id, email, email_lower, handle, name, password_hash, created_at, has_terms)
             select {}, 'm' || i || '@example.org', 'm' || i || '@example.org', 'm' || i, 'Member ' || i, '', {BEGIN} + i, 1
               from n",
            numbers(ACTIVE + SILENT),
            member("(i - 1)")
        ),
        format!(
            "{all_posts} insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key, has_terms)
             select {id}, {}, {caption}, {at}, i, cast(i as text), 1 from n",
            member(&format!("({author})"))
        ),
        format!(
            "{all_posts} insert into media (id, key, owner_id, purpose, post_id, position, format, width, height, frames,
                                            duration_ms, bytes, alt, file_name, created_at)
             select '00000000-0000-7000-9000-' || {number}, '00000000000000' || {number} || '.jpg', {}, 'post', {id}, 0,
                    'jpg', 4000, 3000, 1, 0, 3000000, '', 'a.jpg', {at} from n",
            member(&format!("({author})")),
            number = digits("i")
        ),
        format!(
            "{} insert into likes (post_id, user_id, created_at) select {}, {}, {at} from n where 1 = 1
             on conflict do nothing",
            numbers(LIKES),
            post(&format!("({liked})")),
            member(&uneven("i", 4, ACTIVE))
        ),
        format!(
            "{} insert into comments (id, post_id, author_id, body, created_at, idempotency_key, has_terms)
             select '00000000-0000-7000-a000-' || {}, {}, {}, 'How wide the view is, ' || {}, {at}, cast(i as text), 1 from n",
            numbers(COMMENTS),
            digits("i"),
            post(&format!("({liked})")),
            member(&uneven("i", 5, ACTIVE)),
            word_of("i", 0)
        ),
        // Of the last of the silent ones.
        format!(
            "{} insert into likes (post_id, user_id, created_at) select {}, '{}', {at} from n where 1 = 1
             on conflict do nothing",
            numbers(HEAVY_LIKES),
            post(&format!("(i * {})", POSTS / HEAVY_LIKES)),
            heavy()
        ),
        format!(
            "{} insert into comments (id, post_id, author_id, body, created_at, idempotency_key, has_terms)
             select '00000000-0000-7000-b000-' || {}, {}, '{}', 'How wide the view is, ' || {}, {at} + 1, cast(i as text), 1
               from n",
            numbers(HEAVY_COMMENTS),
            digits("i"),
            post(&format!("(i * {})", POSTS / HEAVY_COMMENTS)),
            heavy(),
            word_of("i", 0)
        ),
        "insert into post_counts (post_id, likes, comments)
         select p.id, coalesce(l.of_it, 0), coalesce(c.of_it, 0)
           from posts p
           left join (select post_id, count(*) as of_it from likes group by post_id) l on l.post_id = p.id
           left join (select post_id, count(*) as of_it from comments group by post_id) c on c.post_id = p.id"
            .into(),
        format!(
            "update feed_clock set seq = {POSTS}, last_at = {}",
            BEGIN + POSTS * APART
        ),
        // What a socket that was away hears of.
        format!(
            "{} insert into changes (seq, subject, part, act, post_id, author_id)
             select p.created_seq, p.id, 'card', 'put', p.id, p.author_id
               from posts p where p.created_seq > {POSTS} - (select max(i) from n)",
            numbers(1_000)
        ),
    ];
    let rows: Vec<String> = (0..WORDS_OF_A_POST)
        .map(|n| {
            format!(
                "select {} as term, created_at as at from (select created_seq as i, created_at from posts) p{n}",
                words[n as usize]
            )
        })
        .collect();
    statements.push(format!(
        "insert into post_terms (term, at) select distinct term, at from ({}) terms order by 1, 2",
        rows.join(" union all ")
    ));
    statements.push(
        "insert into comment_terms (term, at) select 'view', created_at from comments".into(),
    );
    statements.push(
        "insert into terms (term, uses) select term, count(*) from post_terms group by term".into(),
    );
    // Everybody follows eighteen, and the readers whom they were made to follow.
    statements.push(format!(
        "{} insert into follows (follower_id, author_id, created_at) select {}, {}, {BEGIN} from n where 1 = 1
         on conflict do nothing",
        numbers(ACTIVE * 18),
        member(&format!("(i % {ACTIVE})")),
        member(&uneven("i", 6, ACTIVE))
    ));
    for reader in &READERS {
        let among = if reader.silent { SILENT } else { ACTIVE };
        let first = if reader.silent { ACTIVE } else { 0 };
        statements.push(format!(
            "{} insert into follows (follower_id, author_id, created_at)
             select u.id, {}, {BEGIN} from n, users u where u.email = '{}@example.org'",
            numbers(reader.follows),
            member(&format!("({first} + (i - 1) * {})", among / reader.follows)),
            reader.name
        ));
    }
    statements
}

/// Asks a database of Porch's something that is a text.
pub async fn texts(url: &str, query: &str) -> Vec<String> {
    install_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(query.to_owned()))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}

/// A database for a town: in the folder, or one of its own on the server that `url` leads to.
pub async fn database(folder: &Path, url: Option<&str>) -> String {
    let Some(url) = url else {
        return format!("sqlite://{}?mode=rwc", folder.join("porch.db").display());
    };
    install_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    for statement in [
        "drop database if exists porch_bench",
        "create database porch_bench template template0 locale 'C'",
    ] {
        run(&mut connection, statement).await;
    }
    let (server, _) = url.rsplit_once('/').expect("a database's address has one");
    format!("{server}/porch_bench")
}

/// The address of a page that begins behind that post.
pub fn before(number: u64) -> String {
    format!(
        "{:016}-00000000-0000-7000-8000-{number:012}",
        BEGIN + number * APART
    )
}

/// The word of that rank, as the town's captions have it.
pub fn word_of_rank(rank: u64) -> String {
    let digits = rank.to_string();
    let digits = digits.bytes().map(|digit| usize::from(digit - b'0'));
    digits.map(|digit| SYLLABLES[digit]).collect()
}
