//! A panic in code that reads hostile input must cost one file, never the run.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic becomes its message.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| payload.downcast_ref::<String>().cloned());
        format!("internal error: {}", text.unwrap_or_else(|| "no message".to_owned()))
    })
}

/// Installs a panic hook that stays silent for panics which the pipeline turns into diagnostics. Called once, by the program.
pub fn quiet_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            usual(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_message() {
        quiet_panics();
        assert_eq!(guarded(|| 1), Ok(1));
        let err = guarded(|| -> u8 { panic!("boom {}", 7) }).unwrap_err();
        assert_eq!(err, "internal error: boom 7");
    }
}
