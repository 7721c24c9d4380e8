//! Work that may go wrong by what is asked as well as by what is given.

use crate::format::Limits;
use crate::guard::guarded;
use crate::refusal::Refusal;
use crate::work::asked::Failed;

/// Runs it on somebody's bytes, as [`guarded`] does.
pub(crate) fn attempted<T>(
    limits: &Limits,
    work: impl FnOnce() -> Result<T, Failed>,
) -> Result<T, Failed> {
    let mut mistake = None;
    let done = guarded(limits, || match work() {
        Ok(made) => Ok(Some(made)),
        Err(Failed::Picture(refusal)) => Err(refusal),
        Err(other) => {
            mistake = Some(other);
            Ok(None)
        }
    });
    match (done, mistake) {
        (Err(refusal), _) if refusal == Refusal::late() => Err(Failed::Late),
        (Err(refusal), _) => Err(refusal.into()),
        (Ok(Some(made)), _) => Ok(made),
        (Ok(None), Some(mistake)) => Err(mistake),
        (Ok(None), None) => unreachable!("nothing is only made where there is a mistake"),
    }
}
