//! The lab's clock: real time plus an offset that tests move.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

/// A running clock that can be put forward, back or to a moment.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: Duration,
}

impl Clock {
    /// The current moment, in UTC.
    pub(crate) fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        now.checked_add(self.offset).unwrap_or(now)
    }

    /// Moves the clock by `seconds`, which may be negative.
    pub(crate) fn advance(&mut self, seconds: i64) {
        self.offset = self.offset.saturating_add(Duration::seconds(seconds));
    }

    /// Puts the clock to a moment; it runs on from there.
    pub(crate) fn set(&mut self, moment: OffsetDateTime) {
        self.offset = moment.to_offset(UtcOffset::UTC) - OffsetDateTime::now_utc();
    }
}

/// RFC 3339 without fractions.
pub(crate) fn rfc3339(moment: OffsetDateTime) -> String {
    moment
        .replace_nanosecond(0)
        .unwrap_or(moment)
        .format(&Rfc3339)
        .unwrap_or_default()
}

/// ISO 8601 with milliseconds and `Z`, as the ACME admin API writes dates.
pub(crate) fn milliseconds(moment: OffsetDateTime) -> String {
    moment.format(MILLISECONDS).unwrap_or_default()
}

/// `yyyy-MM-dd`.
pub(crate) fn date(moment: OffsetDateTime) -> String {
    moment.format(DATE).unwrap_or_default()
}

const MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
