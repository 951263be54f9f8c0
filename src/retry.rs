//! When to try again, as a value: it counts and computes, but never sleeps and never calls.

use std::time::{Duration, SystemTime};

/// How often and how far apart one request may be tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// Tries after the first one.
    retries: u32,
    /// Upper end of the first pause; doubles with every further one.
    first: Duration,
    /// No pause of our own is longer. What a server asks for in `Retry-After` may be.
    longest: Duration,
}

impl RetryPolicy {
    /// Four retries with pauses of up to 0.5, 1, 2 and 4 seconds: rides out a restarting proxy
    /// without holding up a nightly run of many hosts.
    pub(crate) const REQUEST: Self = Self {
        retries: 4,
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
    };

    pub(crate) fn start(self) -> Retries {
        Retries {
            policy: self,
            done: 0,
        }
    }
}

/// The retries of one request.
#[derive(Debug)]
pub(crate) struct Retries {
    policy: RetryPolicy,
    done: u32,
}

impl Retries {
    /// How long to wait before the next try, or `None` when there is none left.
    ///
    /// `asked` is the server's `Retry-After`; it is honoured in full, because a server that is
    /// asked again too early only gets slower. `random` is in `0.0..1.0`: full jitter, so that
    /// many hosts that failed together do not come back together.
    pub(crate) fn next(&mut self, asked: Option<Duration>, random: f64) -> Option<Duration> {
        if self.done == self.policy.retries {
            return None;
        }
        let ceiling = self
            .policy
            .first
            .saturating_mul(1 << self.done.min(16))
            .min(self.policy.longest);
        self.done += 1;
        let own = ceiling.mul_f64(random);
        Some(asked.map_or(own, |asked| asked + own.min(Duration::from_secs(1))))
    }
}

/// `Retry-After` in both of its forms (RFC 9110 §10.2.3): seconds, or an HTTP date.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// A random number in `0.0..1.0`, for jitter.
pub(crate) fn jitter() -> f64 {
    let mut bytes = [0u8; 4];
    // Without random numbers the pause is the longest one: safe, only slower.
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.999,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let mut retries = RetryPolicy::REQUEST.start();
        let pauses: Vec<_> = std::iter::from_fn(|| retries.next(None, 0.5)).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000].map(Duration::from_millis));
    }

    #[test]
    fn retry_after_is_never_undercut() {
        let mut retries = RetryPolicy::REQUEST.start();
        let asked = Duration::from_secs(120);
        assert!(retries.next(Some(asked), 0.0).is_some_and(|it| it >= asked));
    }

    #[test]
    fn retry_after_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let cases = [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }

    #[test]
    fn jitter_stays_in_range() {
        assert!((0..1000).all(|_| (0.0..1.0).contains(&jitter())));
    }
}
