//! Words that begin so, the most used ones.

use crate::app::App;
use crate::error::Result;
use crate::terms::end_of;

/// A beginning stands for so many words.
pub const MOST: usize = 16;

const BEGIN: &str = "
    select term from (select term, uses from terms where term >= $1 and term < $2 order by term limit 5000) few
     where uses > 0
     order by uses desc, term
     limit 16";

/// The most used words that begin so, and the beginning itself.
pub async fn beginning(app: &App, prefix: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sqlx::query_as(BEGIN)
        .bind(prefix)
        .bind(end_of(prefix))
        .fetch_all(app.db.read())
        .await?;
    let mut words: Vec<String> = rows.into_iter().map(|(term,)| term).collect();
    if !words.iter().any(|word| word == prefix) {
        words.truncate(MOST - 1);
        words.push(prefix.to_owned());
    }
    Ok(words)
}

/// SQL: all of the words `$4` to `$9` stand in this table at `a.at`, where these are no empty texts, and one of the words
/// `$11` to `$26`, where there is one.
macro_rules! has_words {
    ($table:literal) => {
        concat!(
            has_word!($table, "$4"), "\n       and ",
            has_word!($table, "$5"), "\n       and ",
            has_word!($table, "$6"), "\n       and ",
            has_word!($table, "$7"), "\n       and ",
            has_word!($table, "$8"), "\n       and ",
            has_word!($table, "$9"), "
       and ($11 = '' or exists (
           select 1 from ",
            $table,
            " b
            where b.at = a.at
              and b.term in ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)))"
        )
    };
}

/// SQL: that word stands there too, where it is one.
macro_rules! has_word {
    ($table:literal, $word:literal) => {
        concat!(
            "(",
            $word,
            " = '' or coalesce((select 1 from ",
            $table,
            " b where b.term = ",
            $word,
            " and b.at = a.at), 0) = 1)"
        )
    };
}
pub(super) use has_word;
pub(super) use has_words;
