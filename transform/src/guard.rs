//! Work on somebody's bytes never takes a thread with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::refusal::Refusal;

/// Runs work on somebody's bytes. mozjpeg reports errors by unwinding, and a bug of a decoder must
/// be a refused picture and not a lost thread.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Refusal::damaged(said.unwrap_or("the decoder gave up")))
    })
}
