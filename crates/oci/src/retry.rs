//! When to ask again, and how long to wait before.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// How often a request is sent at most.
pub(crate) const ATTEMPTS: u32 = 5;
/// Longest wait, whatever a server asks for.
const MAX_WAIT: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Statuses that may be better next time.
pub(crate) const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// The wait before attempt number `attempt` (1 is the first repetition): what the server asks for (`Retry-After` in seconds), else doubling, with
/// jitter so that many clients do not come back together.
pub(crate) fn wait(attempt: u32, retry_after: Option<&str>) -> Duration {
    let asked = retry_after.and_then(|text| text.trim().parse::<u64>().ok()).map(Duration::from_secs);
    let doubled = FIRST_WAIT.saturating_mul(1_u32 << attempt.saturating_sub(1).min(8));
    let base = asked.unwrap_or(doubled).min(MAX_WAIT);
    base + base.mul_f64(random_fraction() / 2.0)
}

/// From 0 to 1; good enough to spread clients, not for secrets.
#[expect(clippy::cast_precision_loss, reason = "24 random bits are plenty and fit")]
fn random_fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 40;
    bits as f64 / (1_u64 << 24) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        assert!(wait(1, None) >= FIRST_WAIT && wait(1, None) < FIRST_WAIT * 2);
        assert!(wait(4, None) >= FIRST_WAIT * 8);
        assert!(wait(40, None) <= MAX_WAIT * 2);
        assert!(wait(1, Some("2")) >= Duration::from_secs(2));
        assert!(wait(1, Some("99999999")) <= MAX_WAIT * 2, "a server cannot make us wait for ever");
        assert!(wait(1, Some("Wed, 21 Oct 2026 07:28:00 GMT")) < Duration::from_secs(1), "dates are not waited for");
        assert!(is_transient(429) && !is_transient(404) && !is_transient(401));
    }
}
