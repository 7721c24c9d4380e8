//! Links that open something for whoever has them: behind the id of a row stand letters that only this installation can work
//! out, so that nothing in the database opens anything.

use super::signer::Signer;
use crate::id::Id;

/// Letters behind the id.
const LETTERS: usize = 16;

fn letters<T>(signer: &Signer, purpose: &str, id: Id<T>) -> String {
    let all = signer.fingerprint(purpose, &id.to_string());
    let plain = all.chars().filter(char::is_ascii_alphanumeric);
    plain.take(LETTERS).collect()
}

/// What stands in the address: `<id>-<letters>`.
pub fn code<T>(signer: &Signer, purpose: &str, id: Id<T>) -> String {
    let plain = id.to_string().replace('-', "");
    format!("{plain}-{}", letters(signer, purpose, id))
}

/// The row of such a code, if it is one of this installation's for this purpose.
pub fn read<T>(signer: &Signer, purpose: &str, code: &str) -> Option<Id<T>> {
    let (id, given) = code.split_once('-')?;
    let id = Id::from_any_spelling(id)?;
    let right = letters(signer, purpose, id);
    let same =
        aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), right.as_bytes());
    same.ok().map(|()| id)
}
